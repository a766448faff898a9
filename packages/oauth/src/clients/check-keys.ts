/**
 * Whether the keys that a client gives by value can do what it is to use them for: what could never work is refused while its owner looks. Keys at a `jwks_uri` are
 * judged when they are used, because they change.
 */
import { createPublicKey, type JsonWebKeyInput, X509Certificate } from 'node:crypto'
import { refuse } from '@latchwork/kernel'
import { encryptionKeysOf } from '../jose/encrypt.ts'
import { type Jwk, keysFor } from '../jose/key-set.ts'
import type { ClientAuthenticationMethod, ClientSettings } from '../store.ts'
import type { ProfileRules } from './profiles.ts'

type Needs = Pick<ProfileRules, 'assertionAlgorithms'>

/** @param settings of the right shapes. @throws Refusal `client_invalid`, naming the member and what to give. */
export function checkKeys(settings: ClientSettings, method: ClientAuthenticationMethod, rules: Needs): void {
  const keys = settings.jwks?.keys
  if (keys === undefined) return
  if (method === 'private_key_jwt') checkAssertionKeys(keys, settings, rules)
  if (method === 'self_signed_tls_client_auth') checkCertificates(keys)
  checkEncryptionKeys(keys, settings)
}

function checkAssertionKeys(keys: readonly Jwk[], { tokenEndpointAuthSigningAlg: registered }: ClientSettings, { assertionAlgorithms }: Needs): void {
  const algorithms = registered === undefined ? assertionAlgorithms : [registered]
  if (algorithms.some((alg) => keysFor(keys, { alg }).length > 0)) return
  refuse('client_invalid', {
    detail: `jwks holds no key that verifies assertions signed by ${algorithms.join(', ')}, which private_key_jwt needs: add the public key, with kty and crv of the algorithm, and neither use, alg nor key_ops that speak against it.`,
  })
}

/** RFC 8705 §2.2.2: the certificate stands in `x5c`, and its key is that of the other members (RFC 7517 §4.7). Whether it is in time is judged at each use. */
function checkCertificates(keys: readonly Jwk[]): void {
  if (keys.some(hasCertificate)) return
  refuse('client_invalid', {
    detail:
      'jwks holds no key with its certificate, which self_signed_tls_client_auth needs: put the certificate, as base64 of DER, first into x5c of its own key (RFC 8705 §2.2.2).',
  })
}

function hasCertificate({ x5c, kty, crv, x, y, n, e }: Jwk): boolean {
  const [first]: readonly unknown[] = Array.isArray(x5c) ? x5c : []
  if (typeof first !== 'string') return false
  try {
    const bytes = Buffer.from(first, 'base64')
    const certificate = new X509Certificate(bytes)
    const key = createPublicKey({ key: { kty, crv, x, y, n, e } as JsonWebKeyInput['key'], format: 'jwk' })
    return certificate.raw.equals(bytes) && certificate.publicKey.equals(key)
  } catch {
    return false // no certificate, or no key
  }
}

const encryptions = { idTokenEncryption: 'id_token', userInfoEncryption: 'userinfo', introspectionEncryption: 'introspection' } as const

function checkEncryptionKeys(keys: readonly Jwk[], settings: ClientSettings): void {
  for (const [name, wire] of Object.entries(encryptions) as readonly (readonly [keyof typeof encryptions, string])[]) {
    const alg = settings[name]?.alg
    if (alg === undefined || encryptionKeysOf(keys, alg).length > 0) continue
    const fitting = alg.startsWith('RSA-') ? 'an RSA key' : 'an EC key on P-256, P-384 or P-521, or an X25519 key'
    refuse('client_invalid', {
      detail: `${name} (${wire}_encrypted_response_alg) is ${alg}, and jwks holds no key for it: add ${fitting}, and neither use, alg nor key_ops that speak against it.`,
    })
  }
}
