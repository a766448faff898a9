/** The tables of the three mechanisms, the event log and the feed. */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const key: Column = (column) => column.primaryKey().notNull()
const needed: Column = (column) => column.notNull()
const unique: Column = (column) => column.notNull().unique()
const to =
  (target: string): Column =>
  (column) =>
    column.references(target)
const neededTo =
  (target: string): Column =>
  (column) =>
    column.notNull().references(target)

export function firstTables({ name, db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  /** A number that rises with each row. On SQLite it never falls back, though the newest rows are deleted. */
  const rising: Column = (column) => (name === 'sqlite' ? column.primaryKey().autoIncrement() : column.primaryKey().generatedByDefaultAsIdentity())
  const risingType = name === 'sqlite' ? 'integer' : 'bigint'
  const index = (table: string, columns: string[]) =>
    schema
      .createIndex(`${table}_by_${columns.join('_')}`)
      .on(table)
      .columns(columns)

  const people = [
    schema
      .createTable('accounts')
      .addColumn('id', 'text', key)
      .addColumn('name', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('disabled_at', 'bigint'),
    schema
      .createTable('users')
      .addColumn('id', 'text', key)
      .addColumn('email', 'text', unique)
      .addColumn('email_verified', 'integer', needed)
      .addColumn('name', 'text', needed)
      .addColumn('is_operator', 'integer', needed)
      .addColumn('account_id', 'text', neededTo('accounts.id'))
      .addColumn('created_at', 'bigint', needed)
      .addColumn('disabled_at', 'bigint'),
    index('users', ['account_id']),
    index('users', ['is_operator']).where(sql.ref('is_operator'), '=', sql.lit(1)),
    schema
      .createTable('members')
      .addColumn('account_id', 'text', neededTo('accounts.id'))
      .addColumn('user_id', 'text', neededTo('users.id'))
      .addColumn('role', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addPrimaryKeyConstraint('members_key', ['account_id', 'user_id']),
    index('members', ['user_id']),
    schema
      .createTable('password_credentials')
      .addColumn('user_id', 'text', (column) => key(column).references('users.id'))
      .addColumn('password_hash', 'text', needed)
      .addColumn('changed_at', 'bigint', needed),
    schema
      .createTable('login_sessions')
      .addColumn('id', 'text', key)
      .addColumn('digest', 'text', unique)
      .addColumn('user_id', 'text', neededTo('users.id'))
      .addColumn('created_at', 'bigint', needed)
      .addColumn('authenticated_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('methods', 'text', needed)
      .addColumn('address', 'text')
      .addColumn('user_agent', 'text')
      .addColumn('ended_at', 'bigint')
      .addColumn('ended_reason', 'text'),
    index('login_sessions', ['user_id']),
    schema
      .createTable('one_time_links')
      .addColumn('digest', 'text', key)
      .addColumn('purpose', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('consumed_at', 'bigint'),
    schema.createIndex('one_link_per_purpose').unique().on('one_time_links').column('purpose').where(sql.ref('consumed_at'), 'is', sql.lit(null)),
  ]

  const keys = [
    schema
      .createTable('api_keys')
      .addColumn('seq', risingType, rising)
      .addColumn('id', 'text', unique)
      .addColumn('digest', 'text', unique)
      .addColumn('account_id', 'text', neededTo('accounts.id'))
      .addColumn('kind', 'text', needed)
      .addColumn('environment', 'text', needed)
      .addColumn('name', 'text', needed)
      .addColumn('scopes', 'text', needed)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('slot', 'integer')
      .addColumn('is_primary', 'integer', needed)
      .addColumn('created_by', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('not_before', 'bigint')
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('revoked_reason', 'text')
      // K6: two places and no third. A secret key without one is revoked or of those that expire by themselves.
      .addCheckConstraint('two_places', sql`slot is null or (slot in (1, 2) and kind = 'sk' and revoked_at is null)`)
      .addCheckConstraint('secret_keys_hold_a_place', sql`kind <> 'sk' or slot is not null or revoked_at is not null or expires_at is not null`)
      .addCheckConstraint('primary_holds_a_place', sql`is_primary = 0 or slot is not null`),
    schema
      .createIndex('one_key_per_place')
      .unique()
      .on('api_keys')
      .columns(['account_id', 'environment', 'slot'])
      .where(sql.ref('slot'), 'is not', sql.lit(null)),
    schema.createIndex('one_primary_key').unique().on('api_keys').columns(['account_id', 'environment']).where(sql.ref('is_primary'), '=', sql.lit(1)),
    index('api_keys', ['account_id', 'environment', 'seq']),
    index('api_keys', ['created_by']),
    schema
      .createTable('root_keys')
      .addColumn('id', 'text', key)
      .addColumn('digest', 'text', unique)
      .addColumn('name', 'text', needed)
      .addColumn('scopes', 'text', needed)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('revoked_at', 'bigint'),
  ]

  const clients = [
    schema
      .createTable('clients')
      .addColumn('seq', risingType, rising)
      .addColumn('id', 'text', unique)
      .addColumn('name', 'text', needed)
      .addColumn('profile', 'text', needed)
      .addColumn('application_type', 'text', needed)
      .addColumn('authentication_method', 'text', needed)
      .addColumn('environment', 'text', needed)
      .addColumn('redirect_uris', 'text', needed)
      .addColumn('grant_types', 'text', needed)
      .addColumn('scopes', 'text', needed)
      .addColumn('audiences', 'text', needed)
      .addColumn('homepage', 'text')
      .addColumn('account_id', 'text', to('accounts.id'))
      .addColumn('created_at', 'bigint', needed)
      .addColumn('disabled_at', 'bigint'),
    index('clients', ['account_id']),
    schema
      .createTable('client_secrets')
      .addColumn('client_id', 'text', neededTo('clients.id'))
      .addColumn('digest', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addPrimaryKeyConstraint('client_secrets_key', ['client_id', 'digest']),
    schema
      .createTable('consents')
      .addColumn('id', 'text', key)
      .addColumn('user_id', 'text', neededTo('users.id'))
      .addColumn('client_id', 'text', neededTo('clients.id'))
      .addColumn('scopes', 'text', needed)
      .addColumn('audience', 'text', needed)
      .addColumn('given_at', 'bigint', needed)
      .addColumn('ended_at', 'bigint'),
    schema.createIndex('one_consent_per_client').unique().on('consents').columns(['user_id', 'client_id']).where(sql.ref('ended_at'), 'is', sql.lit(null)),
    index('consents', ['user_id']),
    index('consents', ['client_id']),
  ]

  const authority = [
    schema
      .createTable('grants')
      .addColumn('id', 'text', key)
      .addColumn('kind', 'text', needed)
      .addColumn('user_id', 'text', neededTo('users.id'))
      .addColumn('client_id', 'text', to('clients.id'))
      .addColumn('consent_id', 'text', to('consents.id'))
      .addColumn('session_id', 'text', to('login_sessions.id'))
      .addColumn('scopes', 'text', needed)
      .addColumn('audience', 'text', needed)
      .addColumn('authenticated_at', 'bigint', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('ended_at', 'bigint')
      .addColumn('ended_reason', 'text'),
    index('grants', ['user_id']),
    index('grants', ['client_id']),
    index('grants', ['consent_id']),
    index('grants', ['session_id']),
    schema
      .createTable('refresh_tokens')
      .addColumn('digest', 'text', key)
      .addColumn('grant_id', 'text', neededTo('grants.id'))
      .addColumn('generation', 'integer', needed)
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('consumed_at', 'bigint')
      // A family has one token of each generation: it cannot fork.
      .addUniqueConstraint('one_token_per_generation', ['grant_id', 'generation']),
    schema
      .createTable('access_tokens')
      .addColumn('id', 'text', key)
      .addColumn('digest', 'text', unique)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('grant_id', 'text', to('grants.id'))
      .addColumn('client_id', 'text', neededTo('clients.id'))
      .addColumn('user_id', 'text', to('users.id'))
      .addColumn('environment', 'text', needed)
      .addColumn('scopes', 'text', needed)
      .addColumn('audience', 'text', needed)
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('ended_at', 'bigint'),
    // Nothing looks tokens up by client or person: what they live by is joined from the token. Each index would be paid for at every issue.
    index('access_tokens', ['grant_id']).where(sql.ref('grant_id'), 'is not', sql.lit(null)),
    schema
      .createTable('codes')
      .addColumn('digest', 'text', key)
      .addColumn('client_id', 'text', neededTo('clients.id'))
      .addColumn('grant_id', 'text', neededTo('grants.id'))
      .addColumn('redirect_uri', 'text', needed)
      .addColumn('challenge', 'text', needed)
      .addColumn('nonce', 'text')
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('consumed_at', 'bigint'),
    index('codes', ['grant_id']),
  ]

  const record = [
    schema
      .createTable('signing_keys')
      .addColumn('kid', 'text', key)
      .addColumn('algorithm', 'text', needed)
      .addColumn('public_jwk', 'text', needed)
      .addColumn('sealed_private_key', 'text', needed)
      .addColumn('created_at', 'bigint', needed)
      .addColumn('is_current', 'integer', needed),
    schema.createIndex('one_current_key').unique().on('signing_keys').column('algorithm').where(sql.ref('is_current'), '=', sql.lit(1)),
    schema
      .createTable('events')
      .addColumn('seq', risingType, rising)
      .addColumn('id', 'text', unique)
      .addColumn('type', 'text', needed)
      .addColumn('at', 'bigint', needed)
      .addColumn('actor_kind', 'text', needed)
      .addColumn('actor_id', 'text')
      .addColumn('account_id', 'text')
      .addColumn('user_id', 'text')
      .addColumn('client_id', 'text')
      .addColumn('session_id', 'text')
      .addColumn('grant_id', 'text')
      .addColumn('credential_id', 'text')
      .addColumn('fingerprint', 'text')
      .addColumn('address', 'text')
      .addColumn('user_agent', 'text')
      .addColumn('reason', 'text')
      .addColumn('data', 'text'),
    index('events', ['type', 'seq']),
    index('events', ['user_id', 'seq']).where(sql.ref('user_id'), 'is not', sql.lit(null)),
    index('events', ['client_id', 'seq']).where(sql.ref('client_id'), 'is not', sql.lit(null)),
    index('events', ['credential_id', 'seq']).where(sql.ref('credential_id'), 'is not', sql.lit(null)),
    schema
      .createTable('revocations')
      .addColumn('feed_id', risingType, rising)
      .addColumn('lifeline', 'text', needed)
      .addColumn('at', 'bigint', needed)
      .addColumn('until', 'bigint', needed),
  ]

  return [...people, ...keys, ...clients, ...authority, ...record].map((statement) => statement.compile())
}
