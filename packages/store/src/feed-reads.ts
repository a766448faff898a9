/** Reading the revocation feed. */
import type { FeedPage } from '@latchwork/authority'
import type { Lifeline } from '@latchwork/kernel'
import { sql } from 'kysely'
import type { Dialect } from './engine.ts'
import { template } from './template.ts'

export function feedHead({ db }: Dialect) {
  const compiled = db.selectFrom('revocations').select(sql<number>`coalesce(max(feed_id), 0)`.as('head')).compile()
  return () => compiled
}

/** The one row of `feed_floor`. */
export const FLOOR = 1

interface PageRow {
  readonly removedUpTo: number
  readonly feedId: number | null
  readonly lifeline: Lifeline
  readonly at: number
  readonly until: number
}

/** The floor and the entries in one statement: nothing can be removed between the two. Without entries, a row of the floor alone. */
export function feedPage({ db }: Dialect) {
  return template<PageRow, { after: number; limit: number }>((parameter) =>
    db
      .selectFrom('feed_floor')
      .leftJoin(
        (from) =>
          from
            .selectFrom('revocations')
            .select(['feed_id', 'lifeline', 'at', 'until'])
            .where('feed_id', '>', parameter('after'))
            .orderBy('feed_id')
            .limit(parameter('limit'))
            .as('entry'),
        (join) => join.onTrue(),
      )
      .select([
        'feed_floor.removed_up_to as removedUpTo',
        'entry.feed_id as feedId',
        sql<Lifeline>`entry.lifeline`.as('lifeline'),
        sql<number>`entry.at`.as('at'),
        sql<number>`entry.until`.as('until'),
      ])
      .where('feed_floor.place', '=', sql.lit(FLOOR)) // by its key: a planner that knows no statistics takes the table for thousands of rows
      .orderBy('entry.feed_id')
      .compile(),
  )
}

/** @throws Error when the floor is not there: then nothing read could be taken for whole. */
export function pageFrom(rows: readonly PageRow[], after: number): FeedPage {
  const [first] = rows
  if (first === undefined)
    throw new Error('the table feed_floor has lost its row: restore it with `insert into feed_floor (place, removed_up_to) values (1, 0)`')
  const entries = rows.flatMap(({ feedId, lifeline, at, until }) => (feedId === null ? [] : [{ feedId, lifeline, at, until }]))
  return { entries, ...(first.removedUpTo > after ? { missingUpTo: first.removedUpTo } : {}) }
}
