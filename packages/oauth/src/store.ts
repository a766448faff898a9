/** What OAuth asks of a store, beside what authority asks. */
import type { Grant, NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import type { Environment, Journal, ListFilter, NewEvent, Once, Origin, Page, Repeated, Secret } from '@latchwork/kernel'

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials' | 'urn:ietf:params:oauth:grant-type:device_code'
export type ClientAuthenticationMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'
export type ClientProfile = 'oauth21' | 'oidc-compat'

/** Algorithms of our own signatures for clients (RFC 7518 §3.1, RFC 9864). */
export type TokenSigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'Ed25519'

/** How a client wants a token encrypted (RFC 7516): key management and content encryption algorithm. */
export interface Encryption {
  readonly alg: string
  readonly enc: string
}

/** What a client may set beyond what every client has (OpenID Connect Registration §2, RFC 7591 §2, the logout specifications). An absent member has its default. */
export interface ClientSettings {
  readonly logoUri?: string
  readonly policyUri?: string
  readonly termsUri?: string
  readonly contacts?: readonly string[]
  readonly softwareId?: string
  readonly softwareVersion?: string
  /** The operator knows who is behind the application; else people are warned, and asked each time. */
  readonly isAssured?: boolean
  /** Made by the application itself (RFC 7591), not by an operator or a developer. */
  readonly isDynamic?: boolean
  /** The most that an operator leaves it: it may take less by itself, and not more. Set where an operator changes the scopes, or takes an API, of a client that registered itself or is a developer's. */
  readonly mostScopes?: readonly string[]
  /** The software statement it registered with, to the letter (RFC 7591 §2.3): what it says overrules the client at each change. */
  readonly softwareStatement?: string
  /** Its public keys, or where they are (RFC 7591 §2: one or the other). */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  readonly jwksUri?: string
  readonly tokenEndpointAuthSigningAlg?: string
  /** Of its certificate, for `tls_client_auth` (RFC 8705 §2.1.2): one of them. */
  readonly tlsClientAuth?: { readonly by: 'subject_dn' | 'san_dns' | 'san_uri' | 'san_ip' | 'san_email'; readonly value: string }
  readonly subjectType?: 'public' | 'pairwise'
  readonly sectorIdentifierUri?: string
  readonly idTokenSigningAlg?: TokenSigningAlgorithm
  readonly idTokenEncryption?: Encryption
  /** ID tokens tell what the granted scopes stand for too, not UserInfo alone (OpenID Connect Core §5.4). */
  readonly idTokenScopeClaims?: boolean
  /** Absent: UserInfo is plain JSON. */
  readonly userInfoSigningAlg?: TokenSigningAlgorithm
  readonly userInfoEncryption?: Encryption
  readonly introspectionSigningAlg?: TokenSigningAlgorithm
  readonly introspectionEncryption?: Encryption
  readonly defaultMaxAgeSeconds?: number
  readonly requireAuthTime?: boolean
  readonly defaultAcrValues?: readonly string[]
  /** Requests without `state` are refused (O5). */
  readonly requireState?: boolean
  readonly initiateLoginUri?: string
  readonly postLogoutRedirectUris?: readonly string[]
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
  readonly frontchannelLogoutUri?: string
  readonly frontchannelLogoutSessionRequired?: boolean
  /** How long the predecessor of a refresh token gets the same successor again (design, decision 3); 0 by default. */
  readonly retryWindowSeconds?: number
}

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
  /** The developer who registered it for themselves. */
  readonly ownerId?: string
  readonly createdAt: number
  readonly disabledAt?: number
  readonly settings: ClientSettings
}

export interface ClientSecretRecord {
  readonly digest: string
  readonly createdAt: number
  /** From then on it is no secret any more: it was rolled. */
  readonly expiresAt?: number
}

export interface ClientWithSecrets {
  readonly client: Client
  /** Those that are kept, the newest first; whether one is good now is for who asks to say. */
  readonly secrets: readonly ClientSecretRecord[]
}

