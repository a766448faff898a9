/** An account's keys that are not revoked, by kind: what is counted before another is made (K6), however many it had and ended. And accounts and people, listed by their time. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function countsAndLists({ db }: Dialect): readonly CompiledQuery[] {
  const { schema } = db
  return [
    schema
      .createIndex('api_keys_in_use')
      .on('api_keys')
      .columns(['account_id', 'kind', 'expires_at', 'revoked_at', 'grant_id']) // the last two, always null here, spare SQLite the row
      .where(sql.ref('revoked_at'), 'is', sql.lit(null))
      .where(sql.ref('grant_id'), 'is', sql.lit(null)),
    schema.createIndex('accounts_by_created_at_id').on('accounts').columns(['created_at', 'id']),
    schema.createIndex('users_by_created_at_id').on('users').columns(['created_at', 'id']),
    schema.createIndex('members_by_account_id_created_at').on('members').columns(['account_id', 'created_at', 'user_id']),
  ].map((statement) => statement.compile())
}
