/**
 * Up to which number events are settled: none with this number or a lower one is still to come. On PostgreSQL numbers are given out before the commit, so that a lower one can
 * be seen later than a higher: whoever reads the log in the order it was written would step over it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Engine } from './engine.ts'

const PAUSE_MS = 5
/** An act takes milliseconds. One that takes longer, such as an end of thousands of keys, is waited for by the next who asks. */
const PATIENCE_MS = 1_000

/** @returns `undefined` where an act is still under way that could have taken a lower number; ask again. */
export async function findSettled(engine: Engine): Promise<number | undefined> {
  const { dialect, read } = engine
  const [newest] = await read(
    dialect.db
      .selectFrom('events')
      .select((eb) => eb.fn.max('seq').as('seq'))
      .compile(),
  )
  const seq = newest?.seq ?? 0
  if (dialect.name === 'sqlite') return seq // one writer: numbers are given out in the order of the commits
  let writing = new Set(await writersOf(engine))
  for (const deadline = performance.now() + PATIENCE_MS; writing.size > 0; ) {
    if (performance.now() > deadline) return undefined
    await pause(PAUSE_MS)
    writing = new Set(await writersOf(engine)).intersection(writing)
  }
  return seq
}

/** Transactions that hold the lock that an insert takes before it takes a number. Whoever had a number up to the newest that was seen is among them, or has ended. */
async function writersOf({ dialect: { db }, read }: Engine): Promise<readonly string[]> {
  const rows = await read(
    sql<{ holder: string }>`select virtualtransaction as holder from pg_locks
      where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = 'events'::regclass
      and database = (select oid from pg_database where datname = current_database())`.compile(db),
  )
  return rows.map(({ holder }) => holder)
}
