/** Access tokens whole: who a person is to a pairwise client, and the deny-list of tokens that are not stored. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function accessTokensWhole({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('access_tokens').addColumn('subject', 'text'),
    // When a client first got a token that is not stored: nothing else tells that it was ever used.
    schema.alterTable('clients').addColumn('used_at', 'bigint'),
    // What is made once for the installation and stays, whatever becomes of its other keys.
    schema
      .createTable('fixed_values')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', 'text', (column) => column.notNull()),
    schema
      .createTable('ended_tokens')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('ended_at', 'bigint', (column) => column.notNull())
      .addColumn('forget_at', 'bigint', (column) => column.notNull()),
    schema.createIndex('ended_tokens_by_forget_at').on('ended_tokens').column('forget_at'),
  ].map((statement) => statement.compile())
}
