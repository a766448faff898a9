/** The counts of limits that nodes share. One node with SQLite keeps them in memory. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function sharedLimitStates({ name, db }: Dialect): readonly CompiledQuery[] {
  if (name === 'sqlite') return []
  // Unlogged: counting must not wait for the disk. Half-filled pages, so that a new version of a row stands beside the old and no index changes.
  return [sql`create unlogged table limit_states (key text primary key, state jsonb not null) with (fillfactor = 50)`.compile(db)]
}
