/** JWK sets of clients and issuers (RFC 7517): what may be registered, and which keys of one may have made a signature. */
import { faultOfCoordinates, faultOfPoint, isBase64url } from './curve.ts'

export type Jwk = Readonly<Record<string, unknown>>

export interface JwkSet {
  readonly keys: readonly Jwk[]
}

const MAX_KEYS = 20
const MIN_RSA_BITS = 2048
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

interface KeyForm {
  readonly kty: string
  readonly crv?: string
}

/** The key that an algorithm needs (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). */
const formOfAlgorithm: Readonly<Record<string, KeyForm>> = {
  RS256: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
}

/** What is wrong with a set that somebody wants to register, in words for its owner; `undefined` if nothing is. */
export function faultOfKeySet(value: unknown): string | undefined {
  const keys = keysOf(value)
  if (keys === undefined) return 'is not a JWK set: { "keys": [ … ] } (RFC 7517 §5)'
  if (keys.length === 0 || keys.length > MAX_KEYS) return `holds no key, or more than ${MAX_KEYS}`
  const faults = keys.flatMap((key, index) => {
    const fault = faultOfPrivate(key) ?? (isUnderstood(key) ? (faultOfKey(key) ?? faultOfPoint(key)) : undefined) // §5: a key of another kty is ignored, as where the set is fetched
    return fault === undefined ? [] : [`has a key at ${index} that ${fault}`]
  })
  return faults[0] ?? (keys.some(isUnderstood) ? undefined : 'holds no key of kty RSA, EC or OKP')
}

function isUnderstood({ kty }: Jwk): boolean {
  return kty === 'RSA' || kty === 'EC' || kty === 'OKP'
}

/** The keys of a set as it came from elsewhere; `undefined` if it is none. */
export function keysOf(value: unknown): readonly Jwk[] | undefined {
  const keys: unknown = typeof value === 'object' && value !== null ? (value as { readonly keys?: unknown }).keys : undefined
  const isSet = Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null && !Array.isArray(key))
  return isSet ? (keys as readonly Jwk[]) : undefined
}

/** What is wrong with a key that is not ours, in words for its owner. */
export function faultOfKey(key: Jwk): string | undefined {
  const secret = faultOfPrivate(key)
  if (secret !== undefined) return secret
  switch (key['kty']) {
    case 'RSA':
      return faultOfRsa(key)
    case 'EC':
    case 'OKP':
      return faultOfCoordinates(key)
    default:
      return 'is neither RSA, EC nor OKP'
  }
}

/** Of any kty: a secret that was sent by mistake is said to be one. */
function faultOfPrivate(key: Jwk): string | undefined {
  const secret = PRIVATE.find((name) => Object.hasOwn(key, name))
  return secret === undefined ? undefined : `holds a private member ("${secret}"): publish the public half alone`
}

/** RFC 8725 §3.5: no key that can be computed. */
function faultOfRsa({ n, e }: Jwk): string | undefined {
  if (!isBase64url(n) || !isBase64url(e)) return 'has no n and e in base64url'
  const modulus = Buffer.from(n, 'base64url')
    .toString('hex')
    .replace(/^(00)+/, '')
  const bits = modulus === '' ? 0 : (modulus.length / 2 - 1) * 8 + (Math.floor(Math.log2(Number.parseInt(modulus.slice(0, 2), 16))) + 1)
  if (bits < MIN_RSA_BITS) return `is weaker than ${MIN_RSA_BITS} bits`
  const exponent = BigInt(`0x${Buffer.from(e, 'base64url').toString('hex') || '0'}`)
  return exponent < 3n || exponent % 2n === 0n ? 'has an exponent that is even or below 3' : undefined
}

/** The keys that may have made a signature with this header: of the right type and curve, meant for signatures, not weak, and of that `kid` where one is named. */
export function keysFor(keys: readonly Jwk[], { alg, kid }: { readonly alg: string; readonly kid?: string }): readonly Jwk[] {
  const form = formOfAlgorithm[alg]
  if (form === undefined) return []
  return keys.filter(
    (key) =>
      key['kty'] === form.kty &&
      (form.crv === undefined || key['crv'] === form.crv) &&
      (kid === undefined || key['kid'] === kid) &&
      (key['use'] === undefined || key['use'] === 'sig') && // RFC 7517 §4.2
      (key['alg'] === undefined || key['alg'] === alg || isSameSignature(key['alg'], alg)) && // §4.4
      (!Array.isArray(key['key_ops']) || key['key_ops'].includes('verify')) && // §4.3
      faultOfKey(key) === undefined,
  )
}

/** Two names of one algorithm (RFC 9864 §4.1.2). */
function isSameSignature(one: unknown, other: string): boolean {
  const names = ['EdDSA', 'Ed25519']
  return typeof one === 'string' && names.includes(one) && names.includes(other)
}
