/**
 * Form tokens: a post counts only if its form came from us, to this browser, for this purpose, not long ago (13.1). An HMAC over purpose, browser (or login session), and time: nothing
 * to store.
 */
import { timingSafeEqual } from 'node:crypto'
import { base62OfNumber, hmacOf, refuse } from '@latchwork/kernel'

const LIFETIME_MS = 60 * 60 * 1000
const FORM = /^([0-9A-Za-z]{9})([A-Za-z0-9_-]{43})$/

export interface FormTokens {
  /** @param binding what the form belongs to: the browser's cookie or the login session, and what the form is about. */
  readonly make: (purpose: string, binding: string, now: number) => string
  /** @throws Refusal `form_stale`. */
  readonly check: (token: string | undefined, purpose: string, binding: string, now: number) => void
}

export function formTokens(key: Buffer): FormTokens {
  const mac = (purpose: string, binding: string, time: string): string => hmacOf(key, JSON.stringify([purpose, binding, time])).toString('base64url')
  return {
    make: (purpose, binding, now) => {
      const time = base62OfNumber(now, 9)
      return time + mac(purpose, binding, time)
    },
    check: (token, purpose, binding, now) => {
      const [, time, given] = FORM.exec(token ?? '') ?? []
      if (time === undefined || given === undefined) return refuse('form_stale', { reason: 'no form token' })
      if (!timingSafeEqual(Buffer.from(given), Buffer.from(mac(purpose, binding, time))))
        return refuse('form_stale', { reason: 'form token of another browser or form' })
      // Fixed-width base62 compares as text: its digits stand in ASCII order.
      if (time < base62OfNumber(Math.max(0, now - LIFETIME_MS), 9)) return refuse('form_stale', { reason: 'form token too old' })
      return undefined
    },
  }
}
