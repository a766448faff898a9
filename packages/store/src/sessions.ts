/** The port of `sessions`. */
import type { Journal } from '@latchwork/kernel'
import type { FormerSession, NewSession, SessionRenewal, SessionStart, SessionsStore } from '@latchwork/sessions'
import { endLoginSession } from './accounts/login-sessions.ts'
import { loginSessionValues } from './accounts/rows.ts'
import { type Act, rowOf, rowsOf, undo } from './act.ts'
import { livingUsers } from './alive.ts'
import { grantValues } from './authority/grant-rows.ts'
import { insertRefreshToken } from './authority/tokens.ts'
import type { Dialect, Engine } from './engine.ts'
import { writeJournal } from './journal.ts'

export function sessionsStore({ dialect, act }: Engine): SessionsStore {
  return {
    startSession: (session, journal, former) => act(() => startSession(dialect, session, journal, former)),
    renewSession: (renewal, journal) => act(() => renewSession(dialect, renewal, journal)),
  }
}

function* startSession(dialect: Dialect, session: NewSession, journal: Journal, former: FormerSession | undefined): Act<SessionStart> {
  const { db } = dialect
  const living = livingUsers(db).select('users.id as id').where('users.id', '=', session.login.userId)
  // A disabling either finds the session to come, and tells verifiers of it, or is found.
  const person = yield* rowOf((dialect.name === 'postgres' ? living.forShare('users') : living).compile())
  if (person === undefined) return 'disabled'
  if (former !== undefined) yield* endLoginSession(dialect, former.sessionId, former.userId, former.reason, session.login.createdAt, former.journal)
  const started = yield* rowOf(
    db
      .insertInto('login_sessions')
      .values({ ...loginSessionValues(session.login), form_digest: session.formDigest ?? null })
      .onConflict((conflict) => conflict.doNothing()) // of the form, or of the secret made of it: which of the two is found first is the engine's choice
      .returning('id')
      .compile(),
  )
  if (started === undefined) undo('sent_before')
  yield* insertTokens(dialect, session)
  yield* writeJournal(dialect, journal)
  return 'started'
}

function* renewSession(dialect: Dialect, renewal: SessionRenewal, journal: Journal): Act<boolean> {
  const { db } = dialect
  const { login, formerDigest, now, revokedUntil } = renewal
  const person = yield* rowOf(livingUsers(db).select('users.id as id').where('users.id', '=', login.userId).compile())
  if (person === undefined) return false
  const living = db
    .updateTable('login_sessions')
    .set({ ...loginSessionValues(login), ...(formerDigest === undefined ? {} : { former_digest: formerDigest }) })
    .where('id', '=', login.id)
    .where('user_id', '=', login.userId)
    .where('ended_at', 'is', null)
  const renewed = formerDigest === undefined ? undefined : yield* rowOf(living.where('digest', '=', formerDigest).returning('id').compile())
  const isAgain = renewed === undefined && (yield* rowOf(living.where('digest', '=', login.digest).returning('id').compile())) !== undefined
  if (renewed === undefined && !isAgain) return false
  const ended = isAgain ? [] : yield* endOwnGrants(dialect, login.id, now)
  yield* insertTokens(dialect, renewal)
  const revocations = ended.map(({ id }) => ({ lifeline: `grant:${id}` as const, at: now, until: revokedUntil }))
  yield* writeJournal(dialect, { events: journal.events, revocations: [...journal.revocations, ...revocations] })
  return true
}

/** Those of the person's own front end, which gets new ones. */
function* endOwnGrants({ db }: Dialect, sessionId: string, now: number): Act<readonly { readonly id: string }[]> {
  return yield* rowsOf(
    db
      .updateTable('grants')
      .set({ ended_at: now, ended_reason: 'signed_in_again' })
      .where('session_id', '=', sessionId)
      .where('kind', '=', 'session')
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
}

function* insertTokens(dialect: Dialect, { grant, refreshToken }: NewSession): Act<void> {
  yield dialect.db.insertInto('grants').values(grantValues(grant)).compile()
  yield* insertRefreshToken(dialect, refreshToken)
}
