/**
 * JWTs of the issuer: known by their signature, so that no look-up is needed (J3). What has been verified is remembered; expiry, deny-list, key,
 * environment and audience are judged on every use.
 */
import { type CredentialRecord, digestOf, type Principal, Refusal, refuse } from '@latchwork/kernel'
import { BoundedCache } from './bounded-cache.ts'
import { aboutOf, checkAlive, frozenPrincipal } from './judge.ts'
import { algorithms } from './jwt/algorithms.ts'
import { checkClaims } from './jwt/check-claims.ts'
import { checkHeader } from './jwt/check-header.ts'
import { type CompactToken, parseCompact } from './jwt/parse-compact.ts'
import { tokenTypes } from './jwt/token-types.ts'
import type { VerificationKey } from './jwt/verification-key.ts'
import type { AuthenticatorPorts } from './ports.ts'
import type { RevocationMemory } from './revocation-memory.ts'
import type { VerifierTerms } from './terms.ts'

const MAX_TOKEN_LENGTH = 8192

/** Who presented it, and what is known of it. */
export interface Proven {
  readonly record: CredentialRecord
  readonly principal: Principal
}

interface VerifiedToken extends Proven {
  /** The key it was verified with: when the issuer withdraws it, the token is no longer good. */
  readonly key: VerificationKey
  readonly issuedAt: number
}

export class SignedTokens {
  readonly #ports: AuthenticatorPorts
  readonly #terms: VerifierTerms
  readonly #memory: RevocationMemory
  readonly #verified: BoundedCache<VerifiedToken>

  constructor(ports: AuthenticatorPorts, terms: VerifierTerms, memory: RevocationMemory) {
    this.#ports = ports
    this.#terms = terms
    this.#memory = memory
    this.#verified = new BoundedCache(terms.cacheSize)
  }

  /**
   * Form → header → key → signature → claims → deny-list → time, environment, audience. A promise only where the key must be fetched; a refusal by value for what this issuer
   * did not sign.
   */
  authenticate(text: string, now: number, fresh: boolean, address: string | undefined): Proven | Refusal | Promise<Proven | Refusal> {
    if (text.length > MAX_TOKEN_LENGTH) return new Refusal('credential_malformed', { reason: 'too long' })
    const digest = digestOf(text) // of the whole token: what is remembered of one can never be given for another
    const known = this.#verified.get(digest)
    if (known !== undefined && this.#ports.findKey(known.key.kid) === known.key) return this.#judged(known, now, fresh, address)
    const token = parseCompact(text)
    if (token === undefined) return new Refusal('credential_malformed', { reason: 'not a compact JWS' })
    const header = checkHeader(token.header)
    if (header instanceof Refusal) return header
    const key = this.#ports.findKey(header.kid)
    const prove = (found: VerificationKey | undefined, at: number) => {
      const signer = provenKey(token, header.algorithm, found)
      if (signer instanceof Refusal) return signer
      const verified = this.#verify(token, header.type, signer, at)
      this.#verified.set(digest, verified)
      return this.#judged(verified, at, fresh, address)
    }
    if (!(key instanceof Promise)) return prove(key, now)
    return key.catch(refuseUnreadKey).then((found) => prove(found, this.#ports.clock.now()))
  }

  get size(): number {
    return this.#verified.size
  }

  #verify(token: CompactToken, type: string, key: VerificationKey, now: number): VerifiedToken {
    const { issuedAt, expiresAt } = checkClaims(token.claims, { issuer: this.#terms.issuer, leewayMs: this.#terms.leewayMs, now })
    const read =
      tokenTypes.get(type)?.readRecord(token.claims, expiresAt) ?? refuse('credential_invalid', { reason: 'a claim is missing or of the wrong type' })
    // A revoked key takes with it what it signed, before the key set was fetched anew.
    const record: CredentialRecord = { ...read, livesBy: [...read.livesBy, `signing_key:${key.kid}`] }
    return { record, principal: frozenPrincipal(record.principal, true), key, issuedAt }
  }

  /** What can change while a token is remembered. */
  #judged(verified: VerifiedToken, now: number, fresh: boolean, address: string | undefined): Proven {
    const { record, principal } = verified
    if (this.#memory.hasEnded(record.livesBy, verified.issuedAt)) return refuse('credential_invalid', { reason: 'revoked', about: aboutOf(principal) })
    checkAlive(record, this.#terms.circumstances(now - this.#terms.leewayMs, address))
    if (fresh) return verified
    if (this.#terms.revocationRequired) return refuse('revocations_unknown', { about: aboutOf(principal) })
    return { record, principal: frozenPrincipal(record.principal, false) }
  }
}

/** The key the token was signed with, or a refusal `credential_invalid`. */
function provenKey(token: CompactToken, algorithm: string, key: VerificationKey | undefined): VerificationKey | Refusal {
  if (key === undefined) return new Refusal('credential_invalid', { reason: 'kid is not a key of the issuer' })
  if (key.algorithm !== algorithm) return new Refusal('credential_invalid', { reason: 'alg is not that of the key' }) // RFC 8725 §3.1
  if (algorithms.get(algorithm)?.verifies(token.signed, key.key, token.signature) === true) return key
  return new Refusal('credential_invalid', { reason: 'signature' })
}

function refuseUnreadKey(cause: unknown): never {
  if (cause instanceof Refusal) throw cause
  return refuse('store_unavailable', { reason: 'the signing keys could not be read', cause })
}
