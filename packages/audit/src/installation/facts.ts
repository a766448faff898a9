/** What is read of an installation: its configuration, and what a running server says of itself. Each part may be missing; then its rules find nothing. */
import type { Secret } from '@latchwork/kernel'
import type { FrontFacts } from './front.ts'

interface Lifetimes {
  readonly accessTokenLifetimeSeconds: number
  readonly refreshLifetimeSeconds: number
  readonly absoluteLifetimeSeconds: number
}

interface KeyTerms {
  readonly requireExpiry: boolean
  readonly maxLifetimeDays?: number
}

/** The part of the configuration that rules look at; the server's own `Config` is one. */
export interface ConfigFacts {
  readonly issuer: string
  readonly mode: 'development' | 'production'
  readonly http: { readonly host: string; readonly trustedProxies: readonly string[]; readonly tls?: unknown }
  readonly database: { readonly engine: 'sqlite' } | { readonly engine: 'postgres'; readonly url: Secret }
  readonly signing: { readonly rotateEveryDays: number; readonly publishAheadHours: number }
  readonly events: { readonly keepDays?: number }
  readonly keys: { readonly live: KeyTerms; readonly revokeOnPlainHttp: boolean; readonly unusedAfterDays: number }
  readonly leaks: { readonly policy: { readonly live: unknown }; readonly github?: { readonly keysUrl: string } }
  readonly signUp: { readonly open: boolean }
  readonly sessions: Lifetimes & { readonly allowedOrigins: readonly string[] }
  readonly oauth: Lifetimes
  readonly clientProofs: { readonly profiles: readonly string[]; readonly mtls?: { readonly header?: string } }
  readonly registration: {
    readonly mode: 'closed' | 'token' | 'open'
    readonly scopes: readonly string[]
    readonly redirectHosts: readonly string[]
    readonly needsStatement: boolean
    readonly perAddressPerHour: number
    readonly unusedAfterDays: number
  }
  readonly applications: { readonly maxPerPerson: number; readonly scopes: readonly string[] }
  readonly outbound: { readonly allow: readonly string[] }
  readonly mail?: { readonly smtpUrl: Secret }
  readonly alerts: { readonly webhook?: unknown; readonly emailTo: readonly string[] }
  readonly log: { readonly level: string }
  readonly apis: readonly { readonly identifier: string; readonly scopes: readonly { readonly name: string; readonly publishable?: boolean }[] }[]
  readonly clients: readonly ClientFacts[]
  readonly rootKeys: readonly { readonly name: string; readonly scopes: readonly string[] }[]
  readonly roles: readonly { readonly name: string; readonly scopes: readonly string[] }[]
}

/** A client, as the configuration declares it or the server lists it. */
export interface ClientFacts {
  readonly id: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly authenticationMethod: string
  readonly applicationType: string
  readonly environment: string
  readonly profile?: string
  readonly settings?: { readonly retryWindowSeconds?: number; readonly jwksUri?: string }
  readonly disabledAt?: string
}

/** An API key, as the server lists it; times in ISO 8601. */
export interface KeyFacts {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly environment: string
  readonly scopes: readonly string[]
  readonly networks: readonly unknown[]
  readonly createdAt: string
  readonly expiresAt?: string
  readonly lastUsedAt?: string
  readonly revokedAt?: string
}

export interface SigningKeyFacts {
  readonly kid: string
  readonly algorithm: string
  readonly state: string
  readonly publicKey: Readonly<Record<string, string>>
  readonly usedFrom: string
}

export interface InstallationFacts {
  /** Epoch milliseconds. */
  readonly now: number
  readonly config?: ConfigFacts
  /** Of the running server. */
  readonly clients?: readonly ClientFacts[]
  readonly keys?: readonly KeyFacts[]
  readonly signingKeys?: readonly SigningKeyFacts[]
  readonly front?: FrontFacts
}

/** Every client that works, each once: what the server lists goes before what is declared. */
export function clientsOf({ config, clients = [] }: InstallationFacts): readonly ClientFacts[] {
  const listed = new Set(clients.map(({ id }) => id))
  return [...clients, ...(config?.clients ?? []).filter(({ id }) => !listed.has(id))].filter(({ disabledAt }) => disabledAt === undefined)
}

/** Keys that work now. */
export function liveKeysOf({ keys = [], now }: InstallationFacts): readonly KeyFacts[] {
  return keys.filter(
    ({ environment, revokedAt, expiresAt }) => environment === 'live' && revokedAt === undefined && (expiresAt === undefined || Date.parse(expiresAt) > now),
  )
}
