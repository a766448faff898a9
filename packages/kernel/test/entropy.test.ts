import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { takeRandomBytes } from '../src/entropy.ts'

describe('takeRandomBytes', () => {
  it('K1: never gives the same bytes twice, over many refills and odd sizes', () => {
    const seen = new Set<string>()
    for (let round = 0; round < 20_000; round++) seen.add(takeRandomBytes(32).toString('hex'))
    assert.equal(seen.size, 20_000)
    for (const size of [1, 7, 10, 1023, 1024]) assert.equal(takeRandomBytes(size).length, size)
    assert.throws(() => takeRandomBytes(1025), RangeError)
  })

  it('K1: what was given out stays as it is when more is taken', () => {
    const taken = takeRandomBytes(32)
    const before = taken.toString('hex')
    for (let round = 0; round < 1000; round++) takeRandomBytes(32)
    assert.equal(taken.toString('hex'), before)
  })

  it('K1: every bit is as often 1 as 0 (within six standard deviations)', () => {
    const rounds = 4000
    const ones = new Array<number>(256).fill(0)
    for (let round = 0; round < rounds; round++) {
      takeRandomBytes(32).forEach((byte, index) => {
        for (let bit = 0; bit < 8; bit++) ones[index * 8 + bit] = (ones[index * 8 + bit] ?? 0) + ((byte >> bit) & 1)
      })
    }
    const bound = 6 * Math.sqrt(rounds / 4)
    for (const count of ones) assert.ok(Math.abs(count - rounds / 2) < bound)
  })
})
