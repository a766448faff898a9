import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { base62OfBytes } from '../src/base62.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Digit by digit in big numbers, as one would by hand. */
function byHand(bytes: Buffer, width: number): string {
  let rest = BigInt(`0x0${bytes.toString('hex')}`)
  let digits = ''
  for (let place = 0; place < width; place++) {
    digits = DIGITS.charAt(Number(rest % 62n)) + digits
    rest /= 62n
  }
  return digits
}

it('K1: base62 of bytes is that of the one number they are, whatever their length and the width', () => {
  for (let length = 1; length <= 40; length++) {
    const patterns = [Buffer.alloc(length), Buffer.alloc(length, 255), Buffer.alloc(length, 255).fill(0, 0, length >> 1)]
    for (const bytes of [...patterns, ...Array.from({ length: 50 }, () => randomBytes(length))])
      for (const width of [1, 6, 14, 43, 60]) assert.equal(base62OfBytes(bytes, width), byHand(bytes, width), `${bytes.toString('hex')} ${width}`)
  }
})
