/** What proving a client needs from outside: documents at addresses that clients gave, their keys, who vouches for certificates. */
import type { X509Certificate } from 'node:crypto'
import type { Jwk } from '../jose/key-set.ts'
import type { Client } from '../store.ts'

/** A document at an address that a client gave, or why there is none; the server fills it with its guarded fetcher. */
export type FetchDocument = (url: string) => Promise<{ readonly body: Buffer } | { readonly failed: string }>

/** Either refuses with `client_keys_unreachable` (503) where the keys at the client's `jwks_uri` cannot be read, and none are remembered that may still be believed. */
export interface ClientKeys {
  /**
   * The keys that may have signed under this header. One whose `kid` is not known is looked for once more at the client, unless it was asked just now: so a client rotates
   * by publishing a new key.
   */
  readonly find: (client: Client, header: { readonly alg: string; readonly kid?: string }, now: number) => Promise<readonly Jwk[]>
  /** All keys of the client. */
  readonly all: (client: Client, now: number) => Promise<readonly Jwk[]>
  /** Why the last attempt to read its `jwks_uri` brought none; for the log, never for the client. */
  readonly trouble: (client: Client) => string | undefined
}

export interface ClientCertificates {
  /** Who may vouch for the certificates of `tls_client_auth`; those of intermediates are listed too. */
  readonly authorities: readonly X509Certificate[]
}
