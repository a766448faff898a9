/** What proving a client needs from outside: documents at addresses that clients gave, their keys, who vouches for certificates. */
import type { X509Certificate } from 'node:crypto'
import type { Jwk } from '../jose/key-set.ts'
import type { Client } from '../store.ts'

/** A document at an address that a client gave, or why there is none; the server fills it with its guarded fetcher. */
export type FetchDocument = (url: string) => Promise<{ readonly body: Buffer } | { readonly failed: string }>

/** Refuses with `client_keys_unreachable` (503) where the keys at the client's `jwks_uri` cannot be read, and none are remembered that may still be believed. */
export interface ClientKeys {
  /**
   * Those of the client's keys that `choose` takes. Where it takes none, the set is read once more at the client, unless that was asked just now: so a client rotates by
   * publishing a new key.
   */
  readonly find: (client: Client, choose: (keys: readonly Jwk[]) => readonly Jwk[], now: number) => Promise<readonly Jwk[]>
  /** Why the last attempt to read its `jwks_uri` brought none; for the log, never for the client. */
  readonly trouble: (client: Client) => string | undefined
}

export interface ClientCertificates {
  /** Who may vouch for the certificates of `tls_client_auth`; those of intermediates are listed too. */
  readonly authorities: readonly X509Certificate[]
}
