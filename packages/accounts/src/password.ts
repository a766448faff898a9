/** Passwords at rest: Argon2id (RFC 9106), each with its own salt, as a PHC string. Nothing else is kept of a password. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Argon2Hash, type Argon2Parameters, parsePhc, writePhc } from './phc-string.ts'

/** The first choice of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; about 50 ms of one core. */
export const passwordParameters: Argon2Parameters = { memory: 19_456, passes: 2, parallelism: 1 }

const SALT_BYTES = 16
const TAG_BYTES = 32

/** Hashes with the current parameters, unless others are given, and a fresh salt. Runs beside the event loop; call it through a `Hasher`, which bounds how many run at once. */
export async function hashPassword(password: string, parameters: Argon2Parameters = passwordParameters): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const tag = await deriveTag(password, { ...parameters, salt }, TAG_BYTES)
  return writePhc({ ...parameters, salt, tag })
}

/** Whether the password is the one that was hashed; compared in constant time. False for a string that is no PHC string of Argon2id. */
export async function checkPassword(phc: string, password: string): Promise<boolean> {
  const expected = parsePhc(phc)
  if (expected === undefined) return false
  return timingSafeEqual(await deriveTag(password, expected, expected.tag.length), expected.tag)
}

/** Whether the hash was made with other parameters than the current ones, or cannot be read. */
export function needsRehash(phc: string): boolean {
  const hash = parsePhc(phc)
  return hash === undefined || (Object.keys(passwordParameters) as (keyof Argon2Parameters)[]).some((name) => hash[name] !== passwordParameters[name])
}

/**
 * One password, one sequence of bytes, whatever keyboard typed it: every kind of space is a space, and accents are composed (RFC 8265 §4.2.2, OpaqueString).
 * Case and everything else stay.
 */
export function normalisePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

function deriveTag(password: string, hash: Omit<Argon2Hash, 'tag'>, tagLength: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const message = Buffer.from(normalisePassword(password))
  argon2('argon2id', { message, nonce: hash.salt, parallelism: hash.parallelism, tagLength, memory: hash.memory, passes: hash.passes }, (error, tag) => {
    if (error) reject(error)
    else resolve(tag)
  })
  return promise
}
