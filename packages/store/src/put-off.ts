/**
 * Lines of an outbox are put off, by a lease or after a failure, until a time of the clock of whoever puts them off. Where that clock was ahead and is set back, they would wait for as long
 * as it was ahead; a line that was put off at a time which has not come is due as well (R5).
 */
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Act } from './act.ts'

/** Clocks of two nodes differ by less, or one of them is not ready. */
export const CLOCKS_MAY_DIFFER_MS = 60_000

type Condition = Expression<SqlBool>

/** @param take hands out the lines of a condition. The second is asked where the first found nothing, each by an index of its own: it finds something after a clock was set back, and only then. */
export function* takeDue<R>(now: number, take: (due: Condition) => Act<readonly R[]>): Act<readonly R[]> {
  const taken = yield* take(sql<SqlBool>`next_at <= ${now}`)
  return taken.length > 0 ? taken : yield* take(sql<SqlBool>`put_off_at > ${now + CLOCKS_MAY_DIFFER_MS}`)
}
