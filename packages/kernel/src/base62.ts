/** Base62 (0–9 A–Z a–z) of fixed width, and the CRC-32 checksum our credentials end in. */
import { crc32 } from 'node:zlib'

/** In ASCII order, so that numbers of one width sort as text. */
export const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHUNK_DIGITS = 6
const CHUNK = 62 ** CHUNK_DIGITS // times 65,536 it is below 2^53: plain numbers divide exactly, and several times as fast as big ones

/** Base62 of a non-negative integer below 2^53, most significant digit first, padded with `0` to `width`. */
export function base62OfNumber(value: number, width: number): string {
  let rest = value
  let digits = ''
  for (let place = 0; place < width; place++) {
    digits = DIGITS.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

/** Base62 of bytes read as one big-endian integer; 32 bytes fill 43 digits, leading zero bytes included. */
export function base62OfBytes(bytes: Buffer, width: number): string {
  const limbs = limbsOf(bytes)
  let digits = ''
  let first = 0 // limbs before it are zero
  while (digits.length < width) {
    let rest = 0
    for (let at = first; at < limbs.length; at++) {
      const value = rest * LIMB + (limbs[at] ?? 0)
      const quotient = Math.floor(value / CHUNK)
      limbs[at] = quotient
      rest = value - quotient * CHUNK
    }
    while (limbs[first] === 0) first++
    digits = base62OfNumber(rest, CHUNK_DIGITS) + digits
  }
  return digits.slice(digits.length - width)
}

const LIMB = 65_536

/** Two bytes each, the most significant first. */
function limbsOf(bytes: Buffer): number[] {
  const limbs = bytes.length % 2 === 0 ? [] : [bytes.readUInt8(0)]
  for (let at = limbs.length; at < bytes.length; at += 2) limbs.push(bytes.readUInt16BE(at))
  return limbs
}

export const CHECKSUM_DIGITS = 6

/** Six base62 digits of the CRC-32 of `text`: tells a real credential from a look-alike offline. It is no secret and proves nothing. */
export function checksumOf(text: string): string {
  return base62OfNumber(crc32(text), CHECKSUM_DIGITS)
}
