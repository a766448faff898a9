/** Calls that act once (R1): the name a caller gives a call, and what becomes of a second one with the same name. */
import { digestOf } from './credential.ts'
import { refuse } from './refusal.ts'

/** How long a call is remembered. */
export const CALL_MEMORY_MS = 24 * 3_600_000

export interface CallName {
  /** The `Idempotency-Key`. */
  readonly key: string
  /** Everything the call asks for, in one text. */
  readonly request: string
}

/** A call that may come twice and must act once: who calls, what they named the call, and a digest of all they asked for. */
export interface Once {
  readonly makerId: string
  readonly key: string
  readonly requestDigest: string
  readonly now: number
  readonly until: number
}

/** What an act answers that was told to happen once and has happened: its answer then, or that the name was used for another call. */
export type Repeated<T> = { readonly repeated: T } | 'other_request'

export function onceOf(maker: { readonly id: string }, call: CallName | undefined, now: number): { readonly once?: Once } {
  if (call === undefined) return {}
  return { once: { makerId: maker.id, key: call.key, requestDigest: digestOf(call.request), now, until: now + CALL_MEMORY_MS } }
}

/** What was answered then. @throws Refusal `idempotency_key_reused` when the call then asked for something else. */
export function repeatedAnswer<T>(outcome: Repeated<T>): T {
  return outcome === 'other_request' ? refuse('idempotency_key_reused') : outcome.repeated
}

/** An answer, and whether it is that of the same call, made before. */
export interface Answered<T> {
  readonly answer: T
  readonly isRepeated: boolean
}

/** @throws Refusal `idempotency_key_reused` when the call then asked for something else. */
export function answeredBy<T>(outcome: T | Repeated<T>): Answered<T> {
  if (outcome === 'other_request') return refuse('idempotency_key_reused')
  if (typeof outcome === 'object' && outcome !== null && 'repeated' in outcome) return { answer: outcome.repeated, isRepeated: true }
  return { answer: outcome as T, isRepeated: false }
}
