/** When a line of an outbox was put off: by a clock that has been set back since, it would wait for as long as that was ahead (R5). */
import { type CompiledQuery, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

export function whenPutOff({ db: { schema } }: Dialect): readonly CompiledQuery[] {
  return (['alert_deliveries', 'logout_deliveries'] as const)
    .flatMap((table) => [
      schema.alterTable(table).addColumn('put_off_at', 'bigint'),
      schema.createIndex(`${table}_by_put_off_at`).on(table).column('put_off_at').where(sql.ref('put_off_at'), 'is not', sql.lit(null)),
    ])
    .map((statement) => statement.compile())
}
