/** What the operator says of clients that register themselves (RFC 7591 §3). */
import type { JwkSet } from '../jose/key-set.ts'
import type { ClientProfile } from '../store.ts'

export interface StatementIssuer {
  readonly issuer: string
  readonly jwks: JwkSet
}

export interface RegistrationPolicy {
  /** `closed`: nobody. `token`: who has an initial access token. `open`: everybody, within limits. */
  readonly mode: 'closed' | 'token' | 'open'
  /** Of confidential clients; public ones are `oauth21`. */
  readonly profile: ClientProfile
  /** The most that a client may ask people for. */
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** Hosts that redirect URIs may lead to, `*.example.com` for all under one; empty: any. Loopback addresses and private schemes stay allowed to native applications. */
  readonly redirectHosts: readonly string[]
  readonly statementIssuers: readonly StatementIssuer[]
  /** A client without a software statement is refused. */
  readonly needsStatement: boolean
}
