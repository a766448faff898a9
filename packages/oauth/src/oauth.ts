/** What the endpoints of this package share. */
import type { Authority, RefreshLifetimes } from '@latchwork/authority'
import type { KeyRing, SigningAlgorithm } from '@latchwork/signing'
import type { ClientCertificates, ClientKeys, FetchDocument } from './clients/ports.ts'
import type { RegistrationPolicy } from './registration/policy.ts'
import type { ClientProfile, MintConnectedKey } from './store.ts'
import type { OAuthStores } from './stores.ts'

/** An API whose tokens we issue: a resource server (RFC 9728, RFC 8707). */
export interface Api {
  /** Its resource indicator and the `aud` of its tokens. */
  readonly identifier: string
  readonly name: string
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
  /** What its access tokens are: looked up (`opaque`, the default), or JWTs that carry all they say (RFC 9068). */
  readonly tokenFormat?: 'opaque' | 'jwt'
  /** Of its JWTs; ES256 by default. */
  readonly tokenSigningAlg?: SigningAlgorithm
  /** Absent: `OAuth.accessTokenLifetimeMs`, or ten minutes for JWTs. */
  readonly accessTokenLifetimeSeconds?: number
  /** Confidential clients that are this API itself: they may introspect the tokens for it (RFC 7662 §2.1). */
  readonly introspectionClients?: readonly string[]
}

/** What a client may be told about a person. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
  /** Epoch milliseconds. */
  readonly updatedAt: number
  /** The claims that are set, under their own names (OpenID Connect Core §5.1). */
  readonly profile: { readonly [claim in ProfileClaim]?: unknown }
}

/** What a person may carry for applications to be told, beside name and e-mail address. */
export type ProfileClaim =
  | 'given_name'
  | 'family_name'
  | 'middle_name'
  | 'nickname'
  | 'preferred_username'
  | 'profile'
  | 'picture'
  | 'website'
  | 'gender'
  | 'birthdate'
  | 'zoneinfo'
  | 'locale'
  | 'address'
  | 'phone_number'
  | 'phone_number_verified'

/** A JWT that this server signed. Says nothing of time, audience or whether it was revoked. */
export interface OwnToken {
  /** Its `typ`. */
  readonly type: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface OAuth {
  /** Profiles that clients may have here. */
  readonly profiles: ReadonlySet<ClientProfile>
  readonly fetchDocument: FetchDocument
  readonly clientKeys: ClientKeys
  /** Present if clients may prove themselves by certificates. */
  readonly certificates?: ClientCertificates
  readonly registration: RegistrationPolicy
  readonly store: OAuthStores
  readonly authority: Authority
  readonly keyRing: KeyRing
  /** The account of a person who can act. Filled by accounts, as is the next. */
  readonly findUser: (userId: string) => Promise<{ readonly accountId: string } | undefined>
  /** With what may be told of them: read only where something is. */
  readonly findPerson: (userId: string) => Promise<Person | undefined>
  /** Filled by api-keys; absent where policy lets no key be made on a consent screen. */
  readonly mintConnectedKey?: MintConnectedKey
  readonly issuer: string
  readonly apis: ReadonlyMap<string, Api>
  readonly codeLifetimeMs: number
  readonly accessTokenLifetimeMs: number
  readonly refreshLifetimes: RefreshLifetimes
  /** Key of the HMAC that makes pairwise subjects (OpenID Connect Core §8.1): whoever changes it changes every such subject. */
  readonly pairwiseKey: Buffer
  /** The ways in that this installation has, each with the methods it proves (RFC 8176). */
  readonly waysIn: readonly (readonly string[])[]
  /** Reads a JWT of ours that comes back from outside: strict form, known key, right algorithm, signature, issuer; `undefined` for all else. */
  readonly readOwnToken: (text: string) => OwnToken | undefined
  /** Tokens were issued under the grant: kept for the person to see (O17), soon and not at once. */
  readonly noteGrantUse: (grantId: string, at: number) => void
}
