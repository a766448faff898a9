/**
 * The channel between nodes: a connection that listens. A notification says only that there is something to read; what is told is always read from the
 * feed, in its order, each entry once. The same read is the heartbeat, so that a notification that got lost costs a second, not an entry.
 */
import { FEED_BEGINNING, type FeedEntry, type FeedPosition, positionOf } from '@latchwork/kernel'
import pg from 'pg'
import { postgresDialect } from '../dialect.ts'
import type { Channel } from '../engine.ts'
import { entriesBehind, feedEntries, feedNewest } from '../feed-reads.ts'
import { FEED_CHANNEL } from '../journal.ts'
import { subscribersOf } from '../subscribers.ts'
import { connectionSettings, type Querying, rowsFrom } from './connection.ts'

const HEARTBEAT_MS = 1_000
/** A heartbeat that takes longer counts as a broken channel. */
const HEARTBEAT_TIMEOUT_MS = 2_000
const READ_SIZE = 500

const newest = feedNewest(postgresDialect)
const entriesFrom = feedEntries(postgresDialect)

export interface FeedChannelOptions {
  readonly url: string
  readonly pool: pg.Pool
  readonly onTrouble: (error: unknown) => void
}

export interface FeedChannel extends Channel {
  /** Begins to listen; the entries there are by then count as heard. */
  readonly open: () => Promise<void>
  /** Tells subscribers everything up to the entries this node has just committed; never fails, as the commit stands. */
  readonly catchUp: (committed: readonly FeedEntry[]) => Promise<void>
  readonly close: () => Promise<void>
}

export function feedChannel({ url, pool, onTrouble }: FeedChannelOptions): FeedChannel {
  const { subscribe, tell, tellBegunAnew } = subscribersOf(onTrouble)
  let listening: pg.Client | undefined
  let last: FeedPosition | undefined
  /** An entry that is known to be committed and could not be read yet. */
  let owed = 0
  /** Monotonic, so that a stepping clock makes nothing fresh (R5). */
  let wholeAt = Number.NEGATIVE_INFINITY
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function readOn(source: Querying): Promise<void> {
    const askedAt = performance.now()
    let told = last ?? (await newestOf(source))
    for (let more = true; more; last = told) {
      const read = await rowsFrom(source, entriesFrom({ after: told.feedId - 1, limit: READ_SIZE }))
      const entries = entriesBehind(told, read)
      if (entries === undefined) {
        last = FEED_BEGINNING // whatever fails from here on: all that is kept has yet to be told
        owed = 0
        tellBegunAnew((await newestOf(source)).feedId)
        told = last
        continue
      }
      tell(entries)
      told = positionOfLast(entries) ?? told
      more = read.length === READ_SIZE
    }
    if (source === listening) wholeAt = askedAt
  }

  /** By the listening connection; where that fails, by the pool, so that this node's subscribers hear at least what this node commits. */
  const reads = inTurn(async () => {
    const client = listening
    if (closed) return
    if (client === undefined) return readOn(pool)
    try {
      await readOn(client)
    } catch (error) {
      if (closed) return
      hangUp(client)
      onTrouble(error)
      await readOn(pool)
    }
  })

  async function listen(): Promise<void> {
    const client = new pg.Client({ ...connectionSettings(url), statement_timeout: HEARTBEAT_TIMEOUT_MS, query_timeout: HEARTBEAT_TIMEOUT_MS })
    client.on('error', (error) => {
      if (listening === client) listening = undefined
      if (!closed) onTrouble(error)
    })
    client.on('end', () => {
      if (listening === client) listening = undefined
    })
    client.on('notification', () => void reads().catch(onTrouble))
    try {
      await client.connect()
      await client.query(`listen ${FEED_CHANNEL}`)
      if (closed) throw new Error('the store is closed')
      listening = client
      await reads() // what was missed while nobody listened
    } catch (error) {
      hangUp(client)
      throw error
    }
  }

  function hangUp(client: pg.Client): void {
    if (listening === client) listening = undefined
    client.end().catch(() => {})
  }

  async function beat(): Promise<void> {
    await (listening === undefined ? listen() : reads()).catch((error) => {
      if (!closed) onTrouble(error)
    })
    if (!closed) timer = setTimeout(beat, HEARTBEAT_MS).unref()
  }

  return {
    async open() {
      await listen()
      timer = setTimeout(beat, HEARTBEAT_MS).unref()
    },
    subscribe,
    freshAt(now) {
      if (last === undefined || owed > last.feedId || wholeAt === Number.NEGATIVE_INFINITY) return 0
      return Math.floor(now - (performance.now() - wholeAt))
    },
    async catchUp(committed) {
      owed = Math.max(owed, ...committed.map((entry) => entry.feedId))
      await reads().catch(onTrouble)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      const client = listening
      listening = undefined
      if (client !== undefined) hangUp(client)
      await reads().catch(() => {}) // whoever is reading by the pool
    },
  }
}

async function newestOf(source: Querying): Promise<FeedPosition> {
  return positionOfLast(await rowsFrom(source, newest())) ?? FEED_BEGINNING
}

function positionOfLast(entries: readonly FeedEntry[]): FeedPosition | undefined {
  const last = entries.at(-1)
  return last && positionOf(last)
}

/** Runs one at a time; who asks during a run waits for the one that begins after it, together with all others who do. */
function inTurn(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        running = run()
        return running
      })
    return next
  }
}
