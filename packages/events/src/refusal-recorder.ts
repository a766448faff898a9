/**
 * Writes refusals down without standing in the way of the answer: they are buffered in memory and written in batches, at most once a second. What the store does
 * not take stays in the buffer and is tried again; a full buffer drops what comes then and says how many. A batch whose answer was lost is written again.
 */
import type { Clock, NewEvent, Refusal } from '@latchwork/kernel'
import { createRefusalTally } from './refusal-tally.ts'
import { type RefusedRequest, refusedEvent } from './refused-event.ts'
import type { EventsStore } from './store.ts'

export interface RefusalRecorder {
  /** Never throws and never waits. */
  readonly record: (refusal: Refusal, request: RefusedRequest) => void
  /** Writes what is due now; false if the store did not take it. Never rejects. */
  readonly flush: () => Promise<boolean>
  /** Stops, with one last attempt to write everything, counts of the current minute included. */
  readonly close: () => Promise<void>
}

export interface RefusalRecorderParts {
  readonly store: Pick<EventsStore, 'writeEvents'>
  readonly clock: Clock
  /** Which refusals count together: `networkOf` of `limits`. */
  readonly networkOf: (address: string | undefined) => string
  readonly log: (message: string, cause?: unknown) => void
  /** How many events may wait. */
  readonly capacity?: number
}

const CAPACITY = 10_000
const BATCH = 500
const FLUSH_INTERVAL_MS = 1000

export function createRefusalRecorder({ store, clock, networkOf, log, capacity = CAPACITY }: RefusalRecorderParts): RefusalRecorder {
  const tally = createRefusalTally()
  let waiting: NewEvent[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<boolean> | undefined
  let isAway = false
  let isClosed = false

  function enqueue(events: readonly NewEvent[]): void {
    const room = Math.max(0, capacity - waiting.length)
    waiting.push(...events.slice(0, room))
    dropped += Math.max(0, events.length - room)
  }

  function schedule(): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, FLUSH_INTERVAL_MS)
    timer.unref()
  }

  /** Writes what waits at its begin; what comes meanwhile has its turn a second later. */
  async function writeWaiting(): Promise<boolean> {
    let left = waiting.length
    try {
      while (left > 0) {
        const batch = waiting.slice(0, Math.min(left, BATCH))
        await store.writeEvents(batch)
        waiting = waiting.slice(batch.length)
        left -= batch.length
      }
      if (dropped > 0) {
        const reported = dropped
        await store.writeEvents([dropEvent(reported, clock.now())])
        dropped -= reported
      }
      isAway = false
      return true
    } catch (error) {
      if (!isAway) log('the event log does not take refusals; they wait in memory', error)
      isAway = true
      return false
    }
  }

  /** One write at a time: who asks while one is under way has what came since it began written after it. */
  function flushOnce(): Promise<boolean> {
    if (flushing !== undefined) return flushing.then(flushOnce)
    flushing = writeWaiting().finally(() => {
      flushing = undefined
      if (waiting.length > 0 || dropped > 0 || tally.isOpen()) schedule()
    })
    return flushing
  }

  function flush(): Promise<boolean> {
    enqueue(tally.settle(clock.now()))
    return flushOnce()
  }

  return {
    record: (refusal, request) => {
      try {
        const now = clock.now()
        if (tally.isSingle(networkOf(request.origin.address), refusal.code, now)) enqueue([refusedEvent(refusal, request, now)])
        schedule()
      } catch (error) {
        log('a refusal could not be recorded', error)
      }
    },
    flush,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await flushing
      enqueue(tally.settleAll())
      if (!(await flushOnce())) log(`${waiting.length + dropped} refusals are lost: the event log did not take them before the end`)
    },
  }
}

function dropEvent(count: number, now: number): NewEvent {
  return { type: 'request.refused', at: now, actor: { kind: 'system' }, reason: 'dropped', data: { count } }
}
