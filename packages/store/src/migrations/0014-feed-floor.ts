/** Up to which id entries of the revocation feed were removed: whoever goes on from before it is told so. One row, always there. */
import type { CompiledQuery } from 'kysely'
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
  ]
}
