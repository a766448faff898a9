import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acrOf, reachableAcrs } from '../src/index.ts'
import { reachesOneOf } from '../src/tokens/acr.ts'

const ONE = 'urn:latchwork:acr:one-factor'
const MANY = 'urn:latchwork:acr:multi-factor'

describe('acr', () => {
  it('O6: is the strongest that is true, or of what is true the first that was asked for', () => {
    assert.equal(acrOf([]), undefined)
    assert.equal(acrOf(['pwd']), ONE)
    assert.equal(acrOf(['pwd', 'otp', 'mfa']), MANY)
    assert.equal(acrOf(['pwd', 'otp', 'mfa'], ['urn:x', ONE, MANY]), ONE)
    assert.equal(acrOf(['pwd'], [MANY, 'urn:x']), ONE, 'never more than is true')
    assert.equal(acrOf([], [ONE]), undefined)
  })

  it('O6: only what some way in leads to is offered', () => {
    assert.deepEqual(reachableAcrs([['pwd']]), [ONE])
    assert.deepEqual(reachableAcrs([['pwd'], ['hwk', 'user', 'mfa']]), [MANY, ONE])
    assert.deepEqual(reachableAcrs([]), [])
  })

  it('O6: what is essential is reached by one of the values', () => {
    assert.ok(reachesOneOf(['pwd'], [MANY, ONE]))
    assert.ok(!reachesOneOf(['pwd'], [MANY]))
    assert.ok(!reachesOneOf(['pwd'], []))
    assert.ok(!reachesOneOf([], [ONE]))
  })
})
