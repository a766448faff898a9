/** Public keys that signatures are verified with, as a JWK set publishes them (RFC 7517). */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { algorithms } from './algorithms.ts'

export interface VerificationKey {
  readonly kid: string
  /** The one algorithm the key verifies (RFC 8725 §3.1). */
  readonly algorithm: string
  readonly key: KeyObject
}

const MAX_KEYS = 100
export const MAX_KID_LENGTH = 256

/** The usable keys of a JWK set, by `kid`. `undefined` if the value is no JWK set; keys we cannot or will not use are passed over (RFC 7517 §5). */
export function readKeySet(value: unknown): ReadonlyMap<string, VerificationKey> | undefined {
  const members = typeof value === 'object' && value !== null ? (value as { keys?: unknown }).keys : undefined
  if (!Array.isArray(members) || members.length > MAX_KEYS) return undefined
  const keys = members.map(readKey).filter((key) => key !== undefined)
  return new Map(keys.toReversed().map((key) => [key.kid, key])) // of two keys with one `kid` the first counts
}

/** `undefined` for a key that is not for verifying signatures, names no algorithm of ours, does not fit the one it names, is weak, or is not a public key. */
export function readKey(value: unknown): VerificationKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const jwk = value as Readonly<Record<string, unknown>>
  const { kid, alg, use, key_ops: operations } = jwk
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH || typeof alg !== 'string') return undefined
  if (use !== undefined && use !== 'sig') return undefined // RFC 7517 §4.2
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined // RFC 7517 §4.3
  if (jwk['d'] !== undefined || jwk['k'] !== undefined) return undefined // a private or shared key that was published is everybody's
  const row = algorithms.get(alg)
  const key = row && importKey(jwk)
  return key !== undefined && row?.fits(key) ? { kid, algorithm: alg, key } : undefined
}

function importKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return undefined
  }
}
