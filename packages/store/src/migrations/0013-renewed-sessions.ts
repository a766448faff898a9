/** A login session that was renewed knows the secret before, so that a tab that signs in with the old cookie a moment later finds the same session (J9). It opens nothing. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function renewedSessions({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema.alterTable('login_sessions').addColumn('former_digest', 'text').compile(),
    schema
      .createIndex('login_sessions_by_former_digest')
      .on('login_sessions')
      .column('former_digest')
      .where(sql.ref('former_digest'), 'is not', sql.lit(null))
      .compile(),
  ]
}
