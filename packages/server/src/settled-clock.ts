/**
 * The time by which what is over is removed (R5, R7). What is removed does not come back when a clock that was wrong is set right, so a clock that has stepped ahead is not believed for that until it
 * has stayed there. Credentials are judged by the clock as it is: a refusal passes with the fault.
 */
import type { Clock } from '@latchwork/kernel'

const HOUR_MS = 3_600_000
/** So long a step ahead must last: longer than it takes to see that a clock is wrong. What a suspended machine slept through is removed so much later. */
const LASTS_MS = HOUR_MS
/** A clock that is slewed, not stepped, moves less between two looks. */
const JITTER_MS = 60_000
/** A server that was off for longer waits with removals as after a step: it cannot tell its rest from a clock that is wrong from the start. */
const REST_MS = 24 * HOUR_MS

interface Parts {
  readonly clock: Clock
  /** Milliseconds from any beginning, by a clock that nobody sets. */
  readonly steady?: () => number
  /** When something was last written down, epoch milliseconds; absent in a new database. */
  readonly lastSeenAt?: number
}

/** A clock that follows the given one, but a step ahead only after an hour. One that is set back it follows at once: by that less is removed. */
export function settledClock({ clock, steady = () => performance.now(), lastSeenAt }: Parts): Clock {
  const aheadOfSteady = (): number => clock.now() - steady()
  let believed = Math.min(aheadOfSteady(), (lastSeenAt ?? Number.POSITIVE_INFINITY) + REST_MS - steady())
  let claimed: { readonly ahead: number; readonly since: number } | undefined

  function look(ahead: number, at: number): void {
    if (ahead > believed + JITTER_MS) {
      // Each further step waits anew.
      if (claimed === undefined || ahead > claimed.ahead + JITTER_MS || ahead < claimed.ahead - JITTER_MS) claimed = { ahead, since: at }
      if (at - claimed.since < LASTS_MS) return
    }
    believed = ahead
    claimed = undefined
  }

  return {
    now: () => {
      look(aheadOfSteady(), steady())
      return Math.floor(believed + steady()) // whole, as every time that goes to the database
    },
  }
}
