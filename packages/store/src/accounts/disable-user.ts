/** Disabling a person and letting them in again: everything of theirs ends in the act, and verifiers hear of each thing by itself. */
import type { Change, Stop } from '@latchwork/accounts'
import type { Journal, Lifeline } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { type ChangedKeyRow, changedKeyColumns, revokedFor, withKeyChanges } from '../keys/changed-keys.ts'
import { queueLogouts } from '../oauth/logouts.ts'
import { leavesNoOperator } from './operators.ts'

const REASON = 'person_disabled'

export function* disableUser(dialect: Dialect, userId: string, now: number, until: number, journal: Journal): Act<Stop> {
  const { db } = dialect
  if (yield* leavesNoOperator(dialect, ({ id }) => id === userId)) return 'last_operator'
  const disabled = yield* rowOf(
    db.updateTable('users').set({ disabled_at: now }).where('id', '=', userId).where('disabled_at', 'is', null).returning('id').compile(),
  )
  if (disabled === undefined) return yield* isThere(dialect, userId)
  yield* writeEnds(dialect, userId, now, until, journal)
  return 'changed'
}

/** A sign-in that ran beside the disabling may have left a session that nobody could use: it ends here, before it could be. */
export function* enableUser(dialect: Dialect, userId: string, now: number, until: number, journal: Journal): Act<Change> {
  const { db } = dialect
  const enabled = yield* rowOf(
    db.updateTable('users').set({ disabled_at: null }).where('id', '=', userId).where('disabled_at', 'is not', null).returning('id').compile(),
  )
  if (enabled === undefined) return yield* isThere(dialect, userId)
  yield* writeEnds(dialect, userId, now, until, journal)
  return 'changed'
}

function* isThere({ db }: Dialect, userId: string): Act<Change> {
  const known = yield* rowOf(db.selectFrom('users').select('id').where('id', '=', userId).compile())
  return known === undefined ? 'gone' : 'unchanged'
}

function* writeEnds(dialect: Dialect, userId: string, now: number, until: number, journal: Journal): Act<void> {
  const sessions = yield* endRows(dialect, 'login_sessions', userId, now)
  for (const id of sessions) yield* queueLogouts(dialect, id, userId, now)
  const grants = yield* endRows(dialect, 'grants', userId, now)
  const keys = yield* endKeys(dialect, userId, now)
  const lifelines: readonly Lifeline[] = [
    ...sessions.map((id) => `session:${id}` as const),
    ...grants.map((id) => `grant:${id}` as const),
    ...[...keys.ended, ...keys.born].map(({ id }) => `key:${id}` as const),
  ]
  const revocations = lifelines.map((lifeline) => ({ lifeline, at: now, until }))
  const told = { events: journal.events, revocations: [...journal.revocations, ...revocations] }
  yield* writeJournal(dialect, withKeyChanges(told, revokedFor(REASON, keys.ended)))
}

function* endRows({ db }: Dialect, table: 'login_sessions' | 'grants', userId: string, now: number): Act<readonly string[]> {
  const ends = db.updateTable(table).set({ ended_at: now, ended_reason: REASON }).where('user_id', '=', userId).where('ended_at', 'is', null)
  return (yield* rowsOf(ends.returning('id').compile())).map(({ id }) => id)
}

/** Personal access tokens end. Keys born from a consent live by it, and are dead as long as the person is disabled: caches hear of those too. */
function* endKeys(
  { db }: Dialect,
  userId: string,
  now: number,
): Act<{ readonly ended: readonly ChangedKeyRow[]; readonly born: readonly { readonly id: string }[] }> {
  const own = db.updateTable('api_keys').set({ revoked_at: now, revoked_reason: REASON }).where('user_id', '=', userId).where('revoked_at', 'is', null)
  const ended = yield* rowsOf(own.returning(changedKeyColumns).compile())
  const consents = db.selectFrom('consents').select('consents.id').where('consents.user_id', '=', userId)
  const born = yield* rowsOf(db.selectFrom('api_keys').select('id').where('consent_id', 'in', consents).where('revoked_at', 'is', null).compile())
  return { ended, born }
}
