/** How an Argon2id hash is written down: the PHC string `$argon2id$v=19$m=…,t=…,p=…$salt$hash` (RFC 9106 parameters, unpadded base64). */

export interface Argon2Parameters {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

export interface Argon2Hash extends Argon2Parameters {
  readonly salt: Buffer
  readonly tag: Buffer
}

const MAX_LENGTH = 256
const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/** What checking one password may cost at most; a string beyond it is taken as malformed. */
const MAX_MEMORY_KIB = 262_144
const MAX_PASSES = 16
const MAX_PARALLELISM = 16

/** Reads a PHC string of Argon2id, version 1.3; `undefined` if it is anything else, not canonical, or beyond the bounds. */
export function parsePhc(text: string): Argon2Hash | undefined {
  const match = text.length > MAX_LENGTH ? null : PHC.exec(text)
  if (match === null) return undefined
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [salt, tag] = [decode(match[4] ?? ''), decode(match[5] ?? '')]
  if (salt === undefined || tag === undefined || salt.length < 8 || tag.length < 16) return undefined
  if (memory > MAX_MEMORY_KIB || memory < 8 * parallelism || passes > MAX_PASSES || parallelism > MAX_PARALLELISM) return undefined // RFC 9106 §3.1
  return { memory, passes, parallelism, salt, tag }
}

export function writePhc(hash: Argon2Hash): string {
  return `$argon2id$v=19$m=${hash.memory},t=${hash.passes},p=${hash.parallelism}$${encode(hash.salt)}$${encode(hash.tag)}`
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

/** Refuses spare bits: one hash, one spelling. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return encode(bytes) === text ? bytes : undefined
}
