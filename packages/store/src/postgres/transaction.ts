/** One run of an act in one transaction of one connection. */
import type { FeedEntry } from '@latchwork/kernel'
import type pg from 'pg'
import { type Act, Undone } from '../act.ts'
import { rowsFrom } from './connection.ts'
import { keepsConnection, translated } from './failure.ts'

export type Ran<T> =
  | { readonly outcome: T; readonly announced: readonly FeedEntry[]; readonly connectionKept: boolean }
  | { readonly error: unknown; readonly answered: unknown; readonly connectionKept: boolean }

/** An error of the database, as distinct from one the act itself threw. */
class Failed extends Error {
  readonly stage: 'statement' | 'commit'

  constructor(stage: 'statement' | 'commit', cause: unknown) {
    super('the database failed', { cause })
    this.stage = stage
  }
}

export interface RunOptions {
  readonly onStatement?: (n: number) => void
  /** Another limit than the connection's. */
  readonly statementTimeoutMs?: number
}

export async function runInTransaction<T>(connection: pg.PoolClient, begin: () => Act<T>, options: RunOptions): Promise<Ran<T>> {
  const { onStatement, statementTimeoutMs } = options
  const announced: FeedEntry[] = []
  let statements = 0

  async function runToEnd(): Promise<T> {
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
      step = act.next(await rowsFrom(connection, step.value, statementTimeoutMs).catch(failedAt('statement')))
    }
    return step.value
  }

  try {
    // Our acts lean on rows that are locked and read anew, whatever the database's default is.
    await connection.query('begin isolation level read committed read write').catch(failedAt('statement'))
    if (statementTimeoutMs !== undefined) await connection.query(`set local statement_timeout = ${Math.trunc(statementTimeoutMs)}`).catch(failedAt('statement'))
    const outcome = await runToEnd()
    onStatement?.(statements + 1)
    await connection.query('commit').catch(failedAt('commit'))
    onStatement?.(statements + 2)
    return { outcome, announced, connectionKept: true }
  } catch (error) {
    const connectionKept = await rolledBack(connection, error)
    if (error instanceof Undone) return { outcome: error.outcome as T, announced: [], connectionKept }
    if (!(error instanceof Failed)) return { error, answered: error, connectionKept }
    const detail = error.stage === 'commit' ? 'The connection broke during the commit: look whether the change was made before you repeat it.' : undefined
    return { error: error.cause, answered: translated(error.cause, detail), connectionKept }
  }
}

function failedAt(stage: 'statement' | 'commit') {
  return (cause: unknown): never => {
    throw new Failed(stage, cause)
  }
}

async function rolledBack(connection: pg.PoolClient, error: unknown): Promise<boolean> {
  if (error instanceof Failed && !keepsConnection(error.cause)) return false
  return connection.query('rollback').then(
    () => true,
    () => false,
  )
}
