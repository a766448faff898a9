/** One-time links that were used or that time refuses, removed some at a time (R7). What they did stays in the events. */
import { type Act, rowsOf } from '../act.ts'
import type { Dialect } from '../engine.ts'

/** @returns whether there may be more. */
export function* removeOverLinks({ name, db }: Dialect, before: number, limit: number): Act<boolean> {
  const over = db
    .selectFrom('one_time_links')
    .select('digest')
    .where(({ or, eb }) => or([eb('expires_at', '<', before), eb('consumed_at', '<', before)]))
    .orderBy('digest')
    .limit(limit)
  const free = name === 'postgres' ? over.forUpdate().skipLocked() : over
  const removed = yield* rowsOf(db.deleteFrom('one_time_links').where('digest', 'in', free).returning('digest').compile())
  return removed.length === limit
}
