/**
 * User codes (RFC 8628 §6.1): eight of twenty consonants, so that no code is a word, no letter is taken for a digit, and there are 2^34.5 of them. Guessing is
 * slowed down where codes are entered (§5.1).
 */
import { randomInt } from 'node:crypto'

const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8
const FORM = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

export function mintUserCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** What a person typed: case, dashes and spaces do not count. `undefined` for what can be no code; that costs no look-up. */
export function parseUserCode(text: string): string | undefined {
  if (text.length > 40) return undefined
  const code = text.replace(/[\s\p{Pd}._]/gu, '').toUpperCase()
  return FORM.test(code) ? code : undefined
}

/** As people read it: `WDJB-MJHT`. */
export function showUserCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`
}
