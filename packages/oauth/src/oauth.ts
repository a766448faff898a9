/** What the endpoints of this package share. */
import type { Authority, RefreshLifetimes } from '@latchwork/authority'
import type { KeyRing } from '@latchwork/signing'
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
}

/** What UserInfo may tell about a person. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
}

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
  /** Filled by accounts. */
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
