/** A signed JWT as it is read before anybody asks what it is for: its form, its header, its key, its signature. */
import { algorithms } from './algorithms.ts'
import { refusedMembers } from './check-header.ts'
import { parseCompact } from './parse-compact.ts'
import type { JsonObject } from './strict-json.ts'
import type { VerificationKey } from './verification-key.ts'

export interface SignedJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

const MAX_LENGTH = 16_384

/**
 * Checks, in order: length and form (one token, one spelling), nothing in the header that brings a key or changes the reading, a key known by `kid`, the key's own algorithm
 * and no other (RFC 8725 §3.1), the signature. Does not look at `typ`, times, issuer or audience. `undefined` for whatever fails.
 */
export function readSignedJwt(text: string, findKey: (kid: string) => VerificationKey | undefined): SignedJwt | undefined {
  const token = text.length > MAX_LENGTH ? undefined : parseCompact(text)
  if (token === undefined) return undefined
  const { header, claims, signed, signature } = token
  const { alg, kid } = header
  if (refusedMembers.some((member) => Object.hasOwn(header, member)) || typeof kid !== 'string') return undefined
  const key = findKey(kid)
  if (key === undefined || key.algorithm !== alg) return undefined
  return algorithms.get(key.algorithm)?.verifies(signed, key.key, signature) ? { header, claims } : undefined
}
