/** What the acts on API keys stand on, and who may ask for them. */
import type { Environment, Origin } from '@latchwork/kernel'
import type { Pepper } from './pepper.ts'
import type { ApiKeysStore } from './store.ts'

export interface ApiKeys {
  readonly store: ApiKeysStore
  /** The infix in every key (K2). */
  readonly brand: string
  readonly policy?: Partial<KeyPolicy>
  /** Newest first; none: digests are stored as they are. */
  readonly peppers?: readonly Pepper[]
}

/** What an operator asks of keys. Each has a default: see `usualPolicy`. */
export interface KeyPolicy {
  /** Environments in which a key must have an expiry (K5). */
  readonly requireExpiry: readonly Environment[]
  /** How long a key may be made to live; absent: for ever. */
  readonly maxLifetimeMs: Readonly<Partial<Record<Environment, number>>>
  /** Environments in which a key must have networks that it works from (K8). */
  readonly requireNetworks: readonly Environment[]
  /** Active restricted keys, and publishable ones, of an account. */
  readonly mostPerAccount: number
  /** Active personal access tokens of a person. */
  readonly mostPerPerson: number
  /** Scopes by role. */
  readonly roles: ReadonlyMap<string, readonly string[]>
  /** Scopes that a publishable key may carry: those the declarations of APIs mark so. */
  readonly publishableScopes: readonly string[]
  /** What a person has, and a token of theirs can have (K18). */
  readonly personScopes: readonly string[]
}

export const usualPolicy: KeyPolicy = {
  requireExpiry: [],
  maxLifetimeMs: {},
  requireNetworks: [],
  mostPerAccount: 100,
  mostPerPerson: 100,
  roles: new Map(),
  publishableScopes: [],
  personScopes: [],
}

export function policyOf({ policy }: ApiKeys): KeyPolicy {
  return { ...usualPolicy, ...policy }
}

/** Who asks for something to be made or ended, and with which scopes of their own. */
export interface Maker {
  readonly kind: 'user' | 'root_key' | 'system'
  readonly id: string
  /** What the maker may hand on; a key never carries more (K7). `unlimited`: an operator, or a root key that may make keys for any account. */
  readonly ceiling: readonly string[] | 'unlimited'
  readonly origin: Origin
}
