/** Credentials that became known to others: reports not yet looked at, leaks that are known, signed deliveries that were taken. */
import type { ColumnDefinitionBuilder, CompiledQuery } from 'kysely'
import { sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const needed: Column = (column) => column.notNull()
const key: Column = (column) => column.primaryKey().notNull()

export function leakTables({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const rising: Column = (column) => (name === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity())
  const statements = [
    schema
      .createTable('leak_reports')
      .addColumn('seq', name === 'sqlite' ? 'integer' : 'bigint', rising)
      .addColumn('digest', 'text', needed)
      .addColumn('kind', 'text', needed)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('channel', 'text', needed)
      .addColumn('url', 'text')
      .addColumn('source', 'text')
      .addColumn('address', 'text')
      .addColumn('reported_at', 'bigint', needed),
    schema
      .createTable('leaks')
      .addColumn('digest', 'text', key)
      .addColumn('kind', 'text', needed)
      .addColumn('credential_id', 'text', needed)
      .addColumn('environment', 'text', needed)
      .addColumn('action', 'text', needed)
      .addColumn('reported_at', 'bigint', needed)
      .addColumn('due_at', 'bigint')
      .addColumn('acted_at', 'bigint')
      .addCheckConstraint('revoking_has_a_time', sql`(action = 'revoke') = (due_at is not null)`),
    schema.createIndex('leaks_by_due_at').on('leaks').column('due_at').where(sql.ref('acted_at'), 'is', sql.lit(null)),
    schema.createTable('leak_deliveries').addColumn('id', 'text', key).addColumn('until', 'bigint', needed),
    schema.createIndex('leak_deliveries_by_until').on('leak_deliveries').column('until'),
    schema.createIndex('client_secrets_by_digest').on('client_secrets').column('digest'),
  ]
  return statements.map((statement) => statement.compile())
}
