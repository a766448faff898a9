/** Both engines for tests, each with a database of its own that is made before and dropped after. Other packages' tests use it as `@latchwork/store/test-engines`. */
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { openStore, type Store, type StoreOptions } from '../src/index.ts'
import { VIEW_MS } from '../src/sqlite/connection.ts'

export type EngineName = StoreOptions['engine']
export const engineNames: readonly EngineName[] = ['sqlite', 'postgres']

export interface TestDatabase {
  readonly engine: EngineName
  /** To open a store on it, in this process or another. */
  readonly options: StoreOptions
  /** A node: a store on this database. Called again, it is one more node on PostgreSQL; a SQLite file has one. Closed by `drop`. */
  readonly open: (extra?: Pick<StoreOptions, 'onTrouble' | 'onStatement'>) => Promise<Store>
  /** Straight SQL, past the store. */
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>
  /** Every row of every table as text and, on SQLite, the bytes of the files. */
  readonly dump: () => Promise<string>
  readonly drop: () => Promise<void>
}

/** @param tables `none`: the first node that opens it has to make them. Else they may be there. */
export function createDatabase(engine: EngineName, tables?: 'none'): Promise<TestDatabase> {
  return engine === 'sqlite' ? createSqlite(tables) : createPostgres(tables)
}

/** What another connection wrote is read by a node in this process from then on: timers go off in the order of their time, and that of an open view comes first. */
export async function viewsEnded(): Promise<void> {
  await delay(VIEW_MS + 1)
}

/** Runs a suite on each engine, on one database and one node each. */
export function describeOnEachEngine(title: string, suite: (nodeOf: () => Store, databaseOf: () => TestDatabase) => void): void {
  for (const engine of engineNames) {
    describe(`${title} (${engine})`, () => {
      let database: TestDatabase
      let node: Store
      before(async () => {
        database = await createDatabase(engine)
        node = await database.open()
      })
      after(() => database?.drop())
      suite(
        () => node,
        () => database,
      )
    })
  }
}

/**
 * Puts a database there whose tables are made already, where the run of the tests has one at hand: a hundred tests need not watch the same migrations,
 * which have tests of their own.
 */
export function placeMigrated(path: string): void {
  const made = process.env['LATCHWORK_TEST_SQLITE']
  if (!made) return
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(made, path)
}

async function createSqlite(tables?: 'none'): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-store-'))
  const path = join(folder, 'data', 'latchwork.db')
  if (tables !== 'none') placeMigrated(path)
  const options = { engine: 'sqlite', path } as const
  const nodes: Store[] = []
  async function query(sql: string) {
    const database = new DatabaseSync(path, { timeout: 5_000 })
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
      await viewsEnded()
    }
  }
  return {
    engine: 'sqlite',
    options,
    open: (extra) => openNode(nodes, { ...options, ...extra }),
    query,
    async dump() {
      const tables = await query("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
      const files = [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file, 'latin1'))
      return (await dumpOf(tables, query)) + files.join('\n')
    },
    async drop() {
      await Promise.all(nodes.map((node) => node.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function postgresServer(): string {
  const server = process.env['LATCHWORK_TEST_POSTGRES']
  if (server === undefined || server === '') {
    throw new Error('LATCHWORK_TEST_POSTGRES is not set: give the URL of a superuser connection, or run the tests with `npm test`, which starts a server')
  }
  return server
}

async function createPostgres(tables?: 'none'): Promise<TestDatabase> {
  return postgresLike(tables === 'none' ? undefined : process.env['LATCHWORK_TEST_TEMPLATE'])
}

const nameOf = ({ options }: TestDatabase): string => (options.engine === 'postgres' ? new URL(options.url).pathname.slice(1) : '')

/** Nobody is connected to a PostgreSQL database meanwhile, nor comes in. */
async function undisturbed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const server = postgresServer()
  await queryOnce(server, `alter database ${name} with allow_connections false`)
  await queryOnce(server, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`)
  const done = await work()
  await queryOnce(server, `alter database ${name} with allow_connections true`)
  return done
}

/** A PostgreSQL database as this one is now, whoever is connected to it. */
export function copyOf(database: TestDatabase): Promise<TestDatabase> {
  return undisturbed(nameOf(database), () => postgresLike(nameOf(database)))
}

/** Restores a copy under all who use the database: they are cut off, and come back to what it holds. The copy is what the database was, then. */
export async function putInPlace(copy: TestDatabase, database: TestDatabase): Promise<void> {
  const name = nameOf(database)
  await undisturbed(nameOf(copy), () =>
    undisturbed(name, async () => {
      await queryOnce(postgresServer(), `alter database ${name} rename to ${name}_before`)
      await queryOnce(postgresServer(), `alter database ${nameOf(copy)} rename to ${name}`)
      await queryOnce(postgresServer(), `alter database ${name}_before rename to ${nameOf(copy)}`)
    }),
  )
}

async function postgresLike(made: string | undefined): Promise<TestDatabase> {
  const server = postgresServer()
  const name = `latchwork_store_${randomBytes(8).toString('hex')}`
  await queryOnce(server, `create database ${name}${made ? ` template ${made} strategy file_copy` : ''}`) // a third of the time that copying by way of the log takes
  const url = new URL(server)
  url.pathname = `/${name}`
  const options = { engine: 'postgres', url: url.href, waitMs: PATIENCE_MS } as const
  const nodes: Store[] = []
  const pool = new pg.Pool({ connectionString: url.href, allowExitOnIdle: true })
  pool.on('error', () => {}) // tests end connections; the next query has another
  const query = async (sql: string) => (await pool.query<Record<string, unknown>>(sql)).rows
  return {
    engine: 'postgres',
    options,
    open: (extra) => openNode(nodes, { ...options, ...extra }),
    query,
    dump: async () => dumpOf(await query("select tablename as name from pg_tables where schemaname = 'public'"), query),
    async drop() {
      await Promise.all([pool.end(), ...nodes.map((node) => node.close())])
      await queryOnce(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** A hundred callers at once on a busy machine are no outage: the tests of outages open stores of their own. */
const PATIENCE_MS = 30_000

async function openNode(nodes: Store[], options: StoreOptions): Promise<Store> {
  const node = await openStore(options)
  nodes.push(node)
  return node
}

/** Straight SQL on PostgreSQL, by a connection of its own. */
export async function queryOnce(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function dumpOf(tables: readonly Record<string, unknown>[], query: TestDatabase['query']): Promise<string> {
  const texts: string[] = []
  for (const { name } of tables) texts.push(`${name}: ${JSON.stringify(await query(`select * from ${name}`))}`)
  return texts.join('\n')
}
