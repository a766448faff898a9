/** Keys that are born on the consent screen know the grant whose code bought them: if that code comes twice, they end (K17; RFC 6749 §4.1.2). */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function connectedAccounts({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema
      .alterTable('api_keys')
      .addColumn('grant_id', 'text', (column) => column.references('grants.id'))
      .compile(),
    schema.createIndex('api_keys_by_grant_id').on('api_keys').column('grant_id').where(sql.ref('grant_id'), 'is not', sql.lit(null)).compile(),
  ]
}
