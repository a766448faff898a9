/**
 * What applications may be told of a person, when it last changed, and whether a consent knows of it all. Columns without a default are made in a moment however many rows there are, and
 * nodes of the version before go on beside them: what is not there reads as it was (`updated_at` as `created_at`).
 */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function claimsOfAPerson({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('users').addColumn('profile', 'text'),
    schema.alterTable('users').addColumn('updated_at', 'bigint'),
    schema.alterTable('consents').addColumn('profile_is_whole', 'integer'),
  ].map((statement) => statement.compile())
}
