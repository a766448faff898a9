/** Ending a grant, or one access token. What lives beneath ends by the join that tells whether it is alive. */
import type { SelfContainedToken } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { withKeyChanges } from '../keys/changed-keys.ts'
import { endKeysOfGrant } from '../keys/connected-keys.ts'

export function* endGrant(dialect: Dialect, grantId: string, reason: string, now: number, journal: Journal): Act<boolean> {
  const ended = yield* rowOf(
    dialect.db
      .updateTable('grants')
      .set({ ended_at: now, ended_reason: reason })
      .where('id', '=', grantId)
      .where('ended_at', 'is', null)
      .returning('id')
      .compile(),
  )
  // RFC 6749 §4.1.2: all that the code bought. Whatever else ends a grant leaves its key alone, which lives by the consent.
  const keys = reason === 'code_replayed' ? yield* endKeysOfGrant(dialect, grantId, reason, now) : []
  if (ended === undefined && keys.length === 0) return false
  yield* writeJournal(dialect, withKeyChanges(journal, keys))
  return true
}

export function* endAccessToken(dialect: Dialect, digest: string, now: number, journal: Journal): Act<boolean> {
  const ended = yield* rowOf(
    dialect.db.updateTable('access_tokens').set({ ended_at: now }).where('digest', '=', digest).where('ended_at', 'is', null).returning('digest').compile(),
  )
  if (ended === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}

/** What need not be remembered any more at that time, at most so many. @returns whether there may be more. */
export function* removeOverEndings({ name, db }: Dialect, before: number, limit: number): Act<boolean> {
  const over = db.selectFrom('ended_tokens').select('id').where('forget_at', '<', before).orderBy('forget_at').limit(limit)
  const free = name === 'postgres' ? over.forUpdate().skipLocked() : over
  const removed = yield* rowsOf(db.deleteFrom('ended_tokens').where('id', 'in', free).returning('id').compile())
  return removed.length === limit
}

/** Clocks of those who ask may lag, and ours may be set back: an ended token is remembered this long beyond its own end. */
const REMEMBERED_MS = 3_600_000

export function* endSelfContainedToken(dialect: Dialect, token: SelfContainedToken, now: number, journal: Journal): Act<boolean> {
  const { db } = dialect
  const ended = yield* rowOf(
    db
      .insertInto('ended_tokens')
      .values({ id: token.id, ended_at: now, forget_at: token.expiresAt + REMEMBERED_MS })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .compile(),
  )
  if (ended === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
