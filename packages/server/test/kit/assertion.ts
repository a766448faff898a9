/** Clients that prove themselves by what they signed (RFC 7523). */
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { jws } from './jose-negatives.ts'
import { API, type Latchwork } from './start-latchwork.ts'

export interface ClientKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
}

export function newClientKey(kid = 'one'): ClientKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } }
}

/** A declared client for itself, with a key by value. */
export function signingClient(id: string, key: ClientKey, more: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `Signs as ${id}`,
    redirectUris: [],
    grantTypes: ['client_credentials'],
    scopes: ['notes:read'],
    audiences: [API],
    authenticationMethod: 'private_key_jwt',
    settings: { jwks: { keys: [key.jwk] } },
    ...more,
  }
}

export function assertionClaims(latchwork: Pick<Latchwork, 'issuer' | 'now'>, clientId: string): Readonly<Record<string, unknown>> {
  const now = Math.floor(latchwork.now() / 1000)
  return { iss: clientId, sub: clientId, aud: latchwork.issuer, jti: randomUUID(), iat: now, exp: now + 60 }
}

export function assertionFields(assertion: string): Readonly<Record<string, string>> {
  return { client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
}

/** The fields of a request that a client proves itself with. */
export function assertedBy(
  latchwork: Pick<Latchwork, 'issuer' | 'now'>,
  clientId: string,
  key: ClientKey,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, string>> {
  return assertionFields(jws({ alg: 'ES256', kid: key.jwk['kid'] }, { ...assertionClaims(latchwork, clientId), ...changes }, key.privateKey))
}
