/**
 * Bytes from the system's CSPRNG, drawn in bulk: asking for a few at a time costs several microseconds each, and every request makes some ids and secrets. What was given out
 * is erased here, so that no later look into memory finds it.
 */
import { randomFillSync } from 'node:crypto'

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
