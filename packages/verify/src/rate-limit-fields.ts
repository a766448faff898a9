/**
 * Where a credential's limits stand, as header fields: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), lists of structured fields (RFC 9651), a
 * member for each policy. Names of limits need no escapes: the rules of keys see to it.
 */
import type { LimitState } from '@latchwork/kernel'

export type RateLimitFields = Readonly<Record<string, string>>

export interface RateLimitFieldOptions {
  /** Adds `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` for clients that read nothing newer: of the limit that is nearest to its end. */
  readonly legacy?: boolean
}

/** Empty where there are no limits. After a refusal `RateLimit` names those that refused alone, so that `Retry-After` is no earlier than any `t` in it (draft §4). */
export function rateLimitFields(limits: readonly LimitState[], { legacy = false }: RateLimitFieldOptions = {}): RateLimitFields {
  const violated = limits.filter(({ retryAfterSeconds }) => retryAfterSeconds !== undefined)
  const told = violated.length > 0 ? violated : limits
  const [first] = told
  if (first === undefined) return {}
  const nearest = told.reduce((least, state) => (state.remaining < least.remaining ? state : least), first)
  return {
    'ratelimit-policy': limits.map(({ name, count, periodSeconds }) => `"${name}";q=${count};w=${periodSeconds}`).join(', '),
    ratelimit: told.map((state) => `"${state.name}";r=${state.remaining};t=${secondsOf(state)}`).join(', '),
    ...(legacy
      ? { 'ratelimit-limit': String(nearest.count), 'ratelimit-remaining': String(nearest.remaining), 'ratelimit-reset': String(secondsOf(nearest)) }
      : {}),
  }
}

function secondsOf({ retryAfterSeconds, resetSeconds }: LimitState): number {
  return retryAfterSeconds ?? resetSeconds
}
