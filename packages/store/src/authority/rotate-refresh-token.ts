/** Trading a refresh token for its successor: used up, replaced and written down in one act (O9, R1). */
import type { RefreshRetry, Rotation } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'
import { type Act, rowOf } from '../act.ts'
import { grantIsAlive } from '../alive.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { onceForEach, template } from '../template.ts'
import { insertAccessToken, insertRefreshToken } from './tokens.ts'

const consumption = onceForEach((dialect) =>
  template<{ readonly grant_id: string }, { digest: string; now: number }>((parameter) =>
    dialect.db
      .updateTable('refresh_tokens')
      .set({ consumed_at: parameter('now') })
      .where('digest', '=', parameter('digest'))
      .where('consumed_at', 'is', null)
      .where(grantIsAlive(dialect, 'refresh_tokens.grant_id'))
      .returning('grant_id')
      .compile(),
  ),
)

export function* rotateRefreshToken(dialect: Dialect, rotation: Rotation, journal: Journal): Act<boolean> {
  const consumed = yield* rowOf(consumption(dialect)({ digest: rotation.consumedDigest, now: rotation.now }))
  if (consumed === undefined) return false
  yield* insertRefreshToken(dialect, rotation.successor)
  if (rotation.accessToken !== undefined) yield* insertAccessToken(dialect, rotation.accessToken)
  yield* writeJournal(dialect, journal)
  return true
}

const unusedSuccessor = onceForEach((dialect) =>
  template<{ readonly grant_id: string }, { consumed: string; successor: string; now: number }>((parameter) =>
    dialect.db
      .selectFrom('refresh_tokens')
      .innerJoin('refresh_tokens as former', (join) =>
        join.onRef('former.grant_id', '=', 'refresh_tokens.grant_id').on('former.digest', '=', parameter('consumed')).on('former.consumed_at', 'is not', null),
      )
      .select('refresh_tokens.grant_id')
      .where('refresh_tokens.digest', '=', parameter('successor'))
      .where('refresh_tokens.consumed_at', 'is', null)
      .where('refresh_tokens.expires_at', '>', parameter('now'))
      .where(grantIsAlive(dialect, 'refresh_tokens.grant_id'))
      .compile(),
  ),
)

/** A retry that runs beside the first use of the successor comes before it: what it buys is one more access token of a living grant, and lives no longer than that. */
export function* retryRefreshToken(dialect: Dialect, retry: RefreshRetry, journal: Journal): Act<boolean> {
  const found = yield* rowOf(unusedSuccessor(dialect)({ consumed: retry.consumedDigest, successor: retry.successorDigest, now: retry.now }))
  if (found === undefined) return false
  if (retry.accessToken !== undefined) yield* insertAccessToken(dialect, retry.accessToken)
  yield* writeJournal(dialect, journal)
  return true
}
