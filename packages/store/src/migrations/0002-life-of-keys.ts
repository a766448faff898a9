/** What API keys carry beyond their first form, and calls that act once. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const plain: Column = (column) => column
const emptyList: Column = (column) => column.notNull().defaultTo('[]')
const off: Column = (column) => column.notNull().defaultTo(0)
const needed: Column = (column) => column.notNull()

export function lifeOfKeys({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const add = (name: string, type: 'text' | 'bigint' | 'integer', column: Column = plain) => schema.alterTable('api_keys').addColumn(name, type, column)
  const columns = [
    add('roles', 'text', emptyList),
    add('networks', 'text', emptyList),
    add('limits', 'text', emptyList),
    add('credits', 'bigint', (column) => column.check(sql`credits >= 0`)), // whatever the code does, never below zero
    add('credit_refill_amount', 'bigint'),
    add('credit_refill_seconds', 'bigint'),
    add('credit_max', 'bigint'),
    add('credits_refilled_at', 'bigint'),
    add('user_id', 'text', (column) => column.references('users.id')),
    add('consent_id', 'text', (column) => column.references('consents.id')),
    add('lifetime_ms', 'bigint'),
    add('replaced_by', 'text'),
    add('overlap_ms', 'bigint'),
    /** Of a successor: the key whose clock starts at its first use. On its own row, so that a look-up sees it without a join. */
    add('starts_overlap_of', 'text'),
    add('imported', 'integer', off),
    add('public_text', 'text', (column) => column.check(sql`public_text is null or kind = 'pk'`)), // K3, K4: no other kind's text is ever stored
    add('last_used_at', 'bigint'),
    add('last_used_address', 'text'),
    add('last_used_user_agent', 'text'),
    add('expiry_noted_at', 'bigint'),
  ]
  const indexes = [
    schema.createIndex('api_keys_by_user_id').on('api_keys').column('user_id').where(sql.ref('user_id'), 'is not', sql.lit(null)),
    schema.createIndex('api_keys_by_consent_id').on('api_keys').column('consent_id').where(sql.ref('consent_id'), 'is not', sql.lit(null)),
    schema.createIndex('api_keys_by_expires_at').on('api_keys').column('expires_at').where(sql.ref('expires_at'), 'is not', sql.lit(null)),
    schema.createIndex('api_keys_by_imported').on('api_keys').column('imported').where(sql.ref('imported'), '=', sql.lit(1)),
  ]
  const calls = [
    schema
      .createTable('calls')
      .addColumn('maker_id', 'text', needed)
      .addColumn('call_key', 'text', needed)
      .addColumn('request_digest', 'text', needed)
      .addColumn('answer', 'text')
      .addColumn('created_at', 'bigint', needed)
      .addColumn('until', 'bigint', needed)
      .addPrimaryKeyConstraint('calls_key', ['maker_id', 'call_key']),
    schema.createIndex('calls_by_until').on('calls').column('until'),
  ]
  const persons = sql`update api_keys set user_id = created_by where kind = 'pat' and exists (select 1 from users where users.id = api_keys.created_by)`
  const lifetimes = sql`update api_keys set lifetime_ms = expires_at - created_at where expires_at is not null`
  return [
    ...columns.map((column) => column.compile()),
    persons.compile(db),
    lifetimes.compile(db),
    ...[...indexes, ...calls].map((statement) => statement.compile()),
  ]
}
