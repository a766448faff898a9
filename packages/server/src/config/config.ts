/** The configuration as the server takes it: complete, checked, frozen; every secret is wrapped. */
import type { AskedProfile } from '@latchwork/accounts'
import type { LeakPolicy, Pepper } from '@latchwork/api-keys'
import type { Environment, Secret } from '@latchwork/kernel'
import type { ClientAuthenticationMethod, ClientProfile, ClientSettings, GrantType, RegistrationPolicy, StatementIssuer } from '@latchwork/oauth'
import type { SigningAlgorithm } from '@latchwork/signing'
import type { Accent } from '../look/accent.ts'
import type { SiteLogo } from '../look/logo.ts'
import type { DeliveryTarget } from './delivery-target.ts'
import type { GithubKey } from './leak-options.ts'
import type { OptionValues } from './options.ts'

export interface DeclaredApi {
  /** Its resource indicator (RFC 8707) and the `aud` of its tokens. */
  readonly identifier: string
  readonly name: string
  /** `publishable`: a publishable key may carry it, so that anybody who reads a web page has it. */
  readonly scopes: readonly { readonly name: string; readonly description: string; readonly publishable?: boolean }[]
  /** Whether session tokens of your own front ends are for this API. */
  readonly firstParty: boolean
  /** What OAuth access tokens for this API are; `opaque` by default. */
  readonly tokenFormat?: 'opaque' | 'jwt'
  readonly tokenSigningAlg?: SigningAlgorithm
  readonly accessTokenLifetimeSeconds?: number
  readonly unsafeLongAccessTokens?: { readonly reason: string }
  /** Confidential clients that are this API itself. */
  readonly introspectionClients?: readonly string[]
}

export interface DeclaredClient {
  readonly id: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  readonly scopes: readonly string[]
  /** Identifiers of declared APIs. */
  readonly audiences: readonly string[]
  readonly authenticationMethod: ClientAuthenticationMethod
  /** SHA-256, base64url, of the secrets that are good now; empty for a public client. */
  readonly secretDigests: readonly string[]
  readonly applicationType: 'web' | 'native'
  readonly environment: Environment
  readonly homepage?: string
  readonly accountId?: string
  readonly profile?: ClientProfile
  readonly settings?: ClientSettings
}

export interface DeclaredUser {
  /** In its canonical spelling. */
  readonly email: string
  readonly name?: string
  /** PHC string of Argon2id. */
  readonly passwordHash: Secret
  readonly operator: boolean
  /** Standard claims (OpenID Connect Core §5.1). */
  readonly profile?: AskedProfile
}

export interface DeclaredAccount {
  readonly id: string
  readonly name: string
}

/** A name for scopes that keys carry together. What it stands for is what the configuration says now. */
export interface DeclaredRole {
  readonly name: string
  readonly scopes: readonly string[]
}

export interface DeclaredRootKey {
  /** SHA-256, base64url. */
  readonly digest: string
  readonly scopes: readonly string[]
  readonly name: string
}

/** What an environment asks of how long its keys live. */
export interface KeyLifetime {
  readonly requireExpiry: boolean
  readonly maxLifetimeDays?: number
}

