/** The cache's index must not outlive what it points to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeldRecord, RecordCache } from '../src/record-cache.ts'
import { keyRecord } from './core.ts'

function held(id: string) {
  return new HeldRecord(keyRecord('a'.repeat(20), id), 0)
}

describe('record cache', () => {
  it('R6: what is forgotten leaves nothing behind in the index', () => {
    const cache = new RecordCache(10)
    for (let index = 0; index < 1000; index++) cache.set(`digest_${index}`, held(`key_${index}`))
    assert.equal(cache.size, 10)
    assert.equal(cache.lifelines, 11, 'ten keys and their account')
    cache.evict('account:acc_1')
    assert.equal(cache.size, 0)
    assert.equal(cache.lifelines, 0)
  })

  it('R6: a record that is set again is indexed once, by what it lives by now', () => {
    const cache = new RecordCache(10)
    cache.set('digest', held('key_1'))
    cache.set('digest', held('key_2'))
    cache.evict('key:key_1')
    assert.equal(cache.size, 1)
    cache.evict('key:key_2')
    assert.equal(cache.size, 0)
    assert.equal(cache.lifelines, 0)
  })
})
