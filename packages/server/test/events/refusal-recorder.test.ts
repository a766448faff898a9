import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createRefusalRecorder, listEvents, type RefusalRecorder } from '@latchwork/events'
import { type NewEvent, Refusal, type StoredEvent } from '@latchwork/kernel'
import { networkOf } from '@latchwork/limits'
import type { Store } from '@latchwork/store'
import { openTestStore, START } from '../accounts/open-accounts.ts'

const MINUTE = 60_000
const failed = new Refusal('sign_in_failed', { reason: 'wrong_password', about: { userId: 'usr_1' } })
const from = (address: string) => ({ origin: { address } })

interface OpenRecorder {
  readonly store: Store
  readonly recorder: RefusalRecorder
  readonly log: string[]
  readonly clock: { time: number; now: () => number }
  /** The sizes of the batches the store was given. */
  readonly batches: number[]
  /** Takes the event log away and brings it back. */
  readonly setAway: (isAway: boolean) => void
}

async function openRecorder(t: TestContext, capacity?: number): Promise<OpenRecorder> {
  const store = await openTestStore(t)
  const clock = { time: START, now: () => clock.time }
  const [log, batches]: [string[], number[]] = [[], []]
  let isAway = false
  const writeEvents = async (events: readonly NewEvent[]): Promise<void> => {
    batches.push(events.length)
    if (isAway) throw new Refusal('store_unavailable')
    await store.events.writeEvents(events)
  }
  const parts = { store: { writeEvents }, clock, networkOf, log: (message: string) => void log.push(message) }
  const recorder = createRefusalRecorder({ ...parts, ...(capacity === undefined ? {} : { capacity }) })
  return {
    store,
    recorder,
    log,
    clock,
    batches,
    setAway: (away) => {
      isAway = away
    },
  }
}

async function readAll(store: Store): Promise<readonly StoredEvent[]> {
  const items: StoredEvent[] = []
  let after: string | undefined
  do {
    const page = await listEvents(store.events, { type: 'request.refused', limit: 100, ...(after === undefined ? {} : { after }) })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return items.reverse()
}

/** How many refusals the log accounts for, singly or counted. */
function sumOf(events: readonly StoredEvent[]): number {
  return events.reduce((sum, { data }) => sum + Number(data?.['count'] ?? 1), 0)
}

describe('the recorder of refusals', () => {
  it('E1: writes ten singly and the rest as one count when the minute is over', async (t) => {
    const { store, recorder, clock } = await openRecorder(t)
    t.after(() => recorder.close())
    for (let i = 0; i < 1000; i++) recorder.record(failed, from(`2001:db8::${i.toString(16)}`))
    recorder.record(failed, from('192.0.2.1'))
    assert.equal(await recorder.flush(), true)
    assert.equal((await readAll(store)).length, 11)
    clock.time += MINUTE
    assert.equal(await recorder.flush(), true)
    const events = await readAll(store)
    assert.deepEqual([events.length, sumOf(events)], [12, 1001])
    assert.deepEqual(events[11]?.data, { network: '2001:db8:0:0::/64', count: 990, periodMs: MINUTE })
    assert.deepEqual([events[0]?.userId, events[0]?.reason, events[0]?.data], ['usr_1', 'sign_in_failed', { why: 'wrong_password' }])
  })

  it('E1: writes by itself, within about a second, in batches', async (t) => {
    const { store, recorder, batches } = await openRecorder(t)
    t.after(() => recorder.close())
    for (let i = 0; i < 800; i++) recorder.record(failed, from(`192.0.${i >> 8}.${i & 255}`))
    const deadline = performance.now() + 10_000
    while ((await readAll(store)).length < 800) {
      assert.ok(performance.now() < deadline, 'not written')
      await setImmediate() // reads of SQLite alone would never let a timer run
    }
    assert.deepEqual(batches, [500, 300])
  })

  it('R3: a store that is away loses nothing: all is written when it is back', async (t) => {
    const { store, recorder, log, setAway } = await openRecorder(t)
    t.after(() => recorder.close())
    setAway(true)
    for (let i = 0; i < 700; i++) {
      recorder.record(failed, from(`192.0.${i >> 8}.${i & 255}`))
      if (i % 100 === 0) assert.equal(await recorder.flush(), false)
    }
    assert.equal(log.length, 1, 'said once, not every second')
    setAway(false)
    assert.equal(await recorder.flush(), true)
    const events = await readAll(store)
    assert.deepEqual([events.length, new Set(events.map(({ address }) => address)).size], [700, 700])
  })

  it('R6: holds a bounded number while the store is away, and says how many it dropped', async (t) => {
    const { store, recorder, setAway } = await openRecorder(t, 100)
    t.after(() => recorder.close())
    setAway(true)
    for (let i = 0; i < 900; i++) recorder.record(failed, from(`192.0.${i >> 8}.${i & 255}`))
    assert.equal(await recorder.flush(), false)
    setAway(false)
    assert.equal(await recorder.flush(), true)
    const events = await readAll(store)
    assert.equal(events.length, 101)
    assert.deepEqual([events[100]?.reason, events[100]?.data], ['dropped', { count: 800 }])
  })

  it('E1: writes the counts of the open minute when it is closed', async (t) => {
    const { store, recorder, log } = await openRecorder(t)
    for (let i = 0; i < 50; i++) recorder.record(failed, from('192.0.2.1'))
    await recorder.close()
    const events = await readAll(store)
    assert.deepEqual([events.length, sumOf(events), log], [11, 50, []])
  })

  it('R3: closes though the store is away, and says how many are lost', async (t) => {
    const { recorder, log, setAway } = await openRecorder(t)
    setAway(true)
    for (let i = 0; i < 50; i++) recorder.record(failed, from('192.0.2.1'))
    await recorder.close()
    assert.match(log.at(-1) ?? '', /^11 .*lost/)
  })

  it('R6: never throws into a request', async (t) => {
    const { recorder, log } = await openRecorder(t)
    t.after(() => recorder.close())
    const hostile = {
      get origin(): never {
        throw new Error('no origin')
      },
    }
    recorder.record(failed, hostile)
    assert.equal(log.length, 1)
  })

  it('R1: every event is written once, though many flushes run at once', async (t) => {
    const { store, recorder } = await openRecorder(t)
    t.after(() => recorder.close())
    const flushes: Promise<boolean>[] = []
    for (let i = 0; i < 600; i++) {
      recorder.record(failed, from(`192.0.${i >> 8}.${i & 255}`))
      if (i % 50 === 0) flushes.push(recorder.flush())
    }
    await Promise.all(flushes)
    await recorder.flush()
    await recorder.flush()
    const events = await readAll(store)
    assert.deepEqual([events.length, new Set(events.map(({ address }) => address)).size], [600, 600])
  })
})
