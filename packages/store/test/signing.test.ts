import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SigningAlgorithm, SigningKeyRecord } from '@latchwork/signing'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, journalOf, newSigningKey, noJournal, T0 } from './records.ts'

describeOnEachEngine('SigningStore', (node, database) => {
  /** Each test takes an algorithm for itself. */
  const of = async (algorithm: SigningAlgorithm): Promise<readonly SigningKeyRecord[]> =>
    (await node().signing.listSigningKeys()).filter((key) => key.algorithm === algorithm)
  const events = async () => (await database().query('select type from events')).length

  it('J2 R1: an algorithm gets one current and one next key, and each algorithm its own', async () => {
    const { signing } = node()
    const [current, next] = [newSigningKey('ES256', 'current'), newSigningKey('ES256', 'next', { activatesAt: T0 + HOUR })]
    const before = await events()
    assert.equal(await signing.addSigningKey(current, journalOf()), true)
    assert.equal(await signing.addSigningKey(newSigningKey('ES256', 'current'), journalOf()), false)
    assert.equal(await signing.addSigningKey(next, journalOf()), true)
    assert.equal(await signing.addSigningKey(newSigningKey('ES256', 'next'), journalOf()), false)
    assert.deepEqual(await of('ES256'), [current, next])
    assert.equal(await events(), before + 2, 'those that lost wrote no event')

    const promotion = { kid: next.kid, formerKid: current.kid, retiredAt: T0 + HOUR, publishedUntil: T0 + 2 * HOUR }
    assert.equal(await signing.promoteSigningKey(promotion, journalOf()), true)
    assert.equal(await signing.promoteSigningKey(promotion, journalOf()), false)
    const { privateHalf: _erased, ...publicHalf } = current
    assert.deepEqual(await of('ES256'), [
      { ...publicHalf, state: 'retired', retiredAt: T0 + HOUR, publishedUntil: T0 + 2 * HOUR },
      { ...next, state: 'current' },
    ])
    assert.ok(!(await database().dump()).includes(`"${current.privateHalf}"`), 'the private half is in no row')

    assert.equal(await signing.withdrawSigningKey(next.kid, T0, noJournal), false, 'a current key is not withdrawn')
    assert.equal(await signing.withdrawSigningKey(current.kid, T0 + 3 * HOUR, journalOf()), true)
    assert.equal(await signing.withdrawSigningKey(current.kid, T0 + 4 * HOUR, journalOf()), false)
    await signing.forgetSigningKeys(T0 + 3 * HOUR)
    assert.equal((await of('ES256'))[0]?.withdrawnAt, T0 + 3 * HOUR)
    await signing.forgetSigningKeys(T0 + 3 * HOUR + 1)
    assert.deepEqual(await of('ES256'), [{ ...next, state: 'current' }])
  })

  it('J2: a promotion of what is not next, or in place of what is not current, changes nothing', async () => {
    const { signing } = node()
    const [current, next] = [newSigningKey('RS256', 'current'), newSigningKey('RS256', 'next')]
    await signing.addSigningKey(current, noJournal)
    await signing.addSigningKey(next, noJournal)
    const before = [await of('RS256'), await events()]
    for (const [kid, formerKid] of [
      [current.kid, current.kid],
      [next.kid, next.kid],
      ['none', current.kid],
      [next.kid, 'none'],
    ] as const)
      assert.equal(await signing.promoteSigningKey({ kid, formerKid, retiredAt: T0, publishedUntil: T0 }, journalOf()), false)
    assert.deepEqual([await of('RS256'), await events()], before)
    assert.equal(await signing.moveSigningKey(current.kid, T0 + 1), false)
    assert.equal(await signing.moveSigningKey(next.kid, T0 + 1), true)
    assert.equal((await of('RS256'))[1]?.activatesAt, T0 + 1)
  })

  it('J2: a revoked current key is followed by the next, else by the replacement; without either nothing is done', async () => {
    const { signing, feed } = node()
    const [current, next] = [newSigningKey('PS256', 'current'), newSigningKey('PS256', 'next', { activatesAt: T0 + HOUR })]
    await signing.addSigningKey(current, noJournal)
    const bare = await of('PS256')
    assert.equal(await signing.revokeSigningKey({ kid: current.kid, now: T0 }, journalOf()), 'nothing_in_its_place')
    assert.deepEqual(await of('PS256'), bare)
    await signing.addSigningKey(next, noJournal)
    const head = await feed.head()
    const spare = newSigningKey('PS256', 'current')
    const replacement = { key: spare, events: journalOf().events }
    assert.equal(await signing.revokeSigningKey({ kid: current.kid, now: T0 + 5, replacement }, journalOf(`signing_key:${current.kid}`)), 'revoked')
    const { privateHalf: _erased, ...publicHalf } = current
    assert.deepEqual(await of('PS256'), [
      { ...publicHalf, state: 'revoked', withdrawnAt: T0 + 5 },
      { ...next, state: 'current', activatesAt: T0 + 5 },
    ])
    assert.deepEqual(
      (await feed.read(head, 10)).map(({ lifeline }) => lifeline),
      [`signing_key:${current.kid}`],
    )
    assert.equal(await signing.revokeSigningKey({ kid: current.kid, now: T0 + 6, replacement }, journalOf()), 'not_found')
    assert.equal(await signing.revokeSigningKey({ kid: next.kid, now: T0 + 6, replacement }, journalOf()), 'revoked')
    assert.deepEqual((await of('PS256')).at(-1), spare)
    assert.equal(await signing.revokeSigningKey({ kid: 'none', now: T0 }, journalOf()), 'not_found')
  })

  it('J1: a private half is sealed anew only over what was read', async () => {
    const { signing } = node()
    const key = newSigningKey('Ed25519', 'current')
    await signing.addSigningKey(key, noJournal)
    assert.equal(await signing.replacePrivateHalf(key.kid, 'other', 'new'), false)
    assert.equal(await signing.replacePrivateHalf(key.kid, key.privateHalf ?? '', 'new'), true)
    assert.equal((await of('Ed25519'))[0]?.privateHalf, 'new')
  })
})
