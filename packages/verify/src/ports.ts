/** What authentication asks of its surroundings: the server answers with its own store and keys, the SDK over HTTP. */
import type { Clock, CredentialRecord, Environment, Metering, ParsedCredential, Soon } from '@latchwork/kernel'
import type { VerificationKey } from './jwt/verification-key.ts'

export interface FoundCredential {
  readonly record: CredentialRecord
  /** The newest feed id known where the record was read, before it was read: the record takes every revocation up to it into account. */
  readonly asOf: number
  /** It was read where the feed has entries that were not heard here, or where it is another feed: good for this one call, and not to be remembered. */
  readonly unheard?: true
}

/** A key of another system, taken over by its digest (K16): of any form, so nothing is known of it before the look-up. */
export interface ForeignCredential {
  readonly type: 'foreign'
  readonly text: string
}

export type PresentedCredential = ParsedCredential | ForeignCredential

/** What a call takes, where it is not one unit of every limit and one credit. */
export interface UseCosts {
  /** Limits by name; a name the credential does not have is refused, because it would go uncounted. */
  readonly limits?: readonly { readonly name: string; readonly cost: number }[]
  readonly credits?: number
}

/** A use of a credential that has limits or credits, by a caller who is allowed all else. */
export interface MeteredUse {
  /** The credential itself. */
  readonly text: string
  readonly record: CredentialRecord
  readonly address: string | undefined
  readonly scopes: readonly string[]
  readonly costs: UseCosts
  readonly now: number
}

export interface AuthenticatorPorts {
  readonly clock: Clock
  /** Milliseconds from any beginning, by a clock that nobody sets; absent: that of this process. */
  readonly steady?: () => number
  /** The record under this digest, read now; `undefined` if there is none. Throws or rejects when it cannot be read: that is answered with 503, never with 401. */
  readonly findCredential: (presented: PresentedCredential, digest: string) => Soon<FoundCredential | undefined>
  /** The issuer's signing key of this id. Synchronous where it is known, which keeps the hot path so. */
  readonly findKey: (kid: string) => VerificationKey | undefined | Promise<VerificationKey | undefined>
  /** Whether keys of other systems were imported: only then does a text that is not in our form go to the look-up. Absent: never. */
  readonly acceptsForeign?: () => boolean
  /** Epoch milliseconds when the revocation channel was last known whole; the current time while it is; 0 before it has been. */
  readonly freshAt: (now: number) => number
  /**
   * Counts a use: takes of every limit or of none, then of the credits. Without, nothing that is counted passes.
   * @throws Refusal `rate_limited`, `credits_exhausted`, or what else speaks against the credential; `store_unavailable` where it cannot be counted.
   */
  readonly meter?: (use: MeteredUse) => Metering | Promise<Metering>
  /** Hears of an accepted use of a key whose record has `startsOverlap`, before it is answered; absent where uses are reported. */
  readonly noteFirstUse?: (record: CredentialRecord, now: number) => Promise<void>
}

export interface AuthenticatorOptions {
  /** `iss` of the tokens, compared character by character. */
  readonly issuer: string
  /** The API this verifier stands for: tokens must name it in `aud`. */
  readonly audience: string
  readonly environment: Environment | 'both'
  /** Takes credentials over plain http from this machine. */
  readonly development?: boolean
  /** Addresses and CIDR blocks of the proxies in front: only from them are `X-Forwarded-For` and `X-Forwarded-Proto` believed. Nobody by default (K8, V5). */
  readonly trustedProxies?: readonly string[]
  /** How far the clocks of issuer and verifier may differ: 0–60, 5 by default. */
  readonly leewaySeconds?: number
  /** What a self-contained token is worth while revocations cannot be heard (design, decision 21): `required` refuses it with 503. */
  readonly revocation?: 'best_effort' | 'required'
  /** Stored credentials and verified tokens remembered, each: 10,000 by default. */
  readonly cacheSize?: number
}
