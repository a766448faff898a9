/** Reading the revocation feed. */
import { type FeedEntry, type FeedPosition, isSamePosition, type Lifeline, positionOf } from '@latchwork/kernel'
import { sql } from 'kysely'
import type { Dialect } from './engine.ts'
import { template } from './template.ts'

/** The last entry. */
export function feedNewest(dialect: Dialect) {
  const compiled = entriesQuery(dialect).orderBy('feed_id', 'desc').limit(1).compile()
  return () => compiled
}

/** Entries with a higher number, in their order. */
export function feedEntries(dialect: Dialect) {
  return template<FeedEntry, { after: number; limit: number }>((parameter) =>
    entriesQuery(dialect).where('feed_id', '>', parameter('after')).orderBy('feed_id').limit(parameter('limit')).compile(),
  )
}

function entriesQuery({ db }: Dialect) {
  return db.selectFrom('revocations').select(['feed_id as feedId', sql<Lifeline>`lifeline`.as('lifeline'), 'at', 'until'])
}

/** @param read entries from the position's own on. @returns those behind it; `undefined` where the first is not the one that the position stands on. */
export function entriesBehind(position: FeedPosition, read: readonly FeedEntry[]): readonly FeedEntry[] | undefined {
  if (position.feedId === 0) return read
  const [first, ...behind] = read
  return first !== undefined && isSamePosition(positionOf(first), position) ? behind : undefined
}
