/** What authentication asks of its surroundings: the server answers with its own store and keys, the SDK over HTTP. */
import type { Clock, CredentialRecord, Environment, ParsedCredential } from '@latchwork/kernel'
import type { VerificationKey } from './jwt/verification-key.ts'

export interface FoundCredential {
  readonly record: CredentialRecord
  /** The newest feed id known where the record was read, before it was read: the record takes every revocation up to it into account. */
  readonly asOf: number
}

export interface AuthenticatorPorts {
  readonly clock: Clock
  /** The record under this digest, read now; `undefined` if there is none. Rejects when it cannot be read: that is answered with 503, never with 401. */
  readonly findCredential: (parsed: ParsedCredential, digest: string) => Promise<FoundCredential | undefined>
  /** The issuer's signing key of this id. Synchronous where it is known, which keeps the hot path so. */
  readonly findKey: (kid: string) => VerificationKey | undefined | Promise<VerificationKey | undefined>
  /** Epoch milliseconds when the revocation channel was last known whole; the current time while it is; 0 before it has been. */
  readonly freshAt: (now: number) => number
}

export interface AuthenticatorOptions {
  /** `iss` of the tokens, compared character by character. */
  readonly issuer: string
  /** The API this verifier stands for: tokens must name it in `aud`. */
  readonly audience: string
  readonly environment: Environment | 'both'
  /** Takes credentials over plain http from this machine. */
  readonly development?: boolean
  /** How far the clocks of issuer and verifier may differ: 0–60, 5 by default. */
  readonly leewaySeconds?: number
  /** What a self-contained token is worth while revocations cannot be heard (design, decision 21): `required` refuses it with 503. */
  readonly revocation?: 'best_effort' | 'required'
  /** Stored credentials and verified tokens remembered, each: 10,000 by default. */
  readonly cacheSize?: number
}
