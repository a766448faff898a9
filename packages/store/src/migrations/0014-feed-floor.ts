/** Up to which id entries of the revocation feed were removed: whoever goes on from before it is told so: one row, always there. And an index to find clients' secrets that have expired. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function feedFloor({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema
      .createTable('feed_floor')
      .addColumn('place', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('removed_up_to', 'bigint', (column) => column.notNull())
      .compile(),
    db.insertInto('feed_floor').values({ place: 1, removed_up_to: 0 }).compile(),
    schema
      .createIndex('client_secrets_by_expires_at')
      .on('client_secrets')
      .column('expires_at')
      .where(sql.ref('expires_at'), 'is not', sql.lit(null))
      .compile(),
  ]
}
