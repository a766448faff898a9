/**
 * Named limits over keys, in the memory of one node. What is taken of several limits is taken of all or of none; what is kept is bounded.
 */
import { type Decision, giveUnitsBack, isRested, type Pace, paceOf, type RateLimit, takeUnits } from './gcra.ts'

export interface Demand<Name extends string> {
  readonly limit: Name
  readonly key: string
  /** 1 if absent. */
  readonly units?: number
}

export interface Taking<Name extends string> {
  readonly allowed: boolean
  /** The longest wait of the limits that refuse; 0 if allowed. */
  readonly retryAfterMs: number
  /** One per demand, in its order. `remaining` is what is really left: untouched where another limit refused. */
  readonly decisions: readonly (Omit<Decision, 'tat'> & { readonly limit: Name })[]
  /** Undoes the taking, once; for what turned out not to count. */
  readonly giveBack: (now: number) => void
}

export interface Throttle<Name extends string> {
  readonly take: (demands: readonly Demand<Name>[], now: number) => Taking<Name>
  /** How many keys are remembered. */
  readonly size: () => number
}

export interface ThrottleOptions<Name extends string> {
  readonly limits: Readonly<Record<Name, RateLimit>>
  /** Of each limit: a flood of one limit's keys pushes out no other's. */
  readonly maxEntries: number
}

interface Bucket {
  readonly pace: Pace
  /** In the order of last use. */
  readonly tats: Map<string, number>
}

export function createThrottle<Name extends string>({ limits, maxEntries }: ThrottleOptions<Name>): Throttle<Name> {
  const buckets = new Map<Name, Bucket>()
  for (const [name, limit] of Object.entries(limits) as [Name, RateLimit][]) buckets.set(name, { pace: paceOf(limit), tats: new Map() })

  function bucketOf(name: Name): Bucket {
    return buckets.get(name) ?? failUnknown(name)
  }

  function take(demands: readonly Demand<Name>[], now: number): Taking<Name> {
    checkDistinct(demands)
    const judged = demands.map(({ limit, key, units = 1 }) => {
      const bucket = bucketOf(limit)
      return { limit, key, units, bucket, decision: takeUnits(bucket.pace, bucket.tats.get(key), units, now) }
    })
    const allowed = judged.every(({ decision }) => decision.allowed)
    for (const { bucket, key, decision } of judged) keep(bucket, key, allowed || !decision.allowed ? decision.tat : bucket.tats.get(key), now, maxEntries)
    let isHeld = allowed
    return {
      allowed,
      retryAfterMs: Math.max(0, ...judged.map(({ decision }) => decision.retryAfterMs)),
      decisions: judged.map(({ limit, bucket, key, decision }) => {
        const { tat: _, ...told } = allowed || !decision.allowed ? decision : { ...takeUnits(bucket.pace, bucket.tats.get(key), 0, now) }
        return { limit, ...told }
      }),
      giveBack: (at) => {
        if (!isHeld) return
        isHeld = false
        for (const { bucket, key, units, decision } of judged) {
          const tat = bucket.tats.get(key)
          if (tat !== undefined) bucket.tats.set(key, giveUnitsBack(bucket.pace, tat, decision.tat, units, at))
        }
      },
    }
  }

  return { take, size: () => [...buckets.values()].reduce((sum, { tats }) => sum + tats.size, 0) }
}

/** Remembers the key as the one used last, and forgets: first keys that have rested, of the two used longest ago; then, over capacity, the oldest whatever it is. */
function keep({ tats }: Bucket, key: string, tat: number | undefined, now: number, maxEntries: number): void {
  if (tat === undefined) return
  tats.delete(key)
  tats.set(key, tat)
  let looked = 0
  for (const [oldest, itsTat] of tats) {
    if (!isRested(itsTat, now) && tats.size <= maxEntries) break
    tats.delete(oldest)
    if (++looked === 2) break
  }
}

/** Two demands of one key would each be judged without the other. */
function checkDistinct(demands: readonly Demand<string>[]): void {
  const distinct = new Set(demands.map(({ limit, key }) => `${limit} ${key}`))
  if (distinct.size !== demands.length) throw new RangeError('one demand per limit and key')
}

/** A limit that nobody defined must not let everything pass. */
function failUnknown(name: string): never {
  throw new RangeError(`no limit is called ${name}`)
}
