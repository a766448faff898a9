/** What the endpoints of this package share. */
import type { Authority, RefreshLifetimes } from '@latchwork/authority'
import type { KeyRing } from '@latchwork/signing'
import type { ClientCertificates, ClientKeys, FetchDocument } from './clients/ports.ts'
import type { RegistrationPolicy } from './registration/policy.ts'
import type { ClientProfile, MintConnectedKey, OAuthStore } from './store.ts'

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

export interface OAuth {
  /** Profiles that clients may have here. */
  readonly profiles: ReadonlySet<ClientProfile>
  readonly fetchDocument: FetchDocument
  readonly clientKeys: ClientKeys
  /** Present if clients may prove themselves by certificates. */
  readonly certificates?: ClientCertificates
  readonly registration: RegistrationPolicy
  readonly store: OAuthStore
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
}
