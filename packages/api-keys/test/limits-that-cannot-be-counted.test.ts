import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { checkLimits } from '../src/check-terms.ts'

describe('limits of a key', () => {
  it('K9: one that could not be counted is refused when it is written, not at each use', () => {
    const tooFast = [{ name: 'burst', count: 1_000_001, periodSeconds: 1 }]
    assert.throws(
      () => checkLimits(tooFast),
      (error) => error instanceof Refusal && error.code === 'key_invalid',
    )
    const fits = [{ name: 'burst', count: 1_000, periodSeconds: 1 }]
    assert.deepEqual(checkLimits(fits), fits)
  })
})
