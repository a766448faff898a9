/** Refusals are found by the reference that whoever was refused reads on the page. Refusals alone: no other event has one. */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'
import { referenceOf } from '../events.ts'

export function refusalsByReference(dialect: Dialect): readonly CompiledQuery[] {
  return [sql`create index events_by_reference on events (${referenceOf(dialect)}) where type = 'request.refused'`.compile(dialect.db)]
}
