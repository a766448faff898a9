/** Trading a refresh token for its successor: used up, replaced and written down in one act (O9, R1). */
import type { Rotation } from '@latchwork/authority'
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
