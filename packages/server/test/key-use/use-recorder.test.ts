import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { createUseRecorder, judgeUse, type KeyUseStore, type UseRecorder } from '@latchwork/api-keys'
import { newId, Refusal } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import type { Store } from '@latchwork/store'
import { createDatabase, engineNames, type TestDatabase } from '@latchwork/store/test-engines'
import { openTestStore, START } from '../accounts/open-accounts.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Keys as issuing makes them, without their secrets. */
async function writeKeys(store: Store, count: number): Promise<readonly string[]> {
  const accountId = newId('account', START)
  await store.accounts.createAccount({ id: accountId, name: 'Acme', createdAt: START }, { events: [], revocations: [] })
  const ids = Array.from({ length: count }, () => newId('key', START))
  for (const id of ids) {
    await store.apiKeys.createKey(
      {
        id,
        digest: id,
        accountId,
        kind: 'rk',
        environment: 'live',
        name: 'deploy',
        scopes: [],
        roles: [],
        networks: [],
        limits: [],
        imported: false,
        fingerprint: 'rk_live_…wxyz',
        createdBy: 'root_1',
        createdAt: START,
      },
      { events: [], revocations: [] },
    )
  }
  return ids
}

interface OpenRecorder {
  readonly store: Store
  readonly recorder: UseRecorder
  readonly log: string[]
  readonly clock: { time: number; now: () => number }
  /** Takes the store away and brings it back; `deaf` writes and loses the answer. */
  readonly setStore: (state: 'here' | 'away' | 'deaf') => void
  readonly counted: (keyId: string) => Promise<number>
}

async function openRecorder(t: TestContext): Promise<OpenRecorder> {
  const store = await openTestStore(t)
  const clock = { time: START, now: () => clock.time }
  const log: string[] = []
  let state = 'here'
  const recordUse: KeyUseStore['recordUse'] = async (report, judge) => {
    if (state === 'away') throw new Refusal('store_unavailable')
    const recorded = await store.keyUse.recordUse(report, judge)
    if (state === 'deaf') throw new Refusal('store_unavailable')
    return recorded
  }
  const recorder = createUseRecorder({
    store: { recordUse, forgetUse: store.keyUse.forgetUse },
    clock,
    removalClock: clock,
    judge: { windowMs: 10 * MINUTE, judge: judgeUse, channels: [] },
    networkOf,
    log: (message) => void log.push(message),
  })
  t.after(() => recorder.close())
  return {
    store,
    recorder,
    log,
    clock,
    setStore: (to) => {
      state = to
    },
    counted: async (keyId) => (await store.keyUse.listHours(keyId, 0, START + 900 * DAY)).reduce((sum, { count }) => sum + count, 0),
  }
}

describe('the recorder of use', () => {
  it('K11: while the store is away use waits, is written when it is back, and the log says so once', async (t) => {
    const { store, recorder, log, clock, setStore, counted } = await openRecorder(t)
    const [keyId = ''] = await writeKeys(store, 1)
    setStore('away')
    for (let minute = 0; minute < 5; minute++) {
      recorder.note({ keyId, outcome: 'valid', at: clock.time + minute * MINUTE })
      assert.equal(await recorder.flush(), false)
    }
    assert.equal(log.length, 1)
    assert.equal(await counted(keyId), 0)
    setStore('here')
    assert.equal(await recorder.flush(), true)
    assert.equal(await counted(keyId), 5)
  })

  it('K11: a write whose answer was lost counts once', async (t) => {
    const { store, recorder, clock, setStore, counted } = await openRecorder(t)
    const [keyId = ''] = await writeKeys(store, 1)
    for (let index = 0; index < 7; index++) recorder.note({ keyId, outcome: 'valid', at: clock.time })
    setStore('deaf')
    assert.equal(await recorder.flush(), false)
    assert.equal(await recorder.flush(), false)
    setStore('here')
    assert.equal(await recorder.flush(), true)
    assert.equal(await counted(keyId), 7)
  })

  it('K11: what is noted while a write is under way is written next, and closing writes what is left', async (t) => {
    const { store, recorder, clock, counted } = await openRecorder(t)
    const keys = await writeKeys(store, 30)
    for (const keyId of keys) recorder.note({ keyId, outcome: 'valid', address: '192.0.2.1', at: clock.time })
    const writing = recorder.flush()
    await Promise.resolve()
    for (const keyId of keys) recorder.note({ keyId, outcome: 'valid', address: '192.0.2.1', at: clock.time })
    await writing
    await recorder.close()
    for (const keyId of keys) assert.equal(await counted(keyId), 2)
  })

  it('E6: what was counted more than 90 days ago is forgotten in passing', async (t) => {
    const { store, recorder, clock } = await openRecorder(t)
    const [keyId = ''] = await writeKeys(store, 1)
    recorder.note({ keyId, outcome: 'valid', at: clock.time })
    await recorder.flush()
    clock.time += 91 * DAY
    recorder.note({ keyId, outcome: 'valid', at: clock.time })
    await recorder.flush()
    assert.deepEqual(
      (await store.keyUse.listHours(keyId, 0, START + 900 * DAY)).map(({ hour }) => hour),
      [clock.time - (clock.time % (60 * MINUTE))],
    )
  })
})

/** How much was noted by when, as the process said before it died. */
interface Noted {
  readonly count: number
  readonly at: number
  /** Milliseconds that the machine or the database let it wait at most, in one go: the bound is on what the node does. */
  readonly standstill: number
}

async function countAndDie(
  t: TestContext,
  database: TestDatabase,
  keyIds: readonly string[],
  liveMs: number,
): Promise<{ readonly noted: readonly Noted[]; readonly diedAt: number }> {
  const child: ChildProcess = fork(new URL('count-and-die.ts', import.meta.url), [JSON.stringify({ options: database.options, keyIds })], { execArgv: [] })
  t.after(() => child.kill('SIGKILL'))
  const noted: Noted[] = []
  const begun = Promise.withResolvers<void>()
  child.on('message', (message) => {
    noted.push(message as Noted)
    begun.resolve()
  })
  await Promise.race([begun.promise, once(child, 'exit').then(() => assert.fail('ended by itself'))])
  await new Promise((resolve) => setTimeout(resolve, liveMs))
  const diedAt = Date.now()
  child.kill('SIGKILL')
  await once(child, 'close')
  return { noted, diedAt }
}

for (const engine of engineNames) {
  it(`K11 R2: a node that is killed loses at most the last second of use, and counts nothing twice (${engine})`, async (t) => {
    const database = await createDatabase(engine)
    t.after(() => database.drop())
    const store = await database.open()
    const keys = await writeKeys(store, 20)
    await store.close()
    let before = 0
    let proven = 0
    for (const liveMs of [1130, 1790, 2410]) {
      const { noted, diedAt } = await countAndDie(t, database, keys, liveMs)
      const [row] = await database.query('select sum(count) as n from key_use_hours')
      const written = Number(row?.['n'] ?? 0) - before
      before += written
      const all = noted.at(-1)?.count ?? 0
      const aSecondEarlier = noted.findLast(({ at }) => at <= diedAt - 1000 - (noted.at(-1)?.standstill ?? 0))?.count ?? 0
      assert.ok(written >= aSecondEarlier, `${written} written, ${aSecondEarlier} noted a second before the end, ${all} in all`)
      assert.ok(written <= all)
      proven += aSecondEarlier
      t.diagnostic(`killed after ${liveMs} ms: ${all} noted, ${all - written} lost`)
    }
    assert.ok(proven > 0, 'something was to be kept')
  })
}
