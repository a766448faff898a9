/**
 * The keys that the token vectors are signed with. They stand in `vectors/signing-keys.json`, private halves included, so that anybody can make more vectors: they
 * guard nothing, and must never be used for anything else.
 */
import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'

export const keyNames = [
  'es256',
  'rs256',
  'ed25519',
  'eddsa',
  'ps256',
  'foreign',
  'p384',
  'weak_rsa',
  'exponent_one',
  'for_encryption',
  'other_algorithm',
  'no_algorithm',
  'withdrawn',
  'other_curve',
  'private_published',
] as const
export type KeyName = (typeof keyNames)[number]
export type SigningKeys = Readonly<Record<KeyName, JsonWebKey>>

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const ed = () => generateKeyPairSync('ed25519').privateKey

/** How each is made, and with which members it is published; `undefined`: not at all. */
const rows: Readonly<Record<KeyName, { readonly make: () => KeyObject; readonly published?: Readonly<Record<string, string>> }>> = {
  es256: { make: () => ec('P-256'), published: { alg: 'ES256', use: 'sig' } },
  rs256: { make: () => rsa(2048), published: { alg: 'RS256', use: 'sig' } },
  ed25519: { make: ed, published: { alg: 'Ed25519', use: 'sig' } },
  eddsa: { make: ed, published: { alg: 'EdDSA' } },
  ps256: { make: () => rsa(2048), published: { alg: 'PS256', use: 'sig' } },
  foreign: { make: () => ec('P-256') },
  withdrawn: { make: () => ec('P-256') },
  p384: { make: () => ec('P-384'), published: { alg: 'ES384', use: 'sig' } },
  weak_rsa: { make: () => rsa(1024), published: { alg: 'RS256', use: 'sig' } },
  exponent_one: { make: () => rsa(2048), published: { alg: 'RS256', use: 'sig', e: 'AQ' } },
  for_encryption: { make: () => ec('P-256'), published: { alg: 'ES256', use: 'enc' } },
  other_algorithm: { make: () => ec('P-256'), published: { alg: 'RS256', use: 'sig' } },
  other_curve: { make: () => ec('secp256k1'), published: { alg: 'ES256', use: 'sig' } },
  private_published: { make: () => ec('P-256'), published: { alg: 'ES256', use: 'sig', d: 'as it is' } },
  no_algorithm: { make: () => ec('P-256'), published: { use: 'sig' } },
}

export function completeKeys(known: Partial<SigningKeys>): SigningKeys {
  return Object.fromEntries(keyNames.map((name) => [name, known[name] ?? rows[name].make().export({ format: 'jwk' })])) as SigningKeys
}

export function privateKeyOf(keys: SigningKeys, name: KeyName): KeyObject {
  return createPrivateKey({ key: keys[name], format: 'jwk' })
}

export function publicJwkOf(keys: SigningKeys, name: KeyName): Readonly<Record<string, string>> {
  const { kty, crv, x, y, n, e, d } = keys[name] as Record<string, string | undefined>
  const { published = {} } = rows[name]
  const members = { kty, crv, x, y, n, e, kid: name, ...published, ...('d' in published ? { d } : {}) }
  return Object.fromEntries(Object.entries(members).filter((member): member is [string, string] => member[1] !== undefined))
}

/** The set as the issuer publishes it, with keys among them that must not be used. */
export function publishedKeySet(keys: SigningKeys): { readonly keys: readonly Readonly<Record<string, string>>[] } {
  const published = keyNames.filter((name) => rows[name].published !== undefined).map((name) => publicJwkOf(keys, name))
  return { keys: [...published, { kty: 'oct', kid: 'shared', alg: 'HS256', k: Buffer.alloc(32, 7).toString('base64url') }] }
}
