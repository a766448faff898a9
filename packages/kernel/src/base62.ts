/** Base62 (0–9 A–Z a–z) of fixed width, and the CRC-32 checksum our credentials end in. */
import { crc32 } from 'node:zlib'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHUNK_DIGITS = 8
const CHUNK = 62n ** BigInt(CHUNK_DIGITS) // below 2^53: the digits of a chunk are taken in plain numbers

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
  let rest = BigInt(`0x${bytes.toString('hex')}`)
  let digits = ''
  while (digits.length < width) {
    digits = base62OfNumber(Number(rest % CHUNK), CHUNK_DIGITS) + digits
    rest /= CHUNK
  }
  return digits.slice(digits.length - width)
}

export const CHECKSUM_DIGITS = 6

/** Six base62 digits of the CRC-32 of `text`: tells a real credential from a look-alike offline. It is no secret and proves nothing. */
export function checksumOf(text: string): string {
  return base62OfNumber(crc32(text), CHECKSUM_DIGITS)
}
