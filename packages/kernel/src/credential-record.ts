/**
 * What is known of a stored credential (API key, opaque access token, root key), and the judging of it: status and time → environment → address → audience.
 * The server judges with it on every verification, SDKs on every hit of their cache.
 */
import type { Environment } from './credential.ts'
import type { NamedLimit } from './metering.ts'
import { isInNetworks } from './network.ts'
import type { Principal } from './principal.ts'
import type { Lifeline } from './revocation.ts'

export interface CredentialRecord {
  /** The principal this credential stands for, while it is alive. */
  readonly principal: Omit<Principal, 'revocationFresh'>
  /** False when the credential or anything it lives by has ended. */
  readonly alive: boolean
  /** It is stopped for a while, by itself, and so not alive. */
  readonly disabled?: true
  /** Epoch milliseconds. */
  readonly notBefore?: number
  /** Everything whose end kills the credential. */
  readonly livesBy: readonly Lifeline[]
  /** The only networks it may be used from, canonical (`parseNetwork`); absent or empty: any. */
  readonly networks?: readonly string[]
  /** It has limits or credits: only a server, which sees every use, may answer for it (design, decision 21). */
  readonly metered?: true
  /** Known where uses are counted; not told to others. */
  readonly limits?: readonly NamedLimit[]
  readonly hasCredits?: true
  /** The first use that is accepted starts the clock of the key before it. Known where keys are kept; not told to others. */
  readonly startsOverlap?: true
}

export type Verdict = 'alive' | 'revoked' | 'disabled' | 'not_yet_valid' | 'expired' | 'wrong_environment' | 'wrong_address' | 'wrong_audience'

export interface Circumstances {
  readonly now: number
  /** The environment the verifier serves; `undefined`: both. */
  readonly expectedEnvironment?: Environment
  /** Where the call comes from; unknown, it is in none of the networks a credential is bound to. */
  readonly address?: string | undefined
  /** The API the verifier stands for. Credentials with no audience (API keys) serve every API. */
  readonly expectedAudience?: string
}

/** Judges a record; the first reason against it counts. Does not look at scopes. */
export function judgeCredential(record: CredentialRecord, circumstances: Circumstances): Verdict {
  const { principal } = record
  if (!record.alive) return record.disabled === true ? 'disabled' : 'revoked'
  if (record.notBefore !== undefined && circumstances.now < record.notBefore) return 'not_yet_valid'
  if (principal.expiresAt !== undefined && circumstances.now >= principal.expiresAt) return 'expired'
  if (circumstances.expectedEnvironment !== undefined && principal.environment !== circumstances.expectedEnvironment) return 'wrong_environment'
  if (!isAddressAllowed(record, circumstances.address)) return 'wrong_address'
  if (circumstances.expectedAudience !== undefined && principal.audience.length > 0 && !principal.audience.includes(circumstances.expectedAudience))
    return 'wrong_audience'
  return 'alive'
}

function isAddressAllowed({ networks }: CredentialRecord, address: string | undefined): boolean {
  return networks === undefined || networks.length === 0 || (address !== undefined && isInNetworks(networks, address))
}
