/** Devices that wait for a person's word, sign-outs that applications are yet to hear of, and when a grant was last used. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const needed: Column = (column) => column.notNull()
const key: Column = (column) => column.primaryKey().notNull()

export function devicesAndLogout({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema
      .createTable('device_codes')
      .addColumn('digest', 'text', key)
      .addColumn('user_code', 'text', (column) => column.notNull().unique())
      .addColumn('client_id', 'text', (column) => column.notNull().references('clients.id'))
      .addColumn('scopes', 'text', needed)
      .addColumn('audience', 'text', needed)
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('interval_ms', 'bigint', needed)
      .addColumn('polled_at', 'bigint')
      .addColumn('address', 'text')
      .addColumn('opened_by', 'text', (column) => column.references('users.id'))
      .addColumn('decision', 'text')
      .addColumn('decided_at', 'bigint')
      .addColumn('grant_id', 'text')
      .addColumn('consumed_at', 'bigint')
      .addCheckConstraint('only_who_opened_decides', sql`decision is null or opened_by is not null`)
      .addCheckConstraint('allowed_has_a_grant', sql`(grant_id is not null) = (decision is not null and decision = 'allowed')`)
      .addCheckConstraint('used_only_when_allowed', sql`consumed_at is null or grant_id is not null`),
    schema.createIndex('device_codes_by_expires_at').on('device_codes').column('expires_at'),
    schema.createIndex('device_codes_by_client').on('device_codes').column('client_id'),
    schema.createIndex('device_codes_by_opened_by').on('device_codes').column('opened_by'),
    schema
      .createTable('logout_deliveries')
      .addColumn('id', 'text', key)
      .addColumn('client_id', 'text', (column) => column.notNull().references('clients.id'))
      .addColumn('user_id', 'text', needed)
      .addColumn('session_id', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('next_at', 'bigint', needed),
    schema.createIndex('logout_deliveries_by_next_at').on('logout_deliveries').column('next_at'),
    schema.createIndex('logout_deliveries_by_client').on('logout_deliveries').column('client_id'),
    schema.alterTable('grants').addColumn('last_used_at', 'bigint'),
  ].map((statement) => statement.compile())
}
