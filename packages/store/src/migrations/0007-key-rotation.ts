/** Automatic rotation of keys: policies, a row for each line of keys under one, and what came of each attempt. No column holds a key. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const key: Column = (column) => column.primaryKey().notNull()
const needed: Column = (column) => column.notNull()
const none: Column = (column) => column.notNull().defaultTo(0)

export function keyRotation({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const seq = name === 'sqlite' ? ('integer' as const) : ('bigint' as const)
  const rising: Column = (column) => (name === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity())
  return [
    schema
      .createTable('rotation_policies')
      .addColumn('id', 'text', key)
      .addColumn('account_id', 'text', (column) => needed(column).references('accounts.id'))
      .addColumn('environment', 'text', needed)
      .addColumn('key_id', 'text', (column) => column.references('api_keys.id'))
      .addColumn('schedule', 'text', needed)
      .addColumn('overlap_ms', 'bigint', needed)
      .addColumn('target', 'text', needed)
      .addColumn('path', 'text', needed)
      .addColumn('created_by', 'text', needed)
      .addColumn('created_at', 'bigint', needed),
    schema.createIndex('rotation_policies_by_account').on('rotation_policies').column('account_id'),
    schema.createIndex('rotation_policies_by_key').on('rotation_policies').column('key_id'),
    // Two rotations that deliver to one place would overwrite each other's keys.
    schema.createIndex('rotation_policies_place').unique().on('rotation_policies').columns(['target', 'path']),
    schema
      .createIndex('rotation_policies_of_accounts')
      .unique()
      .on('rotation_policies')
      .columns(['account_id', 'environment'])
      .where(sql.ref('key_id'), 'is', sql.lit(null)),
    schema
      .createTable('key_rotations')
      .addColumn('seq', seq, rising)
      .addColumn('id', 'text', (column) => needed(column).unique())
      .addColumn('policy_id', 'text', (column) => needed(column).references('rotation_policies.id'))
      .addColumn('key_id', 'text', (column) => needed(column).unique().references('api_keys.id'))
      .addColumn('line', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('due_at', 'bigint')
      .addColumn('next_at', 'bigint', needed)
      .addColumn('lease', 'bigint', none)
      .addColumn('lease_until', 'bigint', none)
      .addColumn('successor_id', 'text')
      .addColumn('seed', 'text')
      .addColumn('sending', 'integer', none)
      .addColumn('may_have_arrived', 'integer', none)
      .addColumn('failures', 'integer', none)
      .addColumn('last_rotated_at', 'bigint')
      .addCheckConstraint('seed_of_a_successor', sql`(seed is null) = (successor_id is null)`),
    schema.createIndex('key_rotations_by_next_at').on('key_rotations').column('next_at'),
    schema.createIndex('key_rotations_by_policy').on('key_rotations').column('policy_id'),
    schema
      .createTable('rotation_attempts')
      .addColumn('seq', seq, rising)
      .addColumn('rotation_id', 'text', needed)
      .addColumn('at', 'bigint', needed)
      .addColumn('outcome', 'text', needed)
      .addColumn('note', 'text', needed)
      .addColumn('key_id', 'text', needed)
      .addColumn('successor_id', 'text'),
    schema.createIndex('rotation_attempts_by_rotation').on('rotation_attempts').columns(['rotation_id', 'seq']),
    schema.createIndex('rotation_attempts_by_at').on('rotation_attempts').column('at'),
  ].map((statement) => statement.compile())
}
