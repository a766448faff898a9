/** By which sign-in form a login session began: sent twice, it begins no second one. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function formsSentTwice({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('login_sessions').addColumn('form_digest', 'text').compile(),
    schema
      .createIndex('login_sessions_by_form')
      .unique()
      .on('login_sessions')
      .column('form_digest')
      .where(sql.ref('form_digest'), 'is not', sql.lit(null))
      .compile(),
  ]
}
