/** One act's turn in a shared transaction: run to its end in its own savepoint, answered only after the commit. */
import type { FeedEntry } from '@latchwork/kernel'
import { type Act, Undone } from '../act.ts'
import { type Connection, isOuterFailure } from './connection.ts'

export interface Turn {
  /** Runs the act. Throws only if the database is at fault, and then nothing of the transaction stands. */
  readonly take: (connection: Connection) => void
  readonly announced: () => readonly FeedEntry[]
  /** The text of each statement, once it was run and not undone. */
  readonly written: () => readonly string[]
  /** How many statements it took. */
  readonly statements: () => number
  /** After the commit: settles as the act ended. */
  readonly answer: () => void
  readonly reject: (error: unknown) => void
}

export function turnOf<T>(begin: () => Act<T>, onStatement?: (n: number) => void): { readonly turn: Turn; readonly answer: Promise<T> } {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let announced: FeedEntry[] = []
  let statements = 0
  let written: string[] = []
  let settle = (): void => {}

  function runToEnd(connection: Connection): T {
    const act = begin()
    let step = act.next([])
    while (step.done !== true) {
      if ('announced' in step.value) {
        announced.push(...step.value.announced)
        step = act.next([])
        continue
      }
      statements += 1
      onStatement?.(statements)
      written.push(step.value.sql)
      step = act.next(connection.run(step.value))
    }
    return step.value
  }

  function take(connection: Connection): void {
    connection.execute('savepoint act')
    try {
      const outcome = runToEnd(connection)
      connection.execute('release act')
      settle = () => resolve(outcome)
    } catch (error) {
      if (isOuterFailure(error) || !connection.inTransaction()) throw error
      connection.execute('rollback to act')
      connection.execute('release act')
      announced = []
      written = []
      settle = error instanceof Undone ? () => resolve(error.outcome as T) : () => reject(error)
    }
  }

  return { turn: { take, announced: () => announced, written: () => written, statements: () => statements, answer: () => settle(), reject }, answer: promise }
}
