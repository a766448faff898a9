/**
 * A change of the store: a generator of compiled statements, which is handed the rows of each. One text serves both engines: run synchronously to its
 * end on SQLite, awaited in one transaction on PostgreSQL (design, decision 5). An act may run more than once, so it decides nothing outside itself.
 */
import type { FeedEntry } from '@latchwork/kernel'
import type { CompiledQuery } from 'kysely'

/** Feed entries the act has written: subscribers of this node hear of them after the commit and before the act is answered. */
export interface Announcement {
  readonly announced: readonly FeedEntry[]
}

export type Act<T> = Generator<CompiledQuery | Announcement, T, readonly unknown[]>

/** The rows of one statement. */
export function* rowsOf<R>(query: CompiledQuery<R>): Act<readonly R[]> {
  return (yield query) as readonly R[]
}

/** The first row of one statement, if there is one. */
export function* rowOf<R>(query: CompiledQuery<R>): Act<R | undefined> {
  const rows = yield* rowsOf(query)
  return rows[0]
}

/** What an act throws to take back what it wrote and still answer. */
export class Undone extends Error {
  readonly outcome: unknown

  constructor(outcome: unknown) {
    super('the act takes back what it wrote')
    this.outcome = outcome
  }
}

/** Ends the act with an outcome and none of its writes. */
export function undo(outcome: unknown): never {
  throw new Undone(outcome)
}
