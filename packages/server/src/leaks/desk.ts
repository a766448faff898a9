/**
 * The desk of leaks: takes reports in durably and works on them in the background. Taking in is one statement, whatever the credential is (no oracle); what follows comes
 * after the answer. Whatever was taken in, or fell due, while no server ran is worked on by the first that starts.
 */
import { endDueLeaks, type LeakDelivery, type Leaks, type LeakTargets, type NewLeakReport, settleReports } from '@latchwork/api-keys'
import { type Clock, refuse } from '@latchwork/kernel'

export interface LeakDesk {
  /**
   * Durable when this returns.
   * @returns false (and nothing was taken in) if the delivery was taken in before. @throws Refusal `overloaded`, `store_unavailable`.
   */
  readonly accept: (reports: readonly NewLeakReport[], delivery?: LeakDelivery) => Promise<boolean>
  /** For the feedback to whoever proved to be a scanner we know: whether the credential is ours. */
  readonly find: LeakTargets['find']
  /** Waits for work that is under way. */
  readonly close: () => Promise<void>
}

interface DeskParts {
  readonly leaks: Leaks
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

/** How often the desk looks for what fell due, or what another node left. */
const SWEEP_MS = 1000
/** So long it waits after taking in: the answer is out by then, and reports that come together are worked on together. */
const PAUSE_MS = 10
/** What this node takes in before it has worked on what it has. */
const MAX_WAITING = 100_000
const FORGET_EVERY = 60

export function openLeakDesk({ leaks, clock, removalClock, onTrouble }: DeskParts): LeakDesk {
  let waiting = 0
  let sweeps = 0
  let isClosed = false
  let isTroubled = false
  let underWay: Promise<void> | undefined
  let again = false

  async function work(): Promise<void> {
    const before = waiting
    let isMore = true
    while (isMore && !isClosed) {
      isMore = await settleReports(leaks, clock.now(), onTrouble)
      await endDueLeaks(leaks, clock.now(), onTrouble)
    }
    waiting = Math.max(0, waiting - before)
    if (sweeps++ % FORGET_EVERY === 0 && !isClosed) await leaks.store.forgetDeliveries(removalClock.now())
  }

  /** One at a time; who asks meanwhile is served by the next. */
  function wake(): void {
    if (isClosed) return
    if (underWay !== undefined) {
      again = true
      return
    }
    underWay = work()
      .then(
        () => {
          isTroubled = false
        },
        (cause: unknown) => {
          if (!isTroubled) onTrouble('Reports of leaks could not be worked on; they are kept and tried again each second', cause)
          isTroubled = true
          again = false
        },
      )
      .finally(() => {
        underWay = undefined
        if (again) {
          again = false
          wake()
        }
      })
  }

  const timer = setInterval(wake, SWEEP_MS)
  timer.unref()
  wake()

  return {
    async accept(reports, delivery) {
      if (waiting + reports.length > MAX_WAITING) return refuse('overloaded', { reason: 'too many reports of leaks are waiting' })
      waiting += reports.length
      try {
        const isTaken = await leaks.store.acceptReports(reports, delivery)
        if (!isTaken) waiting -= reports.length
        else setTimeout(wake, PAUSE_MS).unref()
        return isTaken
      } catch (error) {
        waiting -= reports.length
        throw error
      }
    },
    find: leaks.targets.find,
    async close() {
      isClosed = true
      clearInterval(timer)
      await underWay
    },
  }
}
