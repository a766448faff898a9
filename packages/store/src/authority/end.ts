/** Ending a grant, or one access token. What lives beneath ends by the join that tells whether it is alive. */
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
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
  const keysEnded = reason === 'code_replayed' && (yield* endKeysOfGrant(dialect, grantId, reason, now))
  if (ended === undefined && !keysEnded) return false
  yield* writeJournal(dialect, journal)
  return true
}

export function* endAccessToken(dialect: Dialect, tokenId: string, now: number, journal: Journal): Act<boolean> {
  const ended = yield* rowOf(
    dialect.db.updateTable('access_tokens').set({ ended_at: now }).where('id', '=', tokenId).where('ended_at', 'is', null).returning('id').compile(),
  )
  if (ended === undefined) return false
  yield* writeJournal(dialect, journal)
  return true
}
