/** The one answer of verification: who is calling, on whose behalf, and what may they do. */
import type { Environment } from './credential.ts'
import type { Metadata } from './metadata.ts'
import type { Metering } from './metering.ts'

export type Mechanism = 'api_key' | 'session' | 'oauth' | 'root_key'

export interface Principal {
  readonly mechanism: Mechanism
  /** Who calls: a user's id where a person is behind the call, else the id of the key, client or root key. */
  readonly subject: string
  /** The person, if there is one. */
  readonly userId?: string
  /** The account (organisation) whose data the call is about, if the credential belongs to one. */
  readonly accountId?: string
  /** The OAuth client, if one acts. */
  readonly clientId?: string
  readonly environment: Environment
  readonly scopes: readonly string[]
  /** The APIs the credential is for; empty: not restricted to one (API keys). */
  readonly audience: readonly string[]
  /** Public id of the credential (a key's id, a token's `jti`). */
  readonly credentialId: string
  /** First 8 and last 4 characters of the credential; empty for a JWT, which is no secret form of ours. */
  readonly fingerprint: string
  /** Epoch milliseconds. */
  readonly expiresAt?: number
  readonly sessionId?: string
  readonly grantId?: string
  /** What the owner of the key calls whoever it was given to, and wrote on it; of API keys that have them. */
  readonly externalId?: string
  readonly metadata?: Metadata
  /** False when the verifier could not hear of revocations just now (design, decision 21). */
  readonly revocationFresh: boolean
  /** What this call left of the credential's limits and credits, if it has any. */
  readonly metering?: Metering
}
