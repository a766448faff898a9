/** What we tell a client in a JWT: signed with the algorithm it registered, and encrypted for it where it wishes (OpenID Connect Core §10.2: sign, then encrypt). */
import { refuse } from '@latchwork/kernel'
import type { SigningAlgorithm } from '@latchwork/signing'
import type { OAuth } from '../oauth.ts'
import type { Client, Encryption, TokenSigningAlgorithm } from '../store.ts'

/** Offered for ID tokens, UserInfo and introspection answers (RFC 7518 §3.1). */
export const signingAlgorithms: readonly TokenSigningAlgorithm[] = ['RS256', 'ES256']

type Claims = Readonly<Record<string, unknown>>

export interface Wishes {
  readonly algorithm: TokenSigningAlgorithm
  readonly encryption: Encryption | undefined
  /** `typ` of the JWS (RFC 8725 §3.11). */
  readonly type: string
}

/** @throws Refusal `client_keys_unusable` when the client wants encryption and has no key for it. */
export function signForClient(oauth: OAuth, client: Client, wishes: Wishes, claims: Claims): Promise<string> {
  const signed = oauth.keyRing.sign(wishes.algorithm as SigningAlgorithm, wishes.type, claims)
  if (wishes.encryption === undefined) return Promise.resolve(signed)
  return encryptForClient(oauth, client, wishes.encryption, signed, { cty: 'JWT', typ: wishes.type }) // RFC 7519 §5.2
}

/** @param header further members of the JWE's. */
export function encryptForClient(oauth: OAuth, client: Client, encryption: Encryption, plaintext: string, header: Readonly<Record<string, string>>): Promise<string> {
  const key = (client.settings.jwks?.keys ?? []).find((jwk) => isFor(jwk, encryption.alg))
  if (key === undefined)
    return refuse('client_keys_unusable', { reason: `no key for ${encryption.alg}`, about: { clientId: client.id } })
  return oauth.encrypt(plaintext, { key, encryption, header })
}

/** A key for encryption, or for nothing in particular, and of the type that the algorithm needs (RFC 7517 §4.2, §4.4). */
function isFor(jwk: Readonly<Record<string, unknown>>, algorithm: string): boolean {
  if (jwk['use'] !== undefined && jwk['use'] !== 'enc') return false
  if (jwk['alg'] !== undefined && jwk['alg'] !== algorithm) return false
  const types: readonly unknown[] = algorithm.startsWith('RSA') ? ['RSA'] : ['EC', 'OKP']
  return types.includes(jwk['kty'])
}
