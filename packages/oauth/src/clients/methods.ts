/** Ways in which a client proves itself (O13): one row each. `client_secret_jwt` is none of them: it needs the secret in clear, and we keep digests. */
import type { ClientAuthenticationMethod } from '../store.ts'

interface MethodRow {
  /** Whether we mint a secret for it and keep its digest. */
  readonly hasSecret: boolean
  /** Whether the client's public keys are needed, by value or by address. */
  readonly needsKeys: boolean
  /** Whether it rests on a certificate of the connection (RFC 8705 §2), which the operator enables. */
  readonly isByCertificate: boolean
}

export const authenticationMethods: Readonly<Record<ClientAuthenticationMethod, MethodRow>> = {
  none: { hasSecret: false, needsKeys: false, isByCertificate: false },
  client_secret_basic: { hasSecret: true, needsKeys: false, isByCertificate: false },
  client_secret_post: { hasSecret: true, needsKeys: false, isByCertificate: false },
  private_key_jwt: { hasSecret: false, needsKeys: true, isByCertificate: false },
  tls_client_auth: { hasSecret: false, needsKeys: false, isByCertificate: true },
  self_signed_tls_client_auth: { hasSecret: false, needsKeys: true, isByCertificate: true },
}

export const authenticationMethodNames = Object.keys(authenticationMethods) as readonly ClientAuthenticationMethod[]

/** Those that this installation takes, `none` included. */
export function methodsTaken({ certificates }: { readonly certificates?: unknown }): readonly ClientAuthenticationMethod[] {
  return authenticationMethodNames.filter((name) => certificates !== undefined || !authenticationMethods[name].isByCertificate)
}
