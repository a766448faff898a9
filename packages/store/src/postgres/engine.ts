/** PostgreSQL: any number of nodes on one database. An act is awaited in one transaction, and tried again where it met another on its way. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Act } from '../act.ts'
import { postgresDialect } from '../dialect.ts'
import { type Engine, type EngineOptions, unavailable } from '../engine.ts'
import { feedChannel } from './channel.ts'
import { connectionSettings, rowsFrom } from './connection.ts'
import { isPassing, keepsConnection, translated } from './failure.ts'
import { type Ran, runInTransaction } from './transaction.ts'

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 5

export interface PostgresOptions extends EngineOptions {
  readonly url: string
  /** Connections of this node, beside the one that listens; 10 by default. */
  readonly poolSize?: number
}

export function openPostgresEngine(options: PostgresOptions): Engine {
  let closed = false
  const pool = new pg.Pool({ ...connectionSettings(options.url), max: options.poolSize ?? 10, idleTimeoutMillis: 30_000 })
  pool.on('error', (error) => {
    if (!closed) options.onTrouble(error) // an idle connection that broke: the pool has let it go already
  })
  const channel = feedChannel({ url: options.url, pool, onTrouble: options.onTrouble })

  async function connect(): Promise<pg.PoolClient> {
    if (closed) throw unavailable(new Error('the store is closed'))
    try {
      return await pool.connect()
    } catch (error) {
      throw translated(error)
    }
  }

  async function attempt<T>(begin: () => Act<T>): Promise<Ran<T>> {
    const connection = await connect()
    let broken = true
    // A connection that breaks in our hands says so on the statement; without a listener it would end the process.
    const ignore = (): void => {}
    connection.on('error', ignore)
    try {
      const ran = await runInTransaction(connection, begin, options.onStatement)
      broken = !ran.connectionKept
      return ran
    } finally {
      connection.off('error', ignore)
      connection.release(broken)
    }
  }

  return {
    dialect: postgresDialect,
    async read(query) {
      const connection = await connect()
      let broken = false
      try {
        return await rowsFrom(connection, query)
      } catch (error) {
        broken = !keepsConnection(error)
        throw translated(error)
      } finally {
        connection.release(broken)
      }
    },
    async act(begin) {
      for (let tries = 1; ; tries++) {
        const ran = await attempt(begin)
        if ('outcome' in ran) {
          if (ran.announced.length > 0) await channel.catchUp(ran.announced)
          return ran.outcome
        }
        if (!isPassing(ran.error) || tries === ATTEMPTS) throw ran.answered
        await pause(FIRST_PAUSE_MS * 2 ** tries * Math.random())
      }
    },
    channel,
    async begin() {
      await checkDurability(pool)
      await channel.open().catch((error) => {
        throw translated(error)
      })
    },
    async close() {
      if (closed) return
      closed = true
      await channel.close()
      await pool.end()
    },
  }
}

/** An answer that says "done" must mean "on the disk" (R2): with `synchronous_commit = off` PostgreSQL answers before. */
async function checkDurability(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit').catch((error) => {
    throw translated(error)
  })
  if (rows[0]?.synchronous_commit === 'off') {
    throw new Error('PostgreSQL is set to synchronous_commit = off for this database or role, so that a crash could undo what was answered. Set it to on.')
  }
}
