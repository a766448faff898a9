/** Opening a store: engine, tables, channel, ports. */
import type { AccountsStore } from '@latchwork/accounts'
import type { AlertOutbox, ApiKeysStore, KeyUseStore, LeaksStore, RotationStore } from '@latchwork/api-keys'
import type { AuthorityStore, RevocationFeed } from '@latchwork/authority'
import type { EventChainStore, EventsStore } from '@latchwork/events'
import { type Clock, systemClock } from '@latchwork/kernel'
import { createLimitMemory, type LimitsStore } from '@latchwork/limits'
import type { OAuthStores } from '@latchwork/oauth'
import type { SessionsStore } from '@latchwork/sessions'
import type { SigningStore } from '@latchwork/signing'
import { sql } from 'kysely'
import { accountsStore } from './accounts/store.ts'
import { authorityStore } from './authority/store.ts'
import type { Engine } from './engine.ts'
import { eventChainStore } from './event-chain.ts'
import { eventsStore } from './events.ts'
import { revocationFeed } from './feed.ts'
import { alertOutbox } from './key-use/outbox.ts'
import { keyUseStore } from './key-use/store.ts'
import { apiKeysStore } from './keys/store.ts'
import { leaksStore } from './leaks/store.ts'
import { sharedLimits } from './limits/shared-limits.ts'
import { writtenLimits } from './limits/written-limits.ts'
import { migrate } from './migrate.ts'
import { oauthStore } from './oauth/store.ts'
import { rotationStore } from './rotation/store.ts'
import { sessionsStore } from './sessions.ts'
import { signingStore } from './signing.ts'
import { openSqliteEngine } from './sqlite/engine.ts'
import { writeTrial } from './try-write.ts'

interface CommonOptions {
  readonly clock?: Clock
  /** Hears of errors that no caller waits for, such as a lost connection; by default they become process warnings. */
  readonly onTrouble?: (error: unknown) => void
  /** For tests: called before the n-th statement of each act, before its commit, and after it. */
  readonly onStatement?: (n: number) => void
}

export type StoreOptions = CommonOptions &
  (
    | {
        readonly engine: 'sqlite'
        /** The database file; made, with its folder, if it is not there. */
        readonly path: string
        /** For a server: no other may have the file at the same time, because it would not hear what this one revokes (K10). */
        readonly alone?: boolean
      }
    | {
        readonly engine: 'postgres'
        readonly url: string /** Connections of this node, beside the one that listens; 10 by default. */
        readonly poolSize?: number /** How long a call may wait for a connection before it is refused with `store_unavailable`; 2 s by default. */
        readonly waitMs?: number
      }
  )

export interface Pong {
  /** How far this node's clock is ahead of the database's at least, in milliseconds; negative where it is behind, 0 on SQLite, which has no other. */
  readonly clockAheadMs: number
}

export interface Store {
  readonly signing: SigningStore
  readonly accounts: AccountsStore
  readonly apiKeys: ApiKeysStore
  readonly leaks: LeaksStore
  readonly rotations: RotationStore
  readonly keyUse: KeyUseStore
  readonly alertOutbox: AlertOutbox
  /** Counts of one node in its memory, and written down; of all nodes in PostgreSQL. */
  readonly limits: LimitsStore
  readonly sessions: SessionsStore
  readonly authority: AuthorityStore
  readonly oauth: OAuthStores
  readonly events: EventsStore
  readonly eventChain: EventChainStore
  readonly feed: RevocationFeed
  /** Asks the database something. @throws Refusal `store_unavailable`. */
  readonly ping: () => Promise<Pong>
  /** Writes something that leaves nothing behind. @throws Refusal `store_unavailable`, `overloaded`. */
  readonly tryWrite: () => Promise<void>
  /** Ends what is under way and lets go of every connection; calls after it are refused with `store_unavailable`. */
  readonly close: () => Promise<void>
}

/**
 * Opens the store and brings its tables to the newest form.
 *
 * Whatever is answered afterwards is durable; whatever cannot be asked just now is refused with `store_unavailable`, and works again by itself when the database
 * is back.
 *
 *     const store = await openStore({ engine: 'sqlite', path: './data/latchwork.db' })
 *
 * @throws Refusal `store_unavailable`; `DatabaseHeld`; Error if the database belongs to a newer Latchwork or is set to forget what it has committed.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const engine = await openEngine(options)
  try {
    await migrate(engine, (options.clock ?? systemClock).now())
    await engine.begin()
  } catch (error) {
    await engine.close()
    throw error
  }
  return {
    signing: signingStore(engine),
    accounts: accountsStore(engine),
    apiKeys: apiKeysStore(engine),
    leaks: leaksStore(engine),
    rotations: rotationStore(engine),
    keyUse: keyUseStore(engine),
    alertOutbox: alertOutbox(engine),
    limits: engine.dialect.name === 'sqlite' ? createLimitMemory(writtenLimits(engine)) : sharedLimits(engine),
    sessions: sessionsStore(engine),
    authority: authorityStore(engine),
    oauth: oauthStore(engine),
    events: eventsStore(engine),
    eventChain: eventChainStore(engine),
    feed: revocationFeed(engine),
    ping: () => ping(engine, options.clock ?? systemClock),
    tryWrite: writeTrial(engine),
    close: engine.close,
  }
}

async function ping({ dialect, read }: Engine, clock: Clock): Promise<Pong> {
  if (dialect.name === 'sqlite') {
    await read(sql`select 1`.compile(dialect.db))
    return { clockAheadMs: 0 }
  }
  const askedAt = clock.now()
  const [row] = await read(sql<{ readonly now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`.compile(dialect.db))
  const answeredAt = clock.now()
  const theirs = row?.now ?? answeredAt
  return { clockAheadMs: Math.round(askedAt > theirs ? askedAt - theirs : Math.min(0, answeredAt - theirs)) }
}

/** What speaks PostgreSQL is loaded where PostgreSQL is spoken. */
async function openEngine(options: StoreOptions): Promise<Engine> {
  const common = {
    onTrouble: options.onTrouble ?? warn,
    ...(options.onStatement === undefined ? {} : { onStatement: options.onStatement }),
  }
  if (options.engine === 'sqlite') return openSqliteEngine({ ...common, path: options.path, alone: options.alone ?? false })
  const { engine: _engine, ...postgres } = options
  const { openPostgresEngine } = await import('./postgres/engine.ts')
  return openPostgresEngine({ ...postgres, ...common })
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)))
}
