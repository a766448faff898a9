/** What the endpoints of this package share. */
import type { Authority, RefreshLifetimes } from '@latchwork/authority'
import type { KeyRing, SigningAlgorithm } from '@latchwork/signing'
import type { Encryption, OAuthStore } from './store.ts'

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

/** What UserInfo may tell about a person. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly emailVerified: boolean
  readonly accountId: string
}

/** A JWT that this server signed. Says nothing of time, audience or whether it was revoked. */
export interface OwnToken {
  /** Its `typ`. */
  readonly type: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** Makes a JWE in compact form (RFC 7516 §7.1) for whoever holds the private half of the key. */
export type Encrypt = (
  plaintext: string,
  recipient: { readonly key: Readonly<Record<string, unknown>>; readonly encryption: Encryption; readonly header: Readonly<Record<string, string>> },
) => Promise<string>

export interface OAuth {
  readonly store: OAuthStore
  readonly authority: Authority
  readonly keyRing: KeyRing
  /** Filled by accounts. */
  readonly findPerson: (userId: string) => Promise<Person | undefined>
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
  readonly encrypt: Encrypt
}
