/** One server for a whole suite, and one on each engine. */
import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, type TestContext } from 'node:test'
import { createDatabase, type EngineName, engineNames, type TestDatabase, viewsEnded } from '@latchwork/store/test-engines'
import { type Latchwork, startLatchwork, type Wishes } from './start-latchwork.ts'

/** Starts something before the suite and ends it after. Gives the way to it. */
export function shared<T>(start: (t: TestContext) => Promise<T>): () => T {
  const ends: (() => unknown)[] = []
  let started: { readonly value: T } | undefined
  before(async () => {
    started = { value: await start({ after: (end: () => unknown) => ends.push(end) } as unknown as TestContext) }
  })
  after(async () => {
    for (const end of ends) await end()
  })
  return () => {
    if (started === undefined) throw new Error('asked before the suite began')
    return started.value
  }
}

export interface Rig extends Latchwork {
  readonly engine: EngineName
  /** Straight SQL, past the store. */
  readonly query: TestDatabase['query']
  /** Every row of every table as text and, on SQLite, the bytes of the files. */
  readonly dump: () => Promise<string>
  /** URL of the database; PostgreSQL only. */
  readonly url?: string
}

export async function startOn(t: TestContext, engine: EngineName, wishes: Wishes = {}): Promise<Rig> {
  if (engine === 'sqlite') return onSqlite(await startLatchwork(t, wishes))
  const database = await createDatabase('postgres')
  if (database.options.engine !== 'postgres') throw new Error('not PostgreSQL')
  const { url } = database.options
  const latchwork = await startLatchwork(t, { ...wishes, postgres: url })
  t.after(() => database.drop())
  return { ...latchwork, engine, url, query: database.query, dump: database.dump }
}

function onSqlite(latchwork: Latchwork): Rig {
  const { database } = latchwork.server.installation.config
  const path = database.engine === 'sqlite' ? database.file : ''
  const query: Rig['query'] = async (sql) => {
    const connection = new DatabaseSync(path, { timeout: 5000 })
    try {
      return connection.prepare(sql).all()
    } finally {
      connection.close()
      await viewsEnded()
    }
  }
  const dump = async (): Promise<string> => {
    const tables = await query("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    const rows: string[] = []
    for (const { name } of tables) rows.push(JSON.stringify(await query(`select * from ${name}`)))
    const files = [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file, 'latin1'))
    return [...rows, ...files].join('\n')
  }
  return { ...latchwork, engine: 'sqlite', query, dump }
}

/** Runs a suite on each engine, on one server each. */
export function onEachEngine(title: string, suite: (rigOf: () => Rig, engine: EngineName) => void, wishes: Wishes = {}): void {
  for (const engine of engineNames) {
    describe(`${title} (${engine})`, () => {
      suite(
        shared((t) => startOn(t, engine, wishes)),
        engine,
      )
    })
  }
}
