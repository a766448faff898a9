/** What OAuth whole needs of clients and grants: settings beyond the first ones, where a grant was begun, and how the person proved themselves. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function oauthWhole({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('clients').addColumn('settings', 'text', (column) => column.notNull().defaultTo('{}')),
    schema.alterTable('grants').addColumn('begun_in', 'text'),
    schema.alterTable('grants').addColumn('details', 'text'),
    // A sign-out tells the applications that were signed in to from that session.
    schema.createIndex('grants_by_begun_in').on('grants').column('begun_in').where(sql.ref('begun_in'), 'is not', sql.lit(null)),
  ].map((statement) => statement.compile())
}
