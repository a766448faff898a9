/** PostgreSQL: any number of nodes on one database. An act is awaited in one transaction, and tried again where it met another on its way. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Act } from '../act.ts'
import { postgresDialect } from '../dialect.ts'
import { type ActLimits, type Engine, type EngineOptions, unavailable } from '../engine.ts'
import { feedChannel } from './channel.ts'
import { connectionSettings, rowsFrom } from './connection.ts'
import { isOutdated, isPassing, keepsConnection, translated } from './failure.ts'
import { type Ran, runInTransaction } from './transaction.ts'

const ATTEMPTS = 6
const FIRST_PAUSE_MS = 5
const CLOSE_TIMEOUT_MS = 2_000

export interface PostgresOptions extends EngineOptions {
  readonly url: string
  /** Connections of this node, beside the one that listens; 10 by default. */
  readonly poolSize?: number
  /** How long a call may wait for a connection before it is refused; 2 s by default. */
  readonly waitMs?: number
}

export function openPostgresEngine(options: PostgresOptions): Engine {
  let closed = false
  const { poolSize = 10 } = options
  const pool = new pg.Pool({ ...connectionSettings(options.url, options.waitMs), max: poolSize, idleTimeoutMillis: 30_000 })
  pool.on('error', (error) => {
    if (!closed) options.onTrouble(error) // an idle connection that broke: the pool has let it go already
  })
  const channel = feedChannel({ url: options.url, pool, onTrouble: options.onTrouble })

  async function connect(): Promise<pg.PoolClient> {
    if (closed) throw unavailable(new Error('the store is closed'))
    const connection = await pool.connect().catch((error) => {
      throw translated(error)
    })
    connection.on('error', heardElsewhere)
    return connection
  }

  function release(connection: pg.PoolClient, broken: boolean): void {
    connection.off('error', heardElsewhere)
    connection.release(broken)
  }

  async function attempt<T>(begin: () => Act<T>, limits: ActLimits | undefined): Promise<Ran<T>> {
    const connection = await connect()
    let broken = true
    try {
      const ran = await runInTransaction(connection, begin, { ...options, ...limits })
      broken = !ran.connectionKept
      return ran
    } finally {
      release(connection, broken)
    }
  }

  return {
    dialect: postgresDialect,
    async read(query) {
      for (let tries = 1; ; tries++) {
        const connection = await connect()
        let broken = false
        try {
          return await rowsFrom(connection, query)
        } catch (error) {
          broken = !keepsConnection(error)
          if (!isOutdated(error) || tries > poolSize) throw translated(error)
        } finally {
          release(connection, broken)
        }
      }
    },
    async act(begin, limits) {
      for (let tries = 1; ; tries++) {
        const ran = await attempt(begin, limits)
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
      // A peer that has fallen silent never says goodbye.
      await Promise.race([pool.end(), pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    },
  }
}

/** A connection that breaks in our hands says so on the statement too; without a listener it would end the process. */
function heardElsewhere(): void {}

/** An answer that says "done" must mean "on the disk" (R2): with `synchronous_commit = off` PostgreSQL answers before. */
async function checkDurability(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit').catch((error) => {
    throw translated(error)
  })
  if (rows[0]?.synchronous_commit === 'off') {
    throw new Error('PostgreSQL is set to synchronous_commit = off for this database or role, so that a crash could undo what was answered. Set it to on.')
  }
}
