/**
 * The generic cell rate algorithm: a leaky bucket that needs one number per key, the theoretical arrival time (TAT). A limit of `count` per `periodMs` with a
 * burst of `burst` never lets more than `burst + count × W / periodMs` pass in any window of length W, wherever the window begins.
 *
 * Times inside are whole microseconds, and the interval is rounded up, so that no sum of roundings lets one too many pass.
 */

export interface RateLimit {
  /** How many may come at once after a rest. */
  readonly burst: number
  /** How many may come per `periodMs` for ever. */
  readonly count: number
  readonly periodMs: number
}

/** A checked limit, in microseconds. */
export interface Pace {
  readonly burst: number
  /** Time one unit takes to come back. */
  readonly interval: number
  /** How far the TAT may run ahead of the time. */
  readonly tolerance: number
}

export interface Decision {
  readonly allowed: boolean
  /** The TAT to keep, in microseconds; unchanged if refused. */
  readonly tat: number
  /** How many would still pass now. */
  readonly remaining: number
  /** Milliseconds until the same would pass; 0 if allowed. */
  readonly retryAfterMs: number
  /** Milliseconds until all of the burst is there again. */
  readonly resetAfterMs: number
}

const MICROSECONDS = 1000
const LONGEST_MS = 366 * 24 * 60 * 60 * 1000

/**
 * Rounding makes a limit stricter by up to a microsecond per unit: nothing at 1,000 per second, noticeable above 100,000.
 * @throws RangeError for what is no limit: none, a fraction, over a million per second.
 */
export function paceOf(limit: RateLimit): Pace {
  const interval = Math.ceil((limit.periodMs * MICROSECONDS) / limit.count)
  const whole = [limit.burst, limit.count, limit.periodMs].every((value) => Number.isInteger(value) && value >= 1)
  const tolerance = interval * limit.burst
  if (!whole || limit.count > limit.periodMs * MICROSECONDS || tolerance > LONGEST_MS * MICROSECONDS) {
    throw new RangeError(`not a rate limit: burst ${limit.burst}, ${limit.count} per ${limit.periodMs} ms`)
  }
  return { burst: limit.burst, interval, tolerance }
}

/**
 * Judges `units` at `now` (epoch milliseconds) against the TAT kept; `undefined`: a key not seen before. Changes nothing: keep the `tat` of the answer. With 0
 * units it only looks.
 * @throws RangeError if `units` is no whole number from 0 to the burst: it could never pass.
 */
export function takeUnits(pace: Pace, tat: number | undefined, units: number, now: number): Decision {
  if (!(Number.isInteger(units) && units >= 0 && units <= pace.burst)) throw new RangeError(`cannot take ${units} of a burst of ${pace.burst}`)
  const time = Math.floor(now * MICROSECONDS)
  // A TAT further ahead than the tolerance means that the clock went back: the bucket is then empty, not closed until the old time comes (R5).
  const before = Math.min(Math.max(tat ?? time, time), time + pace.tolerance)
  const after = before + units * pace.interval
  const excess = after - time - pace.tolerance
  const kept = excess > 0 ? before : after
  return {
    allowed: excess <= 0,
    tat: kept,
    remaining: Math.floor((time + pace.tolerance - kept) / pace.interval),
    retryAfterMs: excess > 0 ? Math.ceil(excess / MICROSECONDS) : 0,
    resetAfterMs: Math.ceil((kept - time) / MICROSECONDS),
  }
}

/**
 * Gives back what `takeUnits` took, as far as time has not given it back already.
 * @param tat the TAT kept now. @param taken the TAT that the taking left.
 */
export function giveUnitsBack(pace: Pace, tat: number, taken: number, units: number, now: number): number {
  const outstanding = Math.min(Math.max(taken - Math.floor(now * MICROSECONDS), 0), units * pace.interval)
  return tat - outstanding
}

/** Whether the key can be forgotten: all of its burst is there again. */
export function isRested(tat: number, now: number): boolean {
  return tat <= Math.floor(now * MICROSECONDS)
}
