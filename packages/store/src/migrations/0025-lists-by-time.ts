/** Events are listed by their time, of everything or of what they are about: every index of theirs has the time behind it, so that a span of time is a stretch of it. And root keys. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function listsByTime({ name, db: { schema } }: Dialect): readonly CompiledQuery[] {
  const place = name === 'sqlite' ? ['at'] : ['at', 'seq'] // SQLite has the number of the row at the end of each index anyway
  const about = ['user_id', 'client_id', 'credential_id', 'account_id'] as const
  return [
    ...['type', 'user_id', 'client_id', 'credential_id'].map((column) => schema.dropIndex(`events_by_${column}_seq`)),
    schema.createIndex('events_by_at').on('events').columns(place),
    schema
      .createIndex('events_by_type_at')
      .on('events')
      .columns(['type', ...place]),
    ...about.map((column) =>
      schema
        .createIndex(`events_by_${column}_at`)
        .on('events')
        .columns([column, ...place])
        .where(sql.ref(column), 'is not', sql.lit(null)),
    ),
    schema.createIndex('root_keys_by_created_at_id').on('root_keys').columns(['created_at', 'id']),
  ].map((statement) => statement.compile())
}
