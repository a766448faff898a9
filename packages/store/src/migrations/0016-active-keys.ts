/** An account's keys that are not revoked, by kind: what is counted before another is made (K6), however many it had and ended. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function activeKeys({ db }: Dialect): readonly CompiledQuery[] {
  return [
    db.schema
      .createIndex('api_keys_in_use')
      .on('api_keys')
      .columns(['account_id', 'kind', 'expires_at', 'revoked_at', 'grant_id']) // the last two, always null here, spare SQLite the row
      .where(sql.ref('revoked_at'), 'is', sql.lit(null))
      .where(sql.ref('grant_id'), 'is', sql.lit(null))
      .compile(),
  ]
}
