/** Calls that act once (R1): the name a caller gives a call, and what becomes of a second one with the same name. */
import { digestOf, refuse } from '@latchwork/kernel'
import type { Maker } from './api-keys.ts'
import type { Once, Repeated } from './store.ts'

/** How long a call is remembered. */
export const CALL_MEMORY_MS = 24 * 3_600_000

export interface CallName {
  /** The `Idempotency-Key`. */
  readonly key: string
  /** Everything the call asks for, in one text. */
  readonly request: string
}

export function onceOf(maker: Maker, call: CallName | undefined, now: number): { readonly once?: Once } {
  if (call === undefined) return {}
  return { once: { makerId: maker.id, key: call.key, requestDigest: digestOf(call.request), now, until: now + CALL_MEMORY_MS } }
}

/** What was answered then. @throws Refusal `idempotency_key_reused` when the call then asked for something else. */
export function repeatedAnswer<T>(outcome: Repeated<T>): T {
  return outcome === 'other_request' ? refuse('idempotency_key_reused') : outcome.repeated
}
