/** One act's turn in a shared transaction: run to its end, undone alone if it fails, answered only after the commit. */
import type { FeedEntry } from '@latchwork/kernel'
import { type Act, Undone } from '../act.ts'
import { type Connection, isOuterFailure } from './connection.ts'

export interface Turn {
  /**
   * Runs the act with nothing around it. `false` if it failed when it had written: the transaction must be rolled back, and every act of it run again. Throws only if the
   * database is at fault, and then nothing of the transaction stands.
   */
  readonly take: (connection: Connection) => boolean
  /** Runs the act in a savepoint of its own, and so undoes it alone. Throws as `take` does. */
  readonly takeGuarded: (connection: Connection) => void
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
    announced = []
    written = []
    statements = 0
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

  function attempt(connection: Connection): boolean {
    try {
      const outcome = runToEnd(connection)
      settle = () => resolve(outcome)
      return true
    } catch (error) {
      if (isOuterFailure(error) || !connection.inTransaction()) throw error
      settle = error instanceof Undone ? () => resolve(error.outcome as T) : () => reject(error)
      return false
    }
  }

  function takeGuarded(connection: Connection): void {
    connection.execute('savepoint act')
    if (!attempt(connection)) {
      connection.execute('rollback to act')
      announced = []
      written = []
    }
    connection.execute('release act')
  }

  return {
    turn: {
      take: (connection) => attempt(connection) || written.every((sql) => READS_ONLY.test(sql)),
      takeGuarded,
      announced: () => announced,
      written: () => written,
      statements: () => statements,
      answer: () => settle(),
      reject,
    },
    answer: promise,
  }
}

/** Statements that leave nothing to undo. */
export const READS_ONLY = /^select\b/i
