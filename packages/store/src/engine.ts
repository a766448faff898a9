/** What the ports stand on: a compiler of statements, a way to read, a way to act, and the feed. SQLite and PostgreSQL fill it. */
import { type FeedEntry, Refusal, type Soon } from '@latchwork/kernel'
import type { CompiledQuery, Kysely } from 'kysely'
import type { Act } from './act.ts'
import type { Tables } from './tables.ts'

export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Compiles; has no connection. */
  readonly db: Kysely<Tables>
}

export interface Engine {
  readonly dialect: Dialect
  /** One statement, of what is committed. At once on SQLite. @throws Refusal `store_unavailable`, or rejects with it. */
  readonly read: <R>(query: CompiledQuery<R>) => Soon<readonly R[]>
  /** All of the act, durable, or none of it. */
  readonly act: <T>(begin: () => Act<T>, limits?: ActLimits) => Promise<T>
  /**
   * A word that changes with every committed act that wrote one of these tables, whoever wrote: what was read under the same word is what would be read now. Absent where
   * that cannot be told without asking the database. With `changes`, new rows alone do not change it: for reads whose rows are all there once one is.
   */
  readonly stampOf?: (tables: readonly string[], kind?: 'writes' | 'changes') => string
  readonly channel: Channel
  /** Called once the tables exist: checks what durability needs, and begins to listen. */
  readonly begin: () => Promise<void>
  readonly close: () => Promise<void>
}

/** For acts that may take longer than a request can wait. */
export interface ActLimits {
  readonly statementTimeoutMs: number
}

export type FeedListener = (entries: readonly FeedEntry[]) => void
/**
 * Hears that the entry this node heard last is not in the feed, which now ends at this id: an older state of the database has taken its place, or this node was away for longer
 * than entries are kept. All that is kept is told next.
 */
export type BegunAnewListener = (head: number) => void

/** How this node hears of new feed entries. */
export interface Channel {
  readonly subscribe: (listener: FeedListener, begunAnew?: BegunAnewListener) => () => void
  readonly freshAt: (now: number) => number
}

export interface EngineOptions {
  /** Errors that no caller waits for: a lost connection, a subscriber that threw. */
  readonly onTrouble: (error: unknown) => void
  /** For tests: called before the n-th statement of each act, then before its commit, then after it. */
  readonly onStatement?: (n: number) => void
}

/** The database cannot be asked just now (R3). */
export function unavailable(cause: unknown, detail?: string): Refusal {
  return new Refusal('store_unavailable', { cause, ...(detail === undefined ? {} : { detail }) })
}

/** PostgreSQL takes no NUL in text: both engines refuse it, alike. */
export function checkParameters(parameters: readonly unknown[]): void {
  for (const parameter of parameters) {
    if (typeof parameter === 'string' && parameter.includes('\0')) {
      throw new Refusal('request_malformed', { detail: 'Text must not contain the character U+0000.' })
    }
  }
}
