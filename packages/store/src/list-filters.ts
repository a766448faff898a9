/**
 * Filters that several lists share. Most have no index: a page looks through a bounded number of rows, so that a filter that meets few of a million holds nobody up, and gives
 * the place where it stopped as its `next`.
 */
import type { ListFilter } from '@latchwork/kernel'
import { type CompiledQuery, type Expression, type SqlBool, sql } from 'kysely'
import type { Dialect, Engine } from './engine.ts'

export const LOOKED_THROUGH = 5000

export type Condition = Expression<SqlBool>

/** What builders of statements are, as far as it matters here. */
interface Limited<R> {
  limit(count: number): { compile(): CompiledQuery<R> }
}
interface Places<R> {
  limit(count: number): { offset(count: number): { compile(): CompiledQuery<R> } }
}

/** The last row that a page looks at; absent where all there are come before, or none is filtered out. @param places the rows in the order of the list, unfiltered. */
export async function stopOf<R>({ read }: Engine, places: Places<R>, filters: readonly unknown[]): Promise<R | undefined> {
  if (filters.length === 0) return undefined
  const query = places.limit(1).offset(LOOKED_THROUGH - 1)
  const [last] = await read(query.compile())
  return last
}

/** The last of so many rows of several parts together. @param parts each in the order of the list; a row may be in two. */
export async function stopOfParts(
  { read }: Engine,
  parts: readonly Limited<{ readonly seq: number }>[],
  count: number,
): Promise<{ readonly seq: number } | undefined> {
  const seen = new Set<number>()
  for (const part of parts) for (const { seq } of await read(part.limit(count).compile())) seen.add(seq)
  const seq = [...seen].sort((one, other) => other - one)[count - 1]
  return seq === undefined ? undefined : { seq }
}

/** ASCII letters in either case, alike on both engines. */
export function nameHas({ name: engine }: Dialect, column: string, text: string): Condition {
  const wanted = text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return engine === 'sqlite' ? sql`instr(lower(${sql.ref(column)}), ${wanted}) > 0` : sql`strpos(lower(${sql.ref(column)} collate "C"), ${wanted}) > 0`
}

export function madeWithin(column: string, { createdSince, createdBefore }: Pick<ListFilter, 'createdSince' | 'createdBefore'>): readonly Condition[] {
  return [
    ...(createdSince === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} >= ${createdSince}`]),
    ...(createdBefore === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} < ${createdBefore}`]),
  ]
}

export function isNull(column: string, wanted: boolean): Condition {
  return wanted ? sql`${sql.ref(column)} is null` : sql`${sql.ref(column)} is not null`
}
