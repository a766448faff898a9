/** What the configuration defined at the last start: one row. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function configuredRights({ db: { schema } }: Dialect): readonly CompiledQuery[] {
  return [
    schema
      .createTable('configured')
      .addColumn('place', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .compile(),
  ]
}
