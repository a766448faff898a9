/** Whole servers on either engine, for what a database could do differently: races, and several servers on one database. */
import { after, before, describe, type TestContext } from 'node:test'
import { createDatabase, engineNames, type TestDatabase } from '@latchwork/store/test-engines'
import { type Latchwork, startLatchwork, type Wishes } from './start-latchwork.ts'

/** Starts a server on the suite's engine: on SQLite each has a file of its own, on PostgreSQL all of a suite share one database. */
export type Start = (t: TestContext, wishes?: Wishes) => Promise<Latchwork>

export function describeOnEachEngine(title: string, suite: (start: Start) => void): void {
  for (const engine of engineNames) {
    if (engine === 'postgres') describeOnPostgres(title, suite)
    else describe(`${title} (${engine})`, () => suite(startLatchwork))
  }
}

export function describeOnPostgres(title: string, suite: (start: Start, databaseUrl: () => string) => void): void {
  describe(`${title} (postgres)`, () => {
    let database: TestDatabase
    before(async () => {
      database = await createDatabase('postgres')
    })
    after(() => database?.drop())
    const url = (): string => (database.options.engine === 'postgres' ? database.options.url : '')
    suite((t, wishes) => startLatchwork(t, { postgres: url(), ...wishes }), url)
  })
}
