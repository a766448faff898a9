/** How clients register and prove themselves: secrets that end, owners, tokens for registrations, assertions that were used. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const needed: Column = (column) => column.notNull()
const unique: Column = (column) => column.notNull().unique()

export function clientsWhole({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  const rising: Column = (column) => (name === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity())
  const present = (column: string) => [sql.ref(column), 'is not', sql.lit(null)] as const
  return [
    schema.alterTable('clients').addColumn('owner_id', 'text', (column) => column.references('users.id')),
    schema.alterTable('clients').addColumn('registration_digest', 'text'),
    schema
      .createIndex('clients_by_owner')
      .on('clients')
      .column('owner_id')
      .where(...present('owner_id')),
    schema
      .createIndex('clients_by_registration')
      .unique()
      .on('clients')
      .column('registration_digest')
      .where(...present('registration_digest')),
    schema
      .createIndex('registrations_by_age')
      .on('clients')
      .column('created_at')
      .where(...present('registration_digest')),
    // A client can be removed without walking through every token there is.
    schema.createIndex('access_tokens_by_client').on('access_tokens').column('client_id'),
    schema.createIndex('codes_by_client').on('codes').column('client_id'),
    schema.alterTable('client_secrets').addColumn('expires_at', 'bigint'),
    schema
      .createTable('initial_tokens')
      .addColumn('seq', name === 'sqlite' ? 'integer' : 'bigint', rising)
      .addColumn('id', 'text', unique)
      .addColumn('digest', 'text', unique)
      .addColumn('name', 'text', needed)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('uses_left', 'bigint')
      .addColumn('created_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('revoked_at', 'bigint')
      .addCheckConstraint('uses_are_counted_down_to_none', sql`uses_left >= 0`),
    schema
      .createTable('assertions')
      .addColumn('issuer', 'text', needed)
      .addColumn('jti', 'text', needed)
      .addColumn('until', 'bigint', needed)
      .addPrimaryKeyConstraint('assertions_key', ['issuer', 'jti']),
    schema.createIndex('assertions_by_until').on('assertions').column('until'),
  ].map((statement) => statement.compile())
}
