/** The cache's index must not outlive what it points to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
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

  it('R4: once it is full, what comes once drives nothing out; what comes again takes a place', () => {
    const digests = Array.from({ length: 5000 }, (_, index) => digestOf(`key ${index}`))
    const cache = new RecordCache(100)
    const inUse = digests.slice(0, 100)
    for (const digest of inUse) cache.set(digest, held(digest))
    for (const digest of digests) if (cache.get(digest) === undefined) cache.set(digest, held(digest))
    assert.deepEqual(
      inUse.filter((digest) => cache.get(digest) === undefined),
      [],
    )
    const fresh = digestOf('one more')
    cache.set(fresh, held('key_fresh'))
    assert.equal(cache.get(fresh), undefined)
    cache.set(fresh, held('key_fresh'))
    assert.notEqual(cache.get(fresh), undefined)
    assert.equal(cache.size, 100)
    cache.evict('key:key_fresh')
    assert.equal(cache.get(fresh), undefined)
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
