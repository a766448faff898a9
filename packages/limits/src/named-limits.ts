/** The limits of a key, as its owner wrote them: from their words to paces, and from decisions back to words. */
import type { LimitState, NamedLimit } from '@latchwork/kernel'
import { type Decision, type Pace, paceOf } from './gcra.ts'
import type { LimitDemand, LimitsTaken } from './store.ts'

/** A String of structured fields needs no escapes for these (RFC 9651 §3.3.3). */
const NAME = /^[a-z0-9][a-z0-9_.-]{0,31}$/i
export const MAX_NAMED_LIMITS = 8
const LONGEST_PERIOD_SECONDS = 366 * 24 * 60 * 60

/** What is wrong with a key's limits, as a sentence for who wrote them; `undefined`: nothing. */
export function faultOfLimits(limits: readonly NamedLimit[]): string | undefined {
  if (limits.length > MAX_NAMED_LIMITS) return `A key has at most ${MAX_NAMED_LIMITS} limits.`
  if (new Set(limits.map(({ name }) => name)).size !== limits.length) return 'Each limit has a name of its own.'
  for (const limit of limits) {
    if (!NAME.test(limit.name)) return 'A limit has a name of 1 to 32 letters, digits, dots, hyphens or underscores.'
    if (!isWhole(limit.count) || !isWhole(limit.burst ?? 1)) return `Limit ${limit.name}: count and burst are whole numbers from 1.`
    if (!isWhole(limit.periodSeconds) || limit.periodSeconds > LONGEST_PERIOD_SECONDS)
      return `Limit ${limit.name}: periodSeconds is from 1 to a year of 366 days.`
    if (!canBePaced(limit)) return `Limit ${limit.name}: at most a million per second, and a burst that comes back within 366 days.`
  }
  return undefined
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function canBePaced(limit: NamedLimit): boolean {
  try {
    paceOfNamed(limit)
    return true
  } catch {
    return false
  }
}

function paceOfNamed({ count, periodSeconds, burst = count }: NamedLimit): Pace {
  return paceOf({ burst, count, periodMs: periodSeconds * 1000 })
}

/** One unit of each; made once for a list that does not change. */
const ones = new WeakMap<readonly NamedLimit[], readonly LimitDemand[]>()

/** What a call asks of one limit: `cost` units of it instead of one. */
export interface LimitCost {
  readonly name: string
  readonly cost: number
}

/**
 * What a call takes of a key's limits: one unit of each, or as many as it says. `undefined` where it names a limit the key does not have, or more than could ever pass: neither may
 * go uncounted (9.4).
 */
export function demandsOn(limits: readonly NamedLimit[], costs: readonly LimitCost[] = []): readonly LimitDemand[] | undefined {
  let demands = ones.get(limits)
  if (demands === undefined) {
    demands = limits.map((limit) => ({ name: limit.name, pace: paceOfNamed(limit), units: 1 }))
    ones.set(limits, demands)
  }
  return costs.length === 0 ? demands : withCosts(demands, costs)
}

function withCosts(demands: readonly LimitDemand[], costs: readonly LimitCost[]): readonly LimitDemand[] | undefined {
  const asked = new Map(costs.map(({ name, cost }) => [name, cost]))
  const answer = demands.map((demand) => ({ ...demand, units: asked.get(demand.name) ?? demand.units }))
  const canPass = answer.every(({ pace, units }) => Number.isInteger(units) && units >= 0 && units <= pace.burst)
  for (const { name } of demands) asked.delete(name)
  return canPass && asked.size === 0 ? answer : undefined
}

/** How a taking looks once it was given back at the same moment. */
export function asGivenBack(demands: readonly LimitDemand[], { taken, decisions }: LimitsTaken): LimitsTaken {
  const untaken = ({ pace, units }: LimitDemand, decision: Decision): Decision => {
    const backMs = Math.floor((units * pace.interval) / 1000)
    const resetAfterMs = Math.max(0, decision.resetAfterMs - backMs)
    return { ...decision, tat: decision.tat - units * pace.interval, remaining: Math.min(pace.burst, decision.remaining + units), resetAfterMs }
  }
  return { taken, decisions: decisions.map((decision, index) => untaken(demands[index] as LimitDemand, decision)) }
}

/** Where a key's limits stand, for who calls with it. */
export function limitStates(limits: readonly NamedLimit[], { decisions }: LimitsTaken): readonly LimitState[] {
  return limits.map(({ name, count, periodSeconds }, index) => {
    const { allowed, remaining, resetAfterMs, retryAfterMs } = decisions[index] as Decision
    const state = { name, count, periodSeconds, remaining, resetSeconds: Math.ceil(resetAfterMs / 1000) }
    return allowed ? state : { ...state, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }
  })
}

/** Seconds until the same call would pass; `undefined` if none refused. */
export function longestWait(states: readonly LimitState[]): number | undefined {
  let longest: number | undefined
  for (const { retryAfterSeconds } of states) if (retryAfterSeconds !== undefined) longest = Math.max(longest ?? 0, retryAfterSeconds)
  return longest
}
