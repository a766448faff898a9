import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearMiss, suggestion } from '@latchwork/kernel'

describe('near misses', () => {
  const known = ['issuer', 'http', 'sessions', 'signUp', 'demo', 'data']
  it('E7: finds slips, swaps and other cases, and nothing far away', () => {
    assert.equal(nearMiss('isuer', known), 'issuer')
    assert.equal(nearMiss('htpt', known), 'http')
    assert.equal(nearMiss('sign_up', known), 'signUp')
    assert.equal(nearMiss('session', known), 'sessions')
    assert.equal(nearMiss('zebra', known), undefined)
    assert.equal(nearMiss('', known), undefined)
  })
  it('E7: where nothing is near, all there is is listed, if somebody would read it', () => {
    assert.equal(suggestion('demoo', known), 'Did you mean demo?')
    assert.equal(suggestion('zebra', known), 'Known here: issuer, http, sessions, signUp, demo, data.')
  })
})
