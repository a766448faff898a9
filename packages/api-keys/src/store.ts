/** What API keys ask of a store. Keys are found by digest or id, never by their text. */
import type { CredentialRecord, Environment, Journal, KeyKind, Page, PageRequest } from '@latchwork/kernel'

export interface ApiKey {
  readonly id: string
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  readonly name: string
  readonly scopes: readonly string[]
  /** First 8 and last 4 characters. */
  readonly fingerprint: string
  /** The one of an account's two secret keys per environment that is the current one. */
  readonly isPrimary: boolean
  /** Id of whoever made it. */
  readonly createdBy: string
  readonly createdAt: number
  readonly notBefore?: number
  readonly expiresAt?: number
  readonly revokedAt?: number
  readonly revokedReason?: string
}

export interface NewApiKey extends Omit<ApiKey, 'isPrimary' | 'revokedAt' | 'revokedReason'> {
  readonly digest: string
}

export interface RootKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly fingerprint: string
  readonly createdAt: number
  readonly revokedAt?: number
}

export interface NewRootKey extends Omit<RootKey, 'revokedAt'> {
  readonly digest: string
}

export interface KeyFilter extends PageRequest {
  readonly accountId?: string
  readonly environment?: Environment
}

export interface ApiKeysStore {
  /**
   * Writes the key. A secret key (`sk`) takes one of its account's two places in the environment, held by a constraint of the database; expired keys free theirs in the
   * same act. The first becomes the primary one. `slots_taken` (and nothing written) when both are held.
   */
  readonly createKey: (key: NewApiKey, journal: Journal) => Promise<ApiKey | 'slots_taken'>
  readonly findKey: (keyId: string) => Promise<ApiKey | undefined>
  readonly listKeys: (filter: KeyFilter) => Promise<Page<ApiKey>>
  readonly findKeyByDigest: (digest: string) => Promise<CredentialRecord | undefined>
  /** Ends the key and frees its place; false (and nothing written) if it had ended before or never was. */
  readonly revokeKey: (keyId: string, reason: string, now: number, journal: Journal) => Promise<boolean>
  readonly createRootKey: (key: NewRootKey, journal: Journal) => Promise<void>
  readonly listRootKeys: () => Promise<readonly RootKey[]>
  readonly findRootKeyByDigest: (digest: string) => Promise<CredentialRecord | undefined>
  readonly revokeRootKey: (rootKeyId: string, now: number, journal: Journal) => Promise<boolean>
}
