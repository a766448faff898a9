/** The use of keys: what is counted, what is remembered to judge by, and the outbox of alerts. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const key: Column = (column) => column.primaryKey().notNull()
const needed: Column = (column) => column.notNull()
const none: Column = (column) => column.notNull().defaultTo(0)

export function keyUse({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const rising: Column = (column) => (name === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity())
  /** A table that is its own index: half the pages to write. */
  const asIndex = name === 'sqlite' ? sql`without rowid` : sql``
  return [
    schema
      .createTable('key_habits')
      .addColumn('key_id', 'text', (column) => key(column).references('api_keys.id'))
      .addColumn('first_used_at', 'bigint')
      .addColumn('networks', 'integer', none)
      .addColumn('networks_beyond', 'bigint', none)
      .addColumn('hour', 'bigint', none)
      .addColumn('hour_uses', 'bigint', none)
      .addColumn('usual_per_hour', 'double precision', none)
      .addColumn('hours_seen', 'integer', none)
      .addColumn('minute', 'bigint', none)
      .addColumn('minute_refusals', 'bigint', none),
    schema
      .createTable('key_use_hours')
      .addColumn('key_id', 'text', needed)
      .addColumn('hour', 'bigint', needed)
      .addColumn('outcome', 'text', needed)
      .addColumn('count', 'bigint', needed)
      .addPrimaryKeyConstraint('key_use_hours_key', ['key_id', 'hour', 'outcome'])
      .modifyEnd(asIndex),
    schema.createIndex('key_use_hours_by_hour').on('key_use_hours').column('hour'),
    schema
      .createTable('key_networks')
      .addColumn('key_id', 'text', needed)
      .addColumn('network', 'text', needed)
      .addColumn('first_seen_at', 'bigint', needed)
      .addColumn('last_seen_at', 'bigint', needed)
      .addPrimaryKeyConstraint('key_networks_key', ['key_id', 'network'])
      .modifyEnd(asIndex),
    schema
      .createTable('key_alerts')
      .addColumn('key_id', 'text', needed)
      .addColumn('kind', 'text', needed)
      .addColumn('hour', 'bigint', needed)
      .addColumn('alert_id', 'text', needed)
      // At most one per key, kind and hour, however many nodes see it at once.
      .addPrimaryKeyConstraint('key_alerts_key', ['key_id', 'kind', 'hour']),
    schema.createIndex('key_alerts_by_hour').on('key_alerts').column('hour'),
    // One row for each that reports, with the number of its last report.
    schema.createTable('use_reporters').addColumn('id', 'text', key).addColumn('sequence', 'bigint', needed).addColumn('at', 'bigint', needed),
    schema.createIndex('use_reporters_by_at').on('use_reporters').column('at'),
    schema
      .createTable('alert_deliveries')
      .addColumn('seq', name === 'sqlite' ? 'integer' : 'bigint', rising)
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('alert_id', 'text', needed)
      .addColumn('channel', 'text', needed)
      .addColumn('alert', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('attempts', 'integer', none)
      .addColumn('next_at', 'bigint')
      .addColumn('state', 'text', needed)
      .addColumn('ended_at', 'bigint')
      .addColumn('note', 'text'),
    schema.createIndex('alert_deliveries_by_next_at').on('alert_deliveries').column('next_at').where(sql.ref('next_at'), 'is not', sql.lit(null)),
  ].map((statement) => statement.compile())
}
