/** When a key will have the credits that a call costs (K9). */
import type { CreditRefill } from './store.ts'

export interface Purse {
  /** Refills that are due are counted. */
  readonly remaining: number
  readonly refill?: CreditRefill
  /** Epoch milliseconds: up to when refills have been counted. */
  readonly refilledAt?: number
}

/** What there is to spend once the refills that have come due are counted, as the store counts them when something is taken. */
export function creditsLeft({ remaining, refill, refilledAt }: Purse, now: number): number {
  if (refill === undefined || refilledAt === undefined) return remaining
  const periods = Math.floor(Math.max(now - refilledAt, 0) / (refill.everySeconds * 1000))
  return Math.max(remaining, Math.min(refill.max, remaining + periods * refill.amount))
}

/** Milliseconds until the refill that would suffice, if nobody spends meanwhile; `undefined`: no refill will. */
export function waitForCredits({ remaining, refill, refilledAt }: Purse, cost: number, now: number): number | undefined {
  if (refill === undefined || refilledAt === undefined || cost > refill.max) return undefined
  const periods = Math.max(1, Math.ceil((cost - remaining) / refill.amount))
  return Math.max(0, refilledAt + periods * refill.everySeconds * 1000 - now)
}
