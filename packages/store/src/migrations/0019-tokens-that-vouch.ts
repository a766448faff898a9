/** Tokens to register with whose bearer the operator knows. */
import type { CompiledQuery } from 'kysely'
import type { Dialect } from '../engine.ts'

export function tokensThatVouch({ db }: Dialect): readonly CompiledQuery[] {
  return [db.schema.alterTable('initial_tokens').addColumn('vouches', 'integer').compile()]
}
