/** Which of an account's secret keys is the primary one at a moment (K6): judged by the time, as expiry is, not by when somebody came to write it down. */
import type { ApiKey } from './store.ts'

/** A key that has ended is none. Where the primary one has, the other that holds a place is it from that moment. */
export function isPrimaryAt({ isPrimary, primaryFrom, revokedAt, expiresAt }: ApiKey, now: number): boolean {
  if (revokedAt !== undefined || (expiresAt !== undefined && expiresAt <= now)) return false
  return isPrimary || (primaryFrom !== undefined && primaryFrom <= now)
}
