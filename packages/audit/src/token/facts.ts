/** A token taken apart; nothing of it is believed. */
import { createHmac, createPublicKey, verify } from 'node:crypto'
import type { Jwk } from '../weak-key.ts'

export interface TokenFacts {
  /** Epoch milliseconds. */
  readonly now: number
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly bytes: number
  readonly signature: 'absent' | 'unchecked' | 'good' | 'wrong' | 'no-key'
  /** The key of the set that the header names. */
  readonly key?: Jwk
  /** A well-known secret that it is signed with. */
  readonly guessed: boolean
}

/** `undefined` if the text is no JWT (JWS compact serialization, RFC 7515 §7.1) with JSON inside. */
export function readToken(text: string, now: number, keys?: readonly Jwk[]): TokenFacts | undefined {
  const parts = text
    .trim()
    .replace(/^Bearer /i, '')
    .split('.')
  const [head = '', body = '', signature = ''] = parts
  const [header, claims] = [objectOf(head), objectOf(body)]
  if (parts.length !== 3 || header === undefined || claims === undefined) return undefined
  const key = keyFor(header, keys)
  const signed = `${head}.${body}`
  return {
    now,
    header,
    claims,
    bytes: text.trim().length,
    signature:
      signature === '' ? 'absent' : keys === undefined ? 'unchecked' : key === undefined ? 'no-key' : isGood(header, key, signed, signature) ? 'good' : 'wrong',
    ...(key === undefined ? {} : { key }),
    guessed: isGuessed(header, signed, signature),
  }
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function keyFor({ kid }: Readonly<Record<string, unknown>>, keys: readonly Jwk[] = []): Jwk | undefined {
  return kid === undefined ? (keys.length === 1 ? keys[0] : undefined) : keys.find((key) => key['kid'] === kid)
}

const DIGESTS: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' }

function isGood({ alg }: Readonly<Record<string, unknown>>, jwk: Jwk, signed: string, signature: string): boolean {
  const name = String(alg)
  try {
    const key = createPublicKey({ key: jwk as never, format: 'jwk' })
    const digest = DIGESTS[name.slice(2)]
    const [data, bytes] = [Buffer.from(signed), Buffer.from(signature, 'base64url')]
    if (name === 'EdDSA' || name === 'Ed25519') return verify(null, data, key, bytes)
    if (digest === undefined) return false
    if (name.startsWith('ES')) return key.asymmetricKeyType === 'ec' && verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, bytes)
    if (name.startsWith('PS')) return key.asymmetricKeyType === 'rsa' && verify(digest, data, { key, padding: 6, saltLength: -1 }, bytes) // RFC 7518 §3.5
    return name.startsWith('RS') && key.asymmetricKeyType === 'rsa' && verify(digest, data, key, bytes)
  } catch {
    return false
  }
}

/** Secrets of tutorials and templates. */
const GUESSES = [
  'secret',
  'your-256-bit-secret',
  'your_jwt_secret',
  'your-secret-key',
  'secretkey',
  'secret-key',
  'secret_key',
  'mysecret',
  'mysecretkey',
  'my-secret-key',
  'my-32-character-ultra-secure-and-ultra-long-secret',
  'a-string-secret-at-least-256-bits-long',
  'jwt_secret',
  'jwtsecret',
  'JWT_SECRET',
  'jwt-secret',
  'shhhhh',
  'shhhhhared-secret',
  'keyboard cat',
  'changeme',
  'change-me',
  'supersecret',
  'super-secret',
  'password',
  'test',
  'key',
  'private',
  'token',
  '123456',
  'undefined',
  'null',
  '',
]

function isGuessed({ alg }: Readonly<Record<string, unknown>>, signed: string, signature: string): boolean {
  const digest = /^HS(?:256|384|512)$/.test(String(alg)) ? DIGESTS[String(alg).slice(2)] : undefined
  // audit:allow code/secret-compared-plainly the secrets are published ones, and the token is the one that is looked at
  return digest !== undefined && GUESSES.some((secret) => createHmac(digest, secret).update(signed).digest('base64url') === signature)
}
