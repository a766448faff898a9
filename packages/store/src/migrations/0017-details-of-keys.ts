/** What their owners write on keys, and keys that are stopped for a while. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function detailsOfKeys({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('api_keys').addColumn('external_id', 'text'),
    schema.alterTable('api_keys').addColumn('metadata', 'text'),
    schema.alterTable('api_keys').addColumn('disabled_at', 'bigint'),
    schema.createIndex('api_keys_by_external_id_seq').on('api_keys').columns(['external_id', 'seq']).where(sql.ref('external_id'), 'is not', sql.lit(null)),
  ].map((statement) => statement.compile())
}
