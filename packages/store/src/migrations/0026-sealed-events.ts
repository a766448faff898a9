/** The seals of the event log, a row for each batch, and where its beginning was removed: one row, always there. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function sealedEvents({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema
      .createTable('event_seals')
      .addColumn('number', name === 'sqlite' ? 'integer' : 'bigint', (column) => column.primaryKey().notNull()) // SQLite: the table is its own index
      .addColumn('first_seq', 'bigint', (column) => column.notNull())
      .addColumn('last_seq', 'bigint', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addColumn('oldest_at', 'bigint', (column) => column.notNull())
      .addColumn('newest_at', 'bigint', (column) => column.notNull())
      .addColumn('sealed_at', 'bigint', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('mac', 'text', (column) => column.notNull())
      .compile(),
    schema
      .createTable('event_floor')
      .addColumn('place', 'integer', (column) => column.primaryKey().notNull())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('last_seq', 'bigint', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('removed', 'bigint', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('proof', 'text', (column) => column.notNull())
      .addColumn('told', 'bigint', (column) => column.notNull())
      .addColumn('told_at', 'bigint', (column) => column.notNull())
      .compile(),
    db.insertInto('event_floor').values({ place: 1, number: 0, last_seq: 0, value: '', removed: 0, key_id: '', proof: '', told: 0, told_at: 0 }).compile(),
  ]
}