/** What is written beside a new client, in the same act. */
export interface CreationTerms {
  /** Of the token with which the client reads and changes its own registration (RFC 7592). */
  readonly registrationDigest?: string
  /** An initial access token to be used once more; it must still be good. */
  readonly initialTokenId?: string
  /** How many living clients the owner may have, this one included. */
  readonly mostOfOwner?: number
  readonly once?: Once
}

export type ClientCreation = 'created' | 'token_used_up' | 'limit_reached' | Repeated<string>

/** What a change of a client does to its secrets. */
export type SecretChange = { readonly digest: string } | 'drop'

/** What is written beside a change of a client, in the same act. */
export interface ChangeTerms {
  readonly secret?: SecretChange
  readonly once?: Once
}

export interface SecretRoll {
  readonly clientId: string
  readonly digest: string
  /** When the secret before it ends, at the latest. */
  readonly formerEndsAt: number
  /** A secret that is in its overlap already ends in the same act. */
  readonly endsOlder: boolean
  readonly now: number
}

/** Lets its bearer register clients (RFC 7591 §3). */
export interface InitialToken {
  readonly id: string
  readonly name: string
  readonly fingerprint: string
  /** Absent: as many as it likes. */
  readonly usesLeft?: number
  /** The operator knows who has it, and vouches for what they register. */
  readonly vouches?: boolean
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt?: number
}

export interface ClientFilter extends ListFilter {
  /** Whose application it is. */
  readonly ownerId?: string
  readonly accountId?: string
  readonly environment?: Environment
  readonly profile?: Client['profile']
  readonly state?: 'active' | 'disabled'
}

/** A person's word to a client. */
export interface Consent {
  readonly id: string
  readonly userId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
  readonly givenAt: number
  /** `profile` was allowed when its sentence spoke of all of it (decision 0033). */
  readonly profileIsWhole?: boolean
}

