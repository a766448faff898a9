/** Telling of keys that are about to expire, each once (K5). */
import type { ApiKey } from '@latchwork/api-keys'
import type { Journal } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'
import { writeJournal } from '../journal.ts'
import { keyColumns, keyOf } from './key-rows.ts'

/** A key that was made to live shortly is told of in the last quarter of its life; one that was rolled already is not told of. */
export function* noteExpiring(
  dialect: Dialect,
  before: number,
  now: number,
  most: number,
  journalOf: (keys: readonly ApiKey[]) => Journal,
): Act<readonly ApiKey[]> {
  const due = dialect.db
    .selectFrom('api_keys as due')
    .select('due.id')
    .where('due.expires_at', '>', now)
    .where('due.expires_at', '<', before)
    .where('due.revoked_at', 'is', null)
    .where('due.replaced_by', 'is', null)
    .where('due.expiry_noted_at', 'is', null)
    .where(sql<boolean>`(due.lifetime_ms is null or due.expires_at - cast(${now} as bigint) <= due.lifetime_ms / 4)`)
    .orderBy('due.expires_at')
    .limit(most)
  const rows = yield* rowsOf(
    dialect.db
      .updateTable('api_keys')
      .set({ expiry_noted_at: now })
      .where('id', 'in', due)
      .where('expiry_noted_at', 'is', null) // another node may have told of it since
      .returning(keyColumns)
      .compile(),
  )
  const keys = rows.map(keyOf)
  if (keys.length > 0) yield* writeJournal(dialect, journalOf(keys))
  return keys
}
