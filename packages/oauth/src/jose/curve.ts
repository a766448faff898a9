/** Public keys on elliptic curves (RFC 7518 §6.2.1, RFC 8037 §2): coordinates of the right length, and a point that is on the curve. */
import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'

type Members = Readonly<Record<string, unknown>>

/** Octets of a coordinate, by kty and crv (RFC 7518 §6.2.1.2, RFC 8812 §3.1, RFC 7748 §5, RFC 8032 §5). */
const octets = new Map([
  ['EC P-256', 32],
  ['EC P-384', 48],
  ['EC P-521', 66],
  ['EC secp256k1', 32],
  ['OKP Ed25519', 32],
  ['OKP Ed448', 57],
  ['OKP X25519', 32],
  ['OKP X448', 56],
])

/** What is wrong with the members of an EC or OKP key, in words for its owner. A curve that is not known here is not judged: nothing here uses it. */
export function faultOfCoordinates({ kty, crv, x, y }: Members): string | undefined {
  if (typeof crv !== 'string' || !isBase64url(x)) return 'has no crv and x'
  const length = octets.get(`${String(kty)} ${crv}`)
  if (length === undefined) return undefined
  if (octetsOf(x) !== length) return `has an x of ${octetsOf(x)} octets, where ${crv} has ${length}`
  if (kty === 'OKP') return undefined
  if (!isBase64url(y)) return 'has no y'
  return octetsOf(y) === length ? undefined : `has a y of ${octetsOf(y)} octets, where ${crv} has ${length}`
}

/** The same of where it lies. Costs as much as verifying a signature: for keys that are registered, not for each use. */
export function faultOfPoint({ kty, crv, x, y }: Members): string | undefined {
  if (kty !== 'EC' || !octets.has(`EC ${String(crv)}`)) return undefined
  try {
    createPublicKey({ key: { kty, crv, x, y } as JsonWebKeyInput['key'], format: 'jwk' })
    return undefined
  } catch {
    return `has an x and y that are no point of ${String(crv)}`
  }
}

export function isBase64url(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]+$/.test(value)
}

function octetsOf(text: string): number {
  return Buffer.from(text, 'base64url').length
}
