/**
 * What is known of a stored credential (API key, opaque access token, root key), and the judging of it: status and time → environment → audience.
 * The server judges with it on every verification, SDKs on every hit of their cache.
 */
import type { Environment } from './credential.ts'
import type { Principal } from './principal.ts'
import type { Lifeline } from './revocation.ts'

export interface CredentialRecord {
  /** The principal this credential stands for, while it is alive. */
  readonly principal: Omit<Principal, 'revocationFresh'>
  /** False when the credential or anything it lives by has ended. */
  readonly alive: boolean
  /** Epoch milliseconds. */
  readonly notBefore?: number
  /** Everything whose end kills the credential. */
  readonly livesBy: readonly Lifeline[]
}

export type Verdict = 'alive' | 'revoked' | 'not_yet_valid' | 'expired' | 'wrong_environment' | 'wrong_audience'

export interface Circumstances {
  readonly now: number
  /** The environment the verifier serves; `undefined`: both. */
  readonly expectedEnvironment?: Environment
  /** The API the verifier stands for. Credentials with no audience (API keys) serve every API. */
  readonly expectedAudience?: string
}

/** Judges a record; the first reason against it counts. Does not look at scopes. */
export function judgeCredential(record: CredentialRecord, circumstances: Circumstances): Verdict {
  const { principal } = record
  if (!record.alive) return 'revoked'
  if (record.notBefore !== undefined && circumstances.now < record.notBefore) return 'not_yet_valid'
  if (principal.expiresAt !== undefined && circumstances.now >= principal.expiresAt) return 'expired'
  if (circumstances.expectedEnvironment !== undefined && principal.environment !== circumstances.expectedEnvironment) return 'wrong_environment'
  if (circumstances.expectedAudience !== undefined && principal.audience.length > 0 && !principal.audience.includes(circumstances.expectedAudience))
    return 'wrong_audience'
  return 'alive'
}
