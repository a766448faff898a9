/** Where one node with SQLite writes down what its limits have counted. On PostgreSQL the same table is there since step 5. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function writtenLimits({ name, db }: Dialect): readonly CompiledQuery[] {
  if (name === 'postgres') return []
  return [sql`create table limit_states (key text primary key not null, state text not null) without rowid`.compile(db)]
}