export interface Config {
  /** An origin, without slash: `https://auth.example.com`. */
  readonly issuer: string
  readonly mode: 'development' | 'production'
  readonly http: {
    readonly port: number
    readonly host: string
    /** Addresses and CIDR blocks, checked. */
    readonly trustedProxies: readonly string[]
    /** Present if the server speaks TLS by itself: PEM, checked to belong together. */
    readonly tls?: { readonly cert: string; readonly key: Secret }
  }
  /** Absolute path of the data folder; it need not exist yet. */
  readonly data: string
  readonly database:
    | { readonly engine: 'sqlite'; readonly file: string }
    | { readonly engine: 'postgres'; readonly url: Secret; readonly connections: number; readonly waitSeconds: number }
  /** The server's secret key, given or in a file that the first start makes: see `openSecretKey`. */
  readonly secretKey: { readonly given: Secret } | { readonly file: string }
  /** Open what they sealed before `secretKey` was in force. */
  readonly formerSecretKeys: readonly Secret[]
  readonly signing: { readonly rotateEveryDays: number; readonly publishAheadHours: number; readonly ed25519Name: OptionValues['signing.ed25519Name'] }
  /** How long events are kept; `keepDays` absent: for ever. */
  readonly events: { readonly keepDays?: number }
  readonly site: {
    readonly name: string
    /** `dark` is shown in dark mode. `hasName`: the name need not stand beside it. */
    readonly logo?: { readonly picture: SiteLogo; readonly dark?: SiteLogo; readonly hasName: boolean }
    /** Checked to be seen; `undefined` is that of the stylesheet. */
    readonly accents: { readonly light: Accent | undefined; readonly dark: Accent | undefined }
  }
  readonly keys: {
    readonly brand: string
    readonly live: KeyLifetime
    readonly test: KeyLifetime
    readonly maxPerAccount: number
    readonly maxPerPerson: number
    readonly unusedAfterDays: number
    readonly expiringWithinDays: number
    readonly requireNetworks: boolean
    readonly revokeOnPlainHttp: boolean
    /** Digests are stored under the first. */
    readonly peppers: readonly Pepper[]
  }
  readonly leaks: {
    readonly policy: LeakPolicy
    /** Present if scanners of the operator may report. */
    readonly webhookSecret?: Secret
    /** Present if GitHub's reports are taken. */
    readonly github?: { readonly keysUrl: string /** Pinned: no other is believed. */; readonly keys: readonly GithubKey[] }
  }
  readonly signUp: { readonly open: boolean }
  readonly sessions: {
    readonly accessTokenLifetimeSeconds: number
    readonly refreshLifetimeSeconds: number
    readonly absoluteLifetimeSeconds: number
    readonly allowedOrigins: readonly string[]
  }
  readonly oauth: {
    readonly accessTokenLifetimeSeconds: number
    readonly refreshLifetimeSeconds: number
    readonly absoluteLifetimeSeconds: number
    readonly codeLifetimeSeconds: number
  }
  /** How clients may prove themselves. */
  readonly clientProofs: {
    /** Those that clients may have. */
    readonly profiles: readonly ClientProfile[]
    /** Present if certificates count: the authorities (PEM) of `tls_client_auth`, and the header of a trusted proxy. */
    readonly mtls?: { readonly authorities: readonly string[]; readonly header?: string }
  }
  /** Who may register clients by themselves, and what becomes of them. */
  readonly registration: Omit<RegistrationPolicy, 'statementIssuers'> & { readonly perAddressPerHour: number; readonly unusedAfterDays: number }
  readonly statementIssuers: readonly StatementIssuer[]
  /** What developers may register for themselves. */
  readonly applications: { readonly maxPerPerson: number; readonly scopes: readonly string[]; readonly audiences: readonly string[] }
  /** What outbound requests may reach beside the public internet: see the guarded fetcher. */
  readonly outbound: { readonly allow: readonly string[]; readonly extraCa?: string }
  readonly mail?: { readonly smtpUrl: Secret; readonly from: string }
  /** What is told of unusual use of keys, and how it leaves the server. */
  readonly alerts: {
    readonly webhook?: { readonly url: string; readonly secret: Secret }
    readonly emailTo: readonly string[]
    readonly silenceDays: number
    readonly spikeFactor: number
    readonly refusalsPerMinute: number
    readonly networksAtOnce: number
  }
  readonly demo: boolean
  readonly log: { readonly level: NonNullable<OptionValues['log.level']>; readonly format: 'json' | 'pretty' }
  readonly apis: readonly DeclaredApi[]
  readonly clients: readonly DeclaredClient[]
  readonly users: readonly DeclaredUser[]
  readonly accounts: readonly DeclaredAccount[]
  readonly rootKeys: readonly DeclaredRootKey[]
  readonly roles: readonly DeclaredRole[]
  /** Where rotated keys may be delivered to. */
  readonly deliveryTargets: readonly DeliveryTarget[]
  /** What is unsafe but allowed: sentences for the log at start. */
  readonly warnings: readonly string[]
  /** The configuration file that was read, if one was. */
  readonly file?: string
}
