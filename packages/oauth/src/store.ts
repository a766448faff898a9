/** What OAuth asks of a store, beside what authority asks. */
import type { Grant, NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import type { Environment, Journal, NewEvent, Origin, Page, PageRequest, Secret } from '@latchwork/kernel'

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post'
export type ClientProfile = 'oauth21'

export interface Client {
  readonly id: string
  readonly name: string
  readonly profile: ClientProfile
  readonly applicationType: 'web' | 'native'
  readonly authenticationMethod: ClientAuthenticationMethod
  readonly environment: Environment
  readonly redirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  /** Scopes the client may ask for. */
  readonly scopes: readonly string[]
  /** Identifiers of the APIs the client may ask tokens for; the first is its default. Empty: the issuer alone. */
  readonly audiences: readonly string[]
  /** Where people can read about the application. */
  readonly homepage?: string
  /** The account it belongs to; a client acting for itself acts for it. */
  readonly accountId?: string
  readonly createdAt: number
  readonly disabledAt?: number
}

export interface ClientWithSecrets {
  readonly client: Client
  /** Digests of the secrets that are good now. */
  readonly secretDigests: readonly string[]
}

/** A person's word to a client. */
export interface Consent {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly givenAt: number
}

export interface NewCode {
  readonly digest: string
  readonly clientId: string
  readonly grantId: string
  /** As sent; the token request must repeat it. */
  readonly redirectUri: string
  /** S256 challenge (RFC 7636 §4.2). */
  readonly challenge: string
  readonly nonce?: string
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface CodeRecord extends NewCode {
  readonly grant: Grant
  readonly consumedAt?: number
  /** Grant, consent, login session, user and client all alive. Says nothing of time. */
  readonly alive: boolean
}

export interface NewAuthorization {
  /** Id of the login session in which the person said yes: it must still be alive in the act, whether or not the grant lives by it. */
  readonly sessionId: string
  /** The consent as it stands after this act: made, or widened. */
  readonly consent: Consent
  /** The person was not asked: the consent must still be in force and cover the grant, and is not written. */
  readonly isRemembered?: boolean
  /** Scopes the person was asked for and left out: the consent no longer covers them. */
  readonly withdrawn?: readonly string[]
  readonly grant: Grant
  readonly code: NewCode
}

/** A connected account's key (K17): restricted, and alive as long as the consent. */
export interface NewConnectedKey {
  readonly id: string
  /** As api-keys store it. */
  readonly digest: string
  readonly fingerprint: string
  readonly accountId: string
  readonly environment: Environment
  readonly name: string
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly consentId: string
  /** The grant whose code bought it: if that code comes twice, the key ends. */
  readonly grantId: string
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lifetimeMs?: number
}

export interface ConnectedKeyWish {
  readonly client: { readonly id: string; readonly name: string; readonly environment: Environment }
  readonly userId: string
  readonly consentId: string
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly origin: Origin
}

export interface MintedConnectedKey {
  readonly record: NewConnectedKey
  readonly secret: Secret
  readonly event: NewEvent
}

/** Filled by api-keys. Writes nothing: the key is written by the act that uses up the code. */
export type MintConnectedKey = (wish: ConnectedKeyWish, now: number) => Promise<MintedConnectedKey>

export interface CodeRedemption {
  readonly codeDigest: string
  readonly now: number
  readonly accessToken: NewAccessToken
  readonly refreshToken?: NewRefreshToken
  /** Takes the place of the key the consent bought before, with what operators set on that one: networks, limits, credits. The former lives on for `formerUntil`, those before it end. */
  readonly connectedKey?: NewConnectedKey & { readonly formerUntil: number }
}

export interface OAuthStore {
  readonly createClient: (client: Client, secretDigest: string | undefined, journal: Journal) => Promise<void>
  /** Makes the client or brings it in line with the configuration; its secrets become exactly the given ones. */
  readonly declareClient: (client: Client, secretDigests: readonly string[], now: number, journal: Journal) => Promise<void>
  readonly findClient: (clientId: string) => Promise<ClientWithSecrets | undefined>
  readonly listClients: (page: PageRequest) => Promise<Page<Client>>
  /** False (and nothing written) if it was disabled before or never was. */
  readonly disableClient: (clientId: string, now: number, journal: Journal) => Promise<boolean>
  /** The consent in force, if any. */
  readonly findConsent: (userId: string, clientId: string) => Promise<Consent | undefined>
  readonly listConsents: (userId: string) => Promise<readonly (Consent & { readonly clientName: string })[]>
  /** Ends the consent, and every grant and key under it; false (and nothing written) if it had ended before or is not this user's. */
  readonly endConsent: (consentId: string, userId: string, now: number, journal: Journal) => Promise<boolean>
  /** Consent, grant and code, all or nothing; false (and nothing written) if login session, person or client ended meanwhile. */
  readonly authorize: (authorization: NewAuthorization, journal: Journal) => Promise<boolean>
  readonly findCode: (digest: string) => Promise<CodeRecord | undefined>
  /** Consumes the code and inserts what it buys, all or nothing; false (and nothing written) if it was consumed already or its grant has ended. */
  readonly redeemCode: (redemption: CodeRedemption, journal: Journal) => Promise<boolean>
  /** A token for the client itself; false (and nothing written) if the client was disabled meanwhile. */
  readonly issueClientToken: (accessToken: NewAccessToken, journal: Journal) => Promise<boolean>
}
