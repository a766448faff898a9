/** Many rows in one statement: they travel as one JSON text, and the statement's own text stays the same however many there are. */
import { type RawBuilder, sql } from 'kysely'
import type { Dialect } from '../engine.ts'

type ColumnType = 'text' | 'bigint' | 'double precision'

/**
 * A source of rows called `r`, to stand behind `from`.
 *
 *     sql`select n.* from ${jsonRows(dialect, { key_id: 'text' }, [['key_1'], ['key_2']])} join … n on n.key_id = r.key_id`
 */
export function jsonRows<C extends Readonly<Record<string, ColumnType>>>(
  { name }: Dialect,
  columns: C,
  rows: readonly (readonly unknown[])[],
): RawBuilder<unknown> {
  const json = JSON.stringify(rows)
  const cells = Object.entries(columns).map(([column, type], index) =>
    name === 'sqlite' ? sql`value ->> ${sql.lit(index)} as ${sql.ref(column)}` : sql`(value ->> ${sql.lit(index)})::${sql.raw(type)} as ${sql.ref(column)}`,
  )
  const source = name === 'sqlite' ? sql`json_each(${json})` : sql`jsonb_array_elements(${json}::jsonb) as value`
  return sql`(select ${sql.join(cells)} from ${source}) as r`
}
