/** Reading the revocation feed. */
import type { Lifeline } from '@latchwork/kernel'
import { sql } from 'kysely'
import type { Dialect } from './engine.ts'
import { template } from './template.ts'

export function feedHead({ db }: Dialect) {
  const compiled = db.selectFrom('revocations').select(sql<number>`coalesce(max(feed_id), 0)`.as('head')).compile()
  return () => compiled
}

interface FeedRow {
  readonly feedId: number
  readonly lifeline: Lifeline
  readonly at: number
  readonly until: number
}

export function feedAfter({ db }: Dialect) {
  return template<FeedRow, { after: number; limit: number }>((parameter) =>
    db
      .selectFrom('revocations')
      .select(['feed_id as feedId', sql<Lifeline>`lifeline`.as('lifeline'), 'at', 'until'])
      .where('feed_id', '>', parameter('after'))
      .orderBy('feed_id')
      .limit(parameter('limit'))
      .compile(),
  )
}
