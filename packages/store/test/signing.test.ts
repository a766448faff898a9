import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SigningKeyRecord } from '@latchwork/signing'
import { describeOnEachEngine } from './engines.ts'
import { journalOf, T0 } from './records.ts'

const keyOf = (kid: string, algorithm: SigningKeyRecord['algorithm']): SigningKeyRecord => ({
  kid,
  algorithm,
  publicJwk: { kty: 'EC', kid, alg: algorithm, use: 'sig' },
  sealedPrivateKey: 'sealed',
  createdAt: T0,
})

describeOnEachEngine('SigningStore', (node, database) => {
  it('R1: an algorithm gets one first key, and each algorithm its own', async () => {
    const { signing } = node()
    const first = keyOf('k1', 'ES256')
    assert.equal(await signing.addFirstSigningKey(first, journalOf()), true)
    assert.equal(await signing.addFirstSigningKey(keyOf('k2', 'ES256'), journalOf()), false)
    const other = keyOf('k3', 'RS256')
    assert.equal(await signing.addFirstSigningKey(other, journalOf()), true)
    assert.deepEqual(await signing.listSigningKeys(), [first, other])
    assert.equal((await node().events.listEvents({ limit: 10 })).items.length, 2, 'the one that lost wrote no event')
    assert.equal((await database().query('select * from signing_keys')).length, 2)
  })
})
