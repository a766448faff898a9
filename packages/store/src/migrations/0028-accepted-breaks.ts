/** Breaks of the event log that an operator accepted: by the number of the seal that stands there. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function acceptedBreaks({ name, db: { schema } }: Dialect): readonly CompiledQuery[] {
  return [
    schema
      .createTable('event_breaks')
      .addColumn('number', name === 'sqlite' ? 'integer' : 'bigint', (column) => column.primaryKey().notNull())
      .addColumn('first', 'bigint', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('stands', 'text', (column) => column.notNull())
      .addColumn('found', 'text', (column) => column.notNull())
      .addColumn('accepted_at', 'bigint', (column) => column.notNull())
      .addColumn('accepted_by', 'text', (column) => column.notNull())
      .addColumn('why', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('mac', 'text', (column) => column.notNull())
      .compile(),
  ]
}
