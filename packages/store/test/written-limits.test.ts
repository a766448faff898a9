/** What one node's limits have counted, over the end of its process: on SQLite, where they stand in memory. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { createLimitMemory, type LimitDemand, type LimitsStore, type LimitsTaken, paceOf, type WrittenCounts, type WrittenLimits } from '@latchwork/limits'
import { writtenLimits } from '../src/limits/written-limits.ts'
import { openSqliteEngine } from '../src/sqlite/engine.ts'
import { createDatabase, type TestDatabase } from './engines.ts'

const START = 1_800_000_000_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const daily = (units = 1, count = 10_000): LimitDemand => ({ name: 'daily', units, pace: paceOf({ burst: count, count, periodMs: DAY }) })

async function startDatabase(t: TestContext): Promise<TestDatabase> {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  return database
}

/** A node that begins, as the server does it. */
async function begin(database: TestDatabase, now: number): Promise<LimitsStore & { readonly end: () => Promise<void> }> {
  const store = await database.open()
  await store.limits.recall(now)
  return { ...store.limits, end: store.close }
}

async function take(limits: LimitsStore, key: string, now: number, ...demands: readonly LimitDemand[]): Promise<LimitsTaken> {
  return limits.take(key, demands, now)
}

async function left(limits: LimitsStore, key: string, now: number, demand: LimitDemand): Promise<number> {
  return (await take(limits, key, now, { ...demand, units: 0 })).decisions[0]?.remaining ?? -1
}

async function rowsOf(database: TestDatabase): Promise<ReadonlyMap<unknown, string>> {
  return new Map((await database.query('select key, state from limit_states order by key')).map(({ key, state }) => [key, String(state)]))
}

/** A store that can be away, and counts what it is asked. */
function openCounted(t: TestContext, database: TestDatabase) {
  assert.ok(database.options.engine === 'sqlite')
  const engine = openSqliteEngine({ path: database.options.path, onTrouble: assert.ifError })
  t.after(() => engine.close())
  const real = writtenLimits(engine)
  const asked = { isAway: false, written: [] as (readonly WrittenCounts[])[], removed: 0 }
  const checkHere = (): void => {
    if (asked.isAway) throw new Refusal('store_unavailable')
  }
  const written: WrittenLimits = {
    read: real.read,
    async write(counts) {
      checkHere()
      asked.written.push(counts)
      await real.write(counts)
    },
    async remove(keys) {
      checkHere()
      asked.removed += keys.length
      await real.remove(keys)
    },
  }
  return { asked, memory: createLimitMemory(written) }
}

