/** Entries of the revocation feed that nothing alive needs, removed from its beginning (R7): what is kept is a piece without gaps, and how far it reaches back is written down with it. */
import { type Act, rowOf, rowsOf } from './act.ts'
import type { Dialect } from './engine.ts'

/** The one row of `feed_floor`. */
const FLOOR = 1

/**
 * Removes the first entries, at most so many, as long as each was written before that time and no self-contained token it ends was in time since. The newest stays: by it the
 * numbers are known to have gone on.
 * @returns whether there may be more.
 */
export function* removeOverEntries({ name, db }: Dialect, before: number, limit: number): Act<boolean> {
  const floor = db.selectFrom('feed_floor').select('place').where('place', '=', FLOOR)
  // One node at a time; another passes by.
  if ((yield* rowOf((name === 'postgres' ? floor.forUpdate().skipLocked() : floor).compile())) === undefined) return false
  const first = yield* rowsOf(
    db
      .selectFrom('revocations')
      .select(['feed_id', 'at', 'until'])
      .orderBy('feed_id')
      .limit(limit + 1)
      .compile(),
  )
  const removable = first.slice(0, -1)
  const kept = removable.findIndex(({ at, until }) => Math.max(at, until) >= before)
  const over = kept < 0 ? removable : removable.slice(0, kept)
  const last = over.at(-1)
  if (last === undefined) return false
  yield db.deleteFrom('revocations').where('feed_id', '<=', last.feed_id).compile()
  yield db.updateTable('feed_floor').set({ removed_up_to: last.feed_id }).where('place', '=', FLOOR).compile()
  return over.length === limit
}
