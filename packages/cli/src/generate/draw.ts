/** Secrets drawn from the system's generator, each with its entropy: the logarithm of how many it was drawn from, all alike likely. */
import { createHash, randomBytes, randomInt } from 'node:crypto'

export interface Drawn {
  readonly text: string
  /** Of entropy. */
  readonly bits: number
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** At least so many bits in each form; never fewer. `randomInt` throws no value twice as often as another. */
export const secretForms = {
  base64url: (bits: number): Drawn => ofBytes(bits, 'base64url'),
  hex: (bits: number): Drawn => ofBytes(bits, 'hex'),
  base62: (bits: number): Drawn => {
    const digits = Math.ceil(bits / Math.log2(BASE62.length))
    return { text: Array.from({ length: digits }, () => BASE62.charAt(randomInt(BASE62.length))).join(''), bits: digits * Math.log2(BASE62.length) }
  },
} as const

export type SecretForm = keyof typeof secretForms

function ofBytes(bits: number, encoding: 'base64url' | 'hex'): Drawn {
  const bytes = Math.ceil(bits / 8)
  return { text: randomBytes(bytes).toString(encoding), bits: bytes * 8 }
}

/** Words drawn with replacement: log2 of the list's length each. What stands between them adds nothing, for everybody knows it. */
export function drawPassphrase(words: readonly string[], count: number, separator: string): Drawn {
  const drawn = Array.from({ length: count }, () => words[randomInt(words.length)] ?? '')
  return { text: drawn.join(separator), bits: count * Math.log2(words.length) }
}

/** S256 (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier, 'ascii').digest('base64url')
}

/** A verifier of 32 bytes, as RFC 7636 §4.1 recommends, and its challenge. */
export function drawPkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: challengeOf(verifier) }
}
