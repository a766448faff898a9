/**
 * Tokens stand in the order of time, each table its own index (their digests begin with the time they were made). They name what they live by without foreign keys: the join that
 * finds a token finds it dead where that is gone, and each key would be one more look-up at every issue. Events are found by what they are about, never by their id.
 *
 * Tokens made before carry no time and could not be found any more: their holders sign in, or ask, again.
 */
import { type ColumnDefinitionBuilder, type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder

const key: Column = (column) => column.primaryKey().notNull()
const needed: Column = (column) => column.notNull()

export function tokensByTime(dialect: Dialect): readonly CompiledQuery[] {
  const { name, db } = dialect
  const { schema } = db
  const asIndex = name === 'sqlite' ? sql`without rowid` : sql``
  const tokens = [
    ...(['refresh_tokens', 'access_tokens', 'codes'] as const).map((table) => schema.dropTable(table)),
    schema
      .createTable('refresh_tokens')
      .addColumn('digest', 'text', key)
      .addColumn('grant_id', 'text', needed)
      .addColumn('generation', 'integer', needed)
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('consumed_at', 'bigint')
      // A family has one token of each generation: it cannot fork.
      .addUniqueConstraint('one_token_per_generation', ['grant_id', 'generation'])
      .modifyEnd(asIndex),
    schema
      .createTable('access_tokens')
      .addColumn('digest', 'text', key)
      .addColumn('id', 'text', needed)
      .addColumn('fingerprint', 'text', needed)
      .addColumn('grant_id', 'text')
      .addColumn('client_id', 'text', needed)
      .addColumn('user_id', 'text')
      .addColumn('subject', 'text')
      .addColumn('environment', 'text', needed)
      .addColumn('scopes', 'text', needed)
      .addColumn('audience', 'text', needed)
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('ended_at', 'bigint')
      .modifyEnd(asIndex),
    // Nothing looks tokens up by client or person: what they live by is joined from the token. Each index would be paid for at every issue.
    schema.createIndex('access_tokens_by_grant').on('access_tokens').column('grant_id').where(sql.ref('grant_id'), 'is not', sql.lit(null)),
    schema
      .createTable('codes')
      .addColumn('digest', 'text', key)
      .addColumn('client_id', 'text', needed)
      .addColumn('grant_id', 'text', needed)
      .addColumn('redirect_uri', 'text', needed)
      .addColumn('challenge', 'text', needed)
      .addColumn('nonce', 'text')
      .addColumn('issued_at', 'bigint', needed)
      .addColumn('expires_at', 'bigint', needed)
      .addColumn('consumed_at', 'bigint')
      .modifyEnd(asIndex),
    schema.createIndex('codes_by_grant').on('codes').column('grant_id'),
  ].map((statement) => statement.compile())
  return [markUsed(dialect), ...tokens, ...(name === 'sqlite' ? eventsAnew(dialect) : [sql`alter table events drop constraint events_id_key`.compile(db)])]
}

/** A client with tokens of its own is marked with the first of them from now on: else it would count as an unused registration. */
function markUsed({ db }: Dialect): CompiledQuery {
  return sql`update clients set used_at = (select max(issued_at) from access_tokens where access_tokens.client_id = clients.id) where used_at is null`.compile(
    db,
  )
}

/** As they are at this step: what the journal has later is no matter of this table. */
const eventColumns = [
  'id',
  'type',
  'at',
  'actor_kind',
  'actor_id',
  'account_id',
  'user_id',
  'client_id',
  'session_id',
  'grant_id',
  'credential_id',
  'fingerprint',
  'address',
  'user_agent',
  'reason',
  'data',
] as const
const neededColumns: readonly string[] = ['id', 'type', 'actor_kind']

/** SQLite cannot take a constraint away. */
function eventsAnew({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  let table = schema.createTable('events_anew').addColumn('seq', 'integer', (column) => column.primaryKey())
  for (const column of eventColumns) {
    if (column === 'at') table = table.addColumn(column, 'bigint', needed)
    else table = table.addColumn(column, 'text', neededColumns.includes(column) ? needed : (any) => any)
  }
  const about = ['user_id', 'client_id', 'credential_id'] as const
  const columns = ['seq', ...eventColumns] as const
  return [
    table.compile(),
    db
      .insertInto('events_anew' as 'events')
      .columns(columns)
      .expression(db.selectFrom('events').select(columns))
      .compile(),
    schema.dropTable('events').compile(),
    schema.alterTable('events_anew').renameTo('events').compile(),
    schema.createIndex('events_by_type_seq').on('events').columns(['type', 'seq']).compile(),
    ...about.map((column) =>
      schema.createIndex(`events_by_${column}_seq`).on('events').columns([column, 'seq']).where(sql.ref(column), 'is not', sql.lit(null)).compile(),
    ),
  ]
}