export interface NewCode {
  readonly digest: string
  readonly clientId: string
  readonly grantId: string
  /** As sent; the token request must repeat it. */
  readonly redirectUri: string
  /** S256 challenge (RFC 7636 §4.2); absent only where the client's profile lets it. */
  readonly challenge?: string
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

/** What the person was asked for and left out: the consent no longer covers it. */
export interface Withdrawal {
  readonly scopes: readonly string[]
  /** When the last self-contained token issued before has expired; epoch milliseconds. */
  readonly tokensUntil: number
}

export interface NewAuthorization {
  /** Id of the login session in which the person said yes: it must still be alive in the act, whether or not the grant lives by it. */
  readonly sessionId: string
  /** The consent as it stands after this act: made, or widened. */
  readonly consent: Consent
  /** The person was not asked: the consent must still be in force and cover the grant, and is not written. */
  readonly isRemembered?: boolean
  /** What the consent must cover: the grant's scopes, and those that stand for claims asked for one by one (OpenID Connect Core §5.5). */
  readonly allowed?: readonly string[]
  readonly withdrawn?: Withdrawal
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
  /** Absent where the code buys a self-contained one, which is not stored. */
  readonly accessToken?: NewAccessToken
  readonly refreshToken?: NewRefreshToken
  /** Takes the place of the key the consent bought before, with what operators set on that one: networks, limits, credits. The former lives on for `formerUntil`, those before it end. */
  readonly connectedKey?: NewConnectedKey & { readonly formerUntil: number }
}

export interface OAuthStore {
  /** The client, its secret and its terms, all or nothing. A call that was answered before gives the id of the client that was made then. */
  readonly createClient: (client: Client, secretDigest: string | undefined, journal: Journal, terms?: CreationTerms) => Promise<ClientCreation>
  /** Replaces what may change of a living client, if it is still as it was read; `undefined` (and nothing written) if it was changed or disabled meanwhile. */
  readonly updateClient: (before: Client, after: Client, now: number, journal: Journal, terms?: ChangeTerms) => Promise<Client | undefined | Repeated<Client>>
  /**
   * A new secret, and the end of the one before. `taken` (and nothing written) when two are alive and none of them is told to end, `gone` when the client is not there, is
   * disabled or has no secret.
   */
  readonly rollClientSecret: (roll: SecretRoll, journal: Journal, once?: Once) => Promise<'rolled' | 'taken' | 'gone' | Repeated<'rolled'>>
  /** Makes the client or brings it in line with the configuration; its secrets become exactly the given ones. @param journalOf what it was, `undefined` where it was not there. */
  readonly declareClient: (client: Client, secretDigests: readonly string[], now: number, journalOf: (before: Client | undefined) => Journal) => Promise<void>
  readonly findClient: (clientId: string) => Promise<ClientWithSecrets | undefined>
  /** Newest first. */
  readonly listClients: (filter: ClientFilter) => Promise<Page<Client>>
  /** The client, alive or not, whose registration this token opens. */
  readonly findRegistration: (registrationDigest: string) => Promise<Client | undefined>
  /** Removes clients that registered themselves before that time and hold nothing of anybody: no consent, no grant, no token, no device that waits. At most so many; gives their ids. */
  readonly removeUnusedRegistrations: (before: number, limit: number, journalOf: (ids: readonly string[]) => Journal) => Promise<readonly string[]>
  /** Looks at so many access tokens behind this id and removes those that expired before that time; gives the id to go on from, undefined at the end. */
  readonly removeExpiredTokens: (after: string, before: number, limit: number) => Promise<string | undefined>
  /** The same of grants that are over, with their tokens and codes; and of refresh tokens that expired before that time, wherever they stand. */
  readonly removeOverGrants: (after: string, before: number, limit: number) => Promise<string | undefined>
  /** The same of login sessions that ended or expired before that time. */
  readonly removeOverSessions: (after: string, before: number, limit: number) => Promise<string | undefined>
  /** The same of consents that were taken back before that time, and under which no grant and no key stands. */
  readonly removeOverConsents: (after: string, before: number, limit: number) => Promise<string | undefined>
  /** Removes clients' secrets that expired before that time, of at most so many clients; whether there may be more. */
  readonly removeOverSecrets: (before: number, limit: number) => Promise<boolean>
  /** Removes tokens that let clients register and that expired or were revoked before that time, at most so many; whether there may be more. */
  readonly removeOverInitialTokens: (before: number, limit: number) => Promise<boolean>
  readonly createInitialToken: (token: InitialToken, digest: string, journal: Journal, once?: Once) => Promise<InitialToken | Repeated<InitialToken>>
  readonly findInitialToken: (digest: string) => Promise<InitialToken | undefined>
  /** Newest first. @param filter `activeAt`: of those that let clients register at this time. */
  readonly listInitialTokens: (filter: ListFilter & { readonly activeAt?: number }) => Promise<Page<InitialToken>>
  /** False (and nothing written) if it was revoked before or never was. */
  readonly revokeInitialToken: (id: string, now: number, journal: Journal) => Promise<boolean>
  /** Uses an assertion up: false if its issuer's `jti` was used before (RFC 7523 §3). Kept until then. */
  readonly useAssertion: (issuer: string, jti: string, until: number) => Promise<boolean>
  /** Forgets assertions that time refuses by now. */
  readonly forgetAssertions: (now: number) => Promise<void>
  /** False (and nothing written) if it was disabled before or never was. */
  readonly disableClient: (clientId: string, now: number, journal: Journal) => Promise<boolean>
  /** The consent in force, if any. */
  readonly findConsent: (userId: string, clientId: string) => Promise<Consent | undefined>
  /** Consent, grant and code, all or nothing; false (and nothing written) if login session, person or client ended meanwhile. */
  readonly authorize: (authorization: NewAuthorization, journal: Journal) => Promise<boolean>
  /** The salt of pairwise subjects (OpenID Connect Core §8.1): the first one proposed, for ever. Whoever changed it would change every such subject. */
  readonly fixPairwiseSalt: (proposed: string) => Promise<string>
  readonly findCode: (digest: string) => Promise<CodeRecord | undefined>
  /** Consumes the code and inserts what it buys, all or nothing; false (and nothing written) if it was consumed already or its grant has ended. */
  readonly redeemCode: (redemption: CodeRedemption, journal: Journal) => Promise<boolean>
  /** A token for the client itself, stored unless it is self-contained; false (and nothing written) if the client was disabled meanwhile. */
  readonly issueClientToken: (clientId: string, accessToken: NewAccessToken | undefined, journal: Journal) => Promise<boolean>
}
