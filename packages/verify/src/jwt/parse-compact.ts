/** The compact serialisation of a signed JWT (RFC 7515 §7.1), read strictly: one token has one spelling (design, decision 12). */
import { type JsonObject, parseJsonObject } from './strict-json.ts'

export interface CompactToken {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** The signing input: the first two parts and the dot between them. */
  readonly signed: Buffer
  readonly signature: Buffer
}

/** `undefined` unless the text is three non-empty parts of canonical base64url, the first two JSON objects. Proves nothing about who wrote it. The length is the caller's to bound. */
export function parseCompact(text: string): CompactToken | undefined {
  const parts = text.split('.', 4)
  const [headerBytes, claimsBytes, signature] = parts.map(decodeCanonical)
  if (parts.length !== 3 || headerBytes === undefined || claimsBytes === undefined || signature === undefined) return undefined
  const header = parseJsonObject(headerBytes)
  const claims = header && parseJsonObject(claimsBytes)
  if (header === undefined || claims === undefined) return undefined
  return { header, claims, signed: Buffer.from(text.slice(0, text.lastIndexOf('.')), 'latin1'), signature }
}

/** RFC 7515 §2: no padding, no white space, no other characters; and no bits left over in the last one. */
function decodeCanonical(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined
}