describe('limits over a restart (sqlite)', () => {
  it('K9: a restart is as if there had been none, for each limit of many keys', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    const hourly = (units = 1): LimitDemand => ({ name: 'hourly', units, pace: paceOf({ burst: 50, count: 100, periodMs: HOUR }) })
    const keys = Array.from({ length: 1203 }, (_, index) => `key_${index}`)
    for (const [index, key] of keys.entries()) await take(first, key, START, daily(index), hourly(index % 51))
    await first.writeDown(START)
    await first.end()
    const second = await begin(database, START + 60_000)
    for (const [index, key] of keys.entries()) {
      const { decisions } = await take(second, key, START + 60_000, daily(0), hourly(0))
      const back = [Math.min(index, 6), Math.min(index % 51, 1)] as const // within the minute
      assert.deepEqual(
        decisions.map(({ remaining }) => remaining),
        [10_000 - index + back[0], 50 - (index % 51) + back[1]],
        key,
      )
    }
  })

  it('K9: what was used up before a restart is used up after it, and passes again when it was said to', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    assert.equal((await take(first, 'key', START, daily(3, 3))).taken, true)
    const refused = await take(first, 'key', START, daily(1, 3))
    assert.deepEqual([refused.taken, refused.decisions[0]?.retryAfterMs], [false, DAY / 3])
    await first.writeDown(START)
    await first.end()
    const second = await begin(database, START + 10_000)
    assert.equal((await take(second, 'key', START + DAY / 3 - 1, daily(1, 3))).taken, false)
    assert.equal((await take(second, 'key', START + DAY / 3, daily(1, 3))).taken, true)
  })

  it('K9: only what changed is written, and only what has not rested by the time a restart is over', async (t) => {
    const database = await startDatabase(t)
    const { asked, memory } = openCounted(t, database)
    const second: LimitDemand = { name: 'second', units: 1, pace: paceOf({ burst: 5, count: 5, periodMs: 1000 }) }
    memory.take('short', [second], START)
    memory.take('both', [second, daily()], START)
    memory.take('other', [daily(5)], START)
    await memory.writeDown(START)
    assert.deepEqual(
      asked.written.flat().map(({ key, tats }) => [key, Object.keys(tats)]),
      [
        ['both', ['daily']],
        ['other', ['daily']],
      ],
    )
    memory.take('short', [second], START)
    memory.take('other', [daily(0)], START)
    await memory.writeDown(START)
    assert.equal(asked.written.length, 1, 'a look and a limit of a second change nothing that is written')
    memory.take('other', [daily()], START)
    await memory.writeDown(START)
    assert.deepEqual(
      asked.written[1]?.map(({ key }) => key),
      ['other'],
    )
    assert.equal(asked.removed, 0)
  })

  it('K9: what was given back is given back after a restart, and a key of which nothing is left loses its row', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    const demands = [daily(5000)]
    const [some, all] = [await first.take('some', demands, START), await first.take('all', demands, START)]
    await take(first, 'some', START, daily(7))
    await first.writeDown(START)
    await first.giveBack('some', demands, some, START)
    await first.giveBack('all', demands, all, START)
    await first.writeDown(START)
    assert.deepEqual([...(await rowsOf(database)).keys()], ['some'])
    await first.end()
    const second = await begin(database, START)
    assert.equal(await left(second, 'some', START, daily()), 9993)
    assert.equal(await left(second, 'all', START, daily()), 10_000)
  })

  it('K9: a limit that was changed while the node was down closes no key for longer than it says, and another name is another limit', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    const monthly: LimitDemand = { name: 'wide', units: 100, pace: paceOf({ burst: 100, count: 100, periodMs: 30 * DAY }) }
    await take(first, 'key', START, monthly)
    await first.writeDown(START)
    await first.end()
    const second = await begin(database, START)
    const minutely: LimitDemand = { name: 'wide', units: 1, pace: paceOf({ burst: 60, count: 60, periodMs: 60_000 }) }
    const shortened = await take(second, 'key', START, minutely)
    assert.deepEqual([shortened.taken, shortened.decisions[0]?.retryAfterMs], [false, 1000])
    assert.equal((await take(second, 'key', START + 1000, minutely)).taken, true)
    assert.equal((await take(second, 'key', START, { ...monthly, name: 'renamed' })).taken, true)
  })

  it('R5: a node that starts with its clock set back finds limits empty at most, not closed until the old time comes', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    await take(first, 'key', START, daily(86_400, 86_400))
    await first.writeDown(START)
    await first.end()
    const back = START - 40 * DAY
    const second = await begin(database, back)
    assert.equal((await take(second, 'key', back, daily(1, 86_400))).decisions[0]?.retryAfterMs, 1000)
    assert.equal((await take(second, 'key', back + 1000, daily(1, 86_400))).taken, true)
    await second.writeDown(back + 1000)
    await second.end()
    const third = await begin(database, back + 1000)
    assert.equal((await take(third, 'key', back + 2000, daily(1, 86_400))).taken, true, 'and so it stands written')
  })

  it('R7: rows go when their limits have rested, while the node runs and when it starts', async (t) => {
    const database = await startDatabase(t)
    const first = await begin(database, START)
    for (let index = 0; index < 700; index++) await take(first, `key_${index}`, START, daily(index < 600 ? 1000 : 5000))
    await first.writeDown(START)
    assert.equal((await rowsOf(database)).size, 700)
    for (let round = 0; round < 2; round++) await first.forgetRested(START + 3 * HOUR)
    await first.writeDown(START + 3 * HOUR)
    assert.equal((await rowsOf(database)).size, 100)
    await first.end()
    const second = await begin(database, START + DAY)
    await second.writeDown(START + DAY)
    assert.equal((await rowsOf(database)).size, 0)
  })

  it('R7: a key that comes back after it was forgotten keeps its new row', async (t) => {
    const database = await startDatabase(t)
    const node = await begin(database, START)
    await take(node, 'key', START, daily(1000))
    await node.writeDown(START)
    await node.forgetRested(START + DAY)
    await take(node, 'key', START + DAY, daily(2000))
    await node.writeDown(START + DAY)
    await node.writeDown(START + DAY)
    await node.end()
    const next = await begin(database, START + DAY)
    assert.equal(await left(next, 'key', START + DAY, daily()), 8000)
  })

  it('R3: while the store is away limits go on counting in memory, and all of it is written when it is back', async (t) => {
    const database = await startDatabase(t)
    const { asked, memory } = openCounted(t, database)
    for (let index = 0; index < 1100; index++) memory.take(`key_${index}`, [daily(100)], START)
    await memory.writeDown(START)
    asked.isAway = true
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 1300; index++) memory.take(`key_${index}`, [daily(100)], START)
      await assert.rejects(memory.writeDown(START), { code: 'store_unavailable' })
    }
    asked.isAway = false
    asked.written = []
    await memory.writeDown(START)
    assert.equal(asked.written.flat().length, 1300, 'each once')
    const next = await begin(database, START)
    for (const [index, used] of [
      [0, 400],
      [1099, 400],
      [1299, 300],
    ] as const)
      assert.equal(await left(next, `key_${index}`, START, daily()), 10_000 - used)
  })

  it('R4: as many keys are kept as there is room for, and their rows are no more', async (t) => {
    const database = await startDatabase(t)
    assert.ok(database.options.engine === 'sqlite')
    const engine = openSqliteEngine({ path: database.options.path, onTrouble: assert.ifError })
    t.after(() => engine.close())
    const memory = createLimitMemory(writtenLimits(engine), 100)
    let refused = 0
    for (let index = 0; index < 1000; index++) {
      const now = START + index * 60_000
      try {
        memory.take(`key_${index}`, [daily(1000)], now) // each for 144 minutes
      } catch (error) {
        assert.ok(error instanceof Refusal && error.code === 'overloaded')
        refused++
      }
      if (index % 10 === 0) await memory.writeDown(now)
      if (index % 50 === 0) assert.ok((await rowsOf(database)).size <= 100)
    }
    assert.ok(refused > 100 && refused < 500, `${refused}`)
  })
})
