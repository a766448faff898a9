/**
 * Writes the use of keys down twice a second, off the path of verification. What the store does not take waits in memory, bounded, and is tried again; a portion
 * whose answer was lost is not counted twice. A node that is killed loses the last second at most.
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '@latchwork/kernel'
import type { KeyUseStore, UseJudge, UseReport } from './store.ts'
import { createUseTally, PORTION, type UseNote } from './use-tally.ts'

export interface UseRecorder {
  /** Never throws and never waits. */
  readonly note: (use: UseNote) => void
  /** Writes what waits; false if the store did not take all of it. Never rejects. */
  readonly flush: () => Promise<boolean>
  /** Stops, with one last attempt to write everything. */
  readonly close: () => Promise<void>
}

export interface UseRecorderParts {
  readonly store: Pick<KeyUseStore, 'recordUse' | 'forgetUse'>
  readonly clock: Clock
  /** By which what was counted is forgotten: it may lag where the clock has stepped. */
  readonly removalClock: Clock
  readonly judge: UseJudge
  readonly networkOf: (address: string | undefined) => string
  readonly log: (message: string, cause?: unknown) => void
  /** Hears that there are new lines in the outbox. */
  readonly onAlerts?: () => void
  readonly capacity?: number
}

/** Half of the second that may be lost: the other half is for writing, on a machine that is busy. */
const FLUSH_INTERVAL_MS = 500
/** How many portions may wait for a store that is away: a hundred thousand keys, each for a minute. */
const MAX_WAITING = 500
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How long what was counted is kept. */
export const useRetention = { hoursMs: 90 * DAY_MS, reportersMs: DAY_MS, deliveriesMs: 30 * DAY_MS } as const

export function createUseRecorder(parts: UseRecorderParts): UseRecorder {
  const { store, clock, removalClock, judge, networkOf, log, onAlerts = () => {}, capacity } = parts
  const tally = createUseTally({ networkOf, ...(capacity === undefined ? {} : { capacity }) })
  const reporter = randomBytes(12).toString('base64url')
  const waiting: UseReport[] = []
  let sequence = 0
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<boolean> | undefined
  let isAway = false
  let isClosed = false
  let forgetAt = 0

  function schedule(): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      timer = undefined
      void flush()
    }, FLUSH_INTERVAL_MS)
    timer.unref()
  }

  function gather(): void {
    for (const uses of tally.take()) {
      if (waiting.length < MAX_WAITING) waiting.push({ reporter, sequence: ++sequence, at: clock.now(), uses })
      else lost += uses.length
    }
    lost += tally.takeDropped()
  }

  async function write(): Promise<boolean> {
    try {
      for (let report = waiting[0]; report !== undefined; report = waiting[0]) {
        const recorded = await store.recordUse(report, judge)
        waiting.shift()
        if (recorded !== 'repeated' && recorded.alerts > 0) onAlerts()
      }
      isAway = false
      await forgetOld(removalClock.now())
      if (lost > 0) log(`the use of ${lost} keys was not counted: the store was away for too long`)
      lost = 0
      return true
    } catch (error) {
      if (!isAway) log('the store does not take the use of keys; it waits in memory', error)
      isAway = true
      return false
    }
  }

  async function forgetOld(now: number): Promise<void> {
    if (now < forgetAt && now >= forgetAt - HOUR_MS) return
    forgetAt = now + HOUR_MS
    await store.forgetUse({ hours: now - useRetention.hoursMs, reporters: now - useRetention.reportersMs, deliveries: now - useRetention.deliveriesMs })
  }

  /** One write at a time: a second caller shares the first one's. */
  function flush(): Promise<boolean> {
    flushing ??= Promise.resolve()
      .then(gather)
      .then(write)
      .finally(() => {
        flushing = undefined
        if (waiting.length > 0 || tally.size() > 0) schedule()
      })
    return flushing
  }

  return {
    note: (use) => {
      tally.note(use)
      if (timer === undefined) schedule()
    },
    flush,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await flushing
      if (!(await flush())) log(`the use in ${waiting.length} portions of up to ${PORTION} keys is lost: the store did not take it before the end`)
    },
  }
}
