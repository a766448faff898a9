/**
 * Tokens of which many are made and few live long carry the time they were made in their first nine digits; the other 34 are chance (202 bits) or an HMAC. They are stored
 * by that time and their digest, so that a new row stands beside the one before it. By their digest alone each would go to a page of its own anywhere in the index, and
 * that page would be most of what a token costs.
 */
import { base62OfBytes } from './base62.ts'
import { BODY_DIGITS, digestOf, type ParsedCredential, sealToken, TAIL, type TimedKind, timedKinds } from './credential.ts'
import { takeRandomDigits } from './entropy.ts'
import { TIME_DIGITS, timeDigitsOf } from './id.ts'
import type { Secret } from './secret.ts'

const CHANCE_DIGITS = BODY_DIGITS - TIME_DIGITS
/** As many as the digits beside the time can hold: 62^34 is a little above 2^202. */
const CHANCE_BYTES = 25

/** @param now epoch milliseconds. */
export function mintTimedToken(kind: TimedKind, now: number): Secret {
  return sealToken(kind, timeDigitsOf(now) + takeRandomDigits(CHANCE_DIGITS))
}

/** A token made of a time and given bytes, of which the first 25 count: how a refresh token's successor, an HMAC, gets its form. */
export function timedTokenOfBytes(kind: TimedKind, now: number, bytes: Buffer): Secret {
  if (bytes.length < CHANCE_BYTES) throw new RangeError(`a token that carries its time holds ${CHANCE_BYTES} bytes beside it, not ${bytes.length}`)
  return sealToken(kind, timeDigitsOf(now) + base62OfBytes(bytes.subarray(0, CHANCE_BYTES), CHANCE_DIGITS))
}

/** What is stored of a token that carries its time, and what it is looked up by: the digits of that time, then the digest of the whole. */
export function timedDigestOf(text: string): string {
  return text.slice(-TAIL, TIME_DIGITS - TAIL) + digestOf(text)
}

/** What is stored of a credential, whichever kind it is of. */
export function storedDigestOf({ type, text }: ParsedCredential): string {
  return (timedKinds as readonly string[]).includes(type) ? timedDigestOf(text) : digestOf(text)
}
