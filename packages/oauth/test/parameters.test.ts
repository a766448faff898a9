import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { parametersOf } from '../src/index.ts'

const refusedAs = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code

describe('parametersOf', () => {
  const sent = parametersOf(new URLSearchParams('a=1&empty=&twice=1&twice=1&emptied=&emptied=&list=x&list=&list=y&__proto__=z'))

  it('O5: one value is the value, none and an empty one are absent (RFC 6749 §3.1)', () => {
    assert.equal(sent.one('a'), '1')
    assert.equal(sent.one('empty'), undefined)
    assert.equal(sent.one('absent'), undefined)
    assert.equal(sent.one('__proto__'), 'z')
    assert.equal(sent.one('constructor'), undefined)
  })

  it('O5 R6: a repeated one is refused whatever its values, a required one when absent or empty', () => {
    for (const name of ['twice', 'emptied']) {
      assert.throws(() => sent.one(name), refusedAs('parameter_repeated'))
      assert.throws(() => sent.required(name), refusedAs('parameter_repeated'))
    }
    for (const name of ['empty', 'absent']) assert.throws(() => sent.required(name), refusedAs('parameter_missing'))
    assert.equal(sent.required('a'), '1')
  })

  it('O8: a parameter that may be repeated gives all that is not empty (RFC 8707 §2)', () => {
    assert.deepEqual(sent.all('list'), ['x', 'y'])
    assert.deepEqual(sent.all('absent'), [])
  })
})
