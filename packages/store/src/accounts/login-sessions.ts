/** The login session: read on every page, ended once. */
import type { LoginSession, SignedIn } from '@latchwork/accounts'
import { goOn, type Journal } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import { livingUsers } from '../alive.ts'
import type { Dialect, Engine } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { queueLogouts } from '../oauth/logouts.ts'
import { remembered } from '../remembered.ts'
import { template } from '../template.ts'
import { type LoginSessionRow, loginSessionColumns, loginSessionOf, type UserRow, userColumns, userOf } from './rows.ts'

/** What a signed-in person is made of. Each row of them is there before the session is. */
const TABLES_OF_SESSIONS = ['login_sessions', 'users', 'accounts']

export function loginSessionReads(engine: Engine) {
  const { dialect, read } = engine
  const byDigest = template<LoginSessionRow & UserRow, { digest: string }>((parameter) =>
    livingUsers(dialect.db)
      .innerJoin('login_sessions', 'login_sessions.user_id', 'users.id')
      .select([...loginSessionColumns, ...userColumns])
      .where('login_sessions.digest', '=', parameter('digest'))
      .where('login_sessions.ended_at', 'is', null)
      .compile(),
  )
  const byEither = template<LoginSessionRow & UserRow, { digest: string }>((parameter) =>
    livingUsers(dialect.db)
      .innerJoin('login_sessions', 'login_sessions.user_id', 'users.id')
      .select([...loginSessionColumns, ...userColumns])
      .where((eb) => eb.or([eb('login_sessions.digest', '=', parameter('digest')), eb('login_sessions.former_digest', '=', parameter('digest'))]))
      .where('login_sessions.ended_at', 'is', null)
      .compile(),
  )
  const findLoginSession = remembered<SignedIn>(
    engine,
    TABLES_OF_SESSIONS,
    (digest) => goOn(read(byDigest({ digest })), ([row]) => row && { session: loginSessionOf(row), user: userOf(row) }),
    'changes',
  )
  return {
    async findFormerLoginSession(digest: string): Promise<SignedIn | undefined> {
      const [row] = await read(byEither({ digest }))
      return row && { session: loginSessionOf(row), user: userOf(row) }
    },
    findLoginSession: async (digest: string) => findLoginSession(digest),
    async listLoginSessions(userId: string, now: number): Promise<readonly LoginSession[]> {
      const query = dialect.db
        .selectFrom('login_sessions')
        .select(loginSessionColumns)
        .where('user_id', '=', userId)
        .where('ended_at', 'is', null)
        .where('expires_at', '>', now)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
      return (await read(query.compile())).map(loginSessionOf)
    },
  }
}

/** A pairwise client's JWT does not say in which session it lives: it ends by its grant, of which verifiers hear too. */
function* endsOfGrants({ db }: Dialect, sessionId: string, { revocations: [end] }: Journal): Act<Journal['revocations']> {
  if (end === undefined) return []
  const living = db.selectFrom('grants').select('id').where('session_id', '=', sessionId).where('kind', '=', 'oauth').where('ended_at', 'is', null)
  return (yield* rowsOf(living.compile())).map(({ id }) => ({ ...end, lifeline: `grant:${id}` as const }))
}

export function* endLoginSession(dialect: Dialect, sessionId: string, userId: string, reason: string, now: number, journal: Journal): Act<boolean> {
  const ended = yield* rowOf(
    dialect.db
      .updateTable('login_sessions')
      .set({ ended_at: now, ended_reason: reason })
      .where('id', '=', sessionId)
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
  if (ended === undefined) return false
  yield* queueLogouts(dialect, sessionId, userId, now)
  yield* writeJournal(dialect, { ...journal, revocations: [...journal.revocations, ...(yield* endsOfGrants(dialect, sessionId, journal))] })
  return true
}
