/**
 * Bytes from the system's CSPRNG, drawn in bulk: asking for a few at a time costs several microseconds each, and every request makes some ids and secrets. What was given out
 * is erased here, so that no later look into memory finds it.
 */
import { randomFillSync } from 'node:crypto'
import { DIGITS } from './base62.ts'

const stock = Buffer.alloc(4096)
let at = stock.length

/** @param count at most 1,024. */
export function takeRandomBytes(count: number): Buffer {
  if (count > 1024) throw new RangeError('takeRandomBytes is for small amounts')
  if (at + count > stock.length) {
    randomFillSync(stock)
    at = 0
  }
  const taken = Buffer.from(stock.subarray(at, at + count)) // a copy
  stock.fill(0, at, at + count)
  at += count
  return taken
}

const digits = Buffer.alloc(4096)
let digitsAt = digits.length

/** Base62 digits, each drawn by itself and all alike likely: log2(62) = 5.95 bits of chance in each. @param count at most 1,024. */
export function takeRandomDigits(count: number): string {
  if (count > 1024) throw new RangeError('takeRandomDigits is for small amounts')
  if (digitsAt + count > digits.length) drawDigits()
  const taken = digits.toString('latin1', digitsAt, digitsAt + count)
  digits.fill(0, digitsAt, digitsAt + count)
  digitsAt += count
  return taken
}

/** Of six bits each, the two values that are no digit are left out, so that none is likelier than another. */
function drawDigits(): void {
  digitsAt = 0
  let at = digits.length
  while (at > 0) {
    for (const byte of randomFillSync(Buffer.alloc(at))) {
      const value = byte & 63
      if (value < DIGITS.length) digits[--at] = DIGITS.charCodeAt(value)
      if (at === 0) return
    }
  }
}
