import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type ApiKey, isPrimaryAt, type KeyFilter } from '@latchwork/api-keys'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, idOf, journalOf, newDigest, newKey, noJournal, T0, writePerson } from './records.ts'

const isMade = (created: unknown): created is ApiKey => typeof created === 'object' && created !== null && 'id' in created

describeOnEachEngine('ApiKeysStore', (node, database) => {
  const accountOf = async () => (await writePerson(node())).account.id
  const create = async (...[accountId, changes]: Parameters<typeof newKey>) => {
    const key = newKey(accountId, changes)
    return { key, created: await node().apiKeys.createKey(key, journalOf()) }
  }

  const recordOf = async (digest: string) => (await node().apiKeys.findKeyByDigest(digest))?.record

  it('K6: holds two secret keys per account and environment, the first of them primary', async () => {
    const accountId = await accountOf()
    const first = await create(accountId)
    const { digest: _, ...shown } = first.key
    assert.deepEqual(first.created, { ...shown, isPrimary: true })
    const second = await create(accountId)
    assert.ok(isMade(second.created) && !second.created.isPrimary)
    const events = (await database().query('select * from events')).length
    const third = await create(accountId)
    assert.equal(third.created, 'slots_taken')
    assert.equal(await node().apiKeys.findKeyByDigest(third.key.digest), undefined)
    assert.equal((await database().query('select * from events')).length, events, 'nothing written')
    for (const changes of [{ environment: 'test' }, { kind: 'rk' }, { kind: 'pk' }, { kind: 'pat' }] as const) {
      assert.notEqual((await create(accountId, changes)).created, 'slots_taken', JSON.stringify(changes))
    }
    assert.notEqual((await create(await accountOf())).created, 'slots_taken', 'another account')
  })

  it('K6: a key that was revoked or has expired frees its place, and one of those left is primary', async () => {
    const accountId = await accountOf()
    const first = await create(accountId)
    const second = await create(accountId, { expiresAt: T0 + HOUR })
    assert.equal(await node().apiKeys.revokeKey(first.key.id, 'leaked', T0 + 1, journalOf(`key:${first.key.id}`)), true)
    assert.equal(await node().apiKeys.revokeKey(first.key.id, 'leaked', T0 + 2, journalOf(`key:${first.key.id}`)), false)
    assert.equal(await node().apiKeys.revokeKey('key_none', 'leaked', T0 + 2, journalOf()), false)
    const revoked = await node().apiKeys.findKey(first.key.id)
    assert.deepEqual([revoked?.revokedAt, revoked?.revokedReason, revoked?.isPrimary], [T0 + 1, 'leaked', false])
    assert.equal((await node().apiKeys.findKey(second.key.id))?.isPrimary, true)
    const third = await create(accountId)
    assert.ok(isMade(third.created) && !third.created.isPrimary)
    assert.equal((await create(accountId, { createdAt: T0 + HOUR - 1 })).created, 'slots_taken')
    const fourth = await create(accountId, { createdAt: T0 + HOUR })
    assert.ok(isMade(fourth.created) && !fourth.created.isPrimary, 'the place of the expired one')
    assert.equal((await node().apiKeys.findKey(third.key.id))?.isPrimary, true)
    assert.equal((await create(accountId, { createdAt: T0 + HOUR })).created, 'slots_taken')
  })

  it('K6: the act that needs a place, or another primary key, frees those of keys that have expired', async () => {
    const isHeld = async (accountId: string) =>
      (await database().query(`select id, is_primary as p from api_keys where account_id = '${accountId}' and slot is not null`)).map(({ id, p }) => [
        id,
        Number(p),
      ])
    for (const end of ['revoke', 'end', 'member'] as const) {
      const accountId = await accountOf()
      const first = await create(accountId, { createdBy: 'usr_leaver' })
      await create(accountId, { expiresAt: T0 + HOUR })
      const now = T0 + HOUR
      if (end === 'revoke') await node().apiKeys.revokeKey(first.key.id, 'leaked', now, journalOf())
      if (end === 'end') await node().apiKeys.setKeyEnd(first.key.id, now, now, journalOf())
      if (end === 'member') await node().apiKeys.endKeysOfMember(accountId, 'usr_leaver', 'member_left', now, () => noJournal)
      assert.deepEqual(await isHeld(accountId), [], `${end}: no key is primary that has expired`)
      const third = await create(accountId, { createdAt: now })
      assert.deepEqual(await isHeld(accountId), [[third.key.id, 1]])
    }
  })

  it('K6: the key that holds the other place says when it becomes primary', async () => {
    const accountId = await accountOf()
    const [first, second] = [await create(accountId, { expiresAt: T0 + HOUR }), await create(accountId)]
    const [one, other] = [await node().apiKeys.findKey(first.key.id), await node().apiKeys.findKey(second.key.id)]
    assert.deepEqual([one?.isPrimary, one?.primaryFrom, other?.isPrimary, other?.primaryFrom], [true, undefined, false, T0 + HOUR])
    assert.ok(one && other)
    for (const [now, expected] of [
      [T0 + HOUR - 1, [true, false]],
      [T0 + HOUR, [false, true]],
    ] as const)
      assert.deepEqual([isPrimaryAt(one, now), isPrimaryAt(other, now)], expected)
    assert.equal(isPrimaryAt({ ...other, expiresAt: T0 + HOUR }, T0 + HOUR), false, 'both have ended')
  })

  it('K6: the database itself refuses a third place, a second holder and a second primary', async () => {
    const accountId = await accountOf()
    const [first, second] = [await create(accountId), await create(accountId)]
    const refused = (change: string, id: string) => assert.rejects(database().query(`update api_keys set ${change} where id = '${id}'`), change)
    await refused('slot = 3', second.key.id)
    await refused('slot = 1', second.key.id)
    await refused('is_primary = 1', second.key.id)
    await refused('slot = null', second.key.id)
    await refused('revoked_at = 1', first.key.id)
  })

  it('finds a key by digest with all that it lives by', async () => {
    const accountId = await accountOf()
    const { key } = await create(accountId, { kind: 'rk', notBefore: T0 + 5, expiresAt: T0 + HOUR })
    const expected = {
      principal: {
        mechanism: 'api_key',
        subject: key.id,
        accountId,
        environment: 'live',
        scopes: key.scopes,
        audience: [],
        credentialId: key.id,
        fingerprint: key.fingerprint,
        expiresAt: T0 + HOUR,
      },
      alive: true,
      livesBy: [`key:${key.id}`, `account:${accountId}`],
      notBefore: T0 + 5,
    }
    assert.deepEqual(await recordOf(key.digest), expected)
    await database().query(`update accounts set disabled_at = 1 where id = '${accountId}'`)
    assert.deepEqual(await recordOf(key.digest), { ...expected, alive: false })
    await database().query(`update accounts set disabled_at = null where id = '${accountId}'`)
    await node().apiKeys.revokeKey(key.id, 'x', T0, noJournal)
    assert.deepEqual(await recordOf(key.digest), { ...expected, alive: false })
    assert.equal(await node().apiKeys.findKeyByDigest(newDigest()), undefined)
  })

  it('K18: a personal access token stands for its maker and dies with them', async () => {
    const { user } = await writePerson(node())
    const { key } = await create(user.accountId, { kind: 'pat', createdBy: user.id, userId: user.id })
    const found = await recordOf(key.digest)
    assert.deepEqual([found?.principal.subject, found?.principal.userId, found?.alive], [user.id, user.id, true])
    assert.ok(found?.livesBy.includes(`user:${user.id}`))
    await database().query(`update users set disabled_at = 1 where id = '${user.id}'`)
    assert.equal((await recordOf(key.digest))?.alive, false)
  })

  it('lists keys newest first, page by page, by account and environment', async () => {
    const accountId = await accountOf()
    const ids: string[] = []
    for (let count = 0; count < 5; count++) ids.unshift((await create(accountId, { kind: 'rk' })).key.id)
    const { key: test } = await create(accountId, { kind: 'rk', environment: 'test' })
    await create(await accountOf(), { kind: 'rk' })
    const filter = { accountId, environment: 'live', limit: 2 } as const
    const seen: string[] = []
    let page = await node().apiKeys.listKeys(filter)
    seen.push(...page.items.map(({ id }) => id))
    while (page.next !== undefined) {
      page = await node().apiKeys.listKeys({ ...filter, after: page.next })
      seen.push(...page.items.map(({ id }) => id))
    }
    assert.deepEqual(seen, ids)
    assert.deepEqual((await node().apiKeys.listKeys({ accountId, limit: 1 })).items[0]?.id, test.id)
  })

  it('E4: of both environments, and made by a person or standing for them, keys come newest first, each once', async () => {
    const accountId = await accountOf()
    const { user } = await writePerson(node())
    const ids: string[] = []
    for (let count = 0; count < 9; count++) {
      const environment = count % 3 === 1 ? 'test' : 'live'
      const whose = [{ createdBy: user.id }, { createdBy: 'root_x', userId: user.id }, { createdBy: user.id, userId: user.id }][count % 3] ?? {}
      ids.unshift((await create(accountId, { kind: 'rk', environment, name: `key ${count % 2}`, ...whose })).key.id)
    }
    const every = async (filter: Omit<KeyFilter, 'limit'>, limit: number): Promise<readonly string[]> => {
      const seen: string[] = []
      for (let place = {}; ; ) {
        const { items, next } = await node().apiKeys.listKeys({ ...filter, ...place, limit })
        seen.push(...items.map(({ id }) => id))
        if (next === undefined) return seen
        place = { after: next }
      }
    }
    for (const limit of [1, 2, 8, 9, 100])
      for (const whose of [{ accountId }, { madeBy: user.id }, { accountId, madeBy: user.id }]) {
        assert.deepEqual(await every(whose, limit), ids)
        assert.deepEqual(
          await every({ ...whose, name: 'KEY 0' }, limit),
          ids.filter((_, index) => index % 2 === 0),
        )
      }
  })

  it('keeps root keys, and finds them by digest until they are revoked', async () => {
    const key = { id: idOf('root_key'), digest: newDigest(), name: 'ops', scopes: ['keys:*'], fingerprint: 'lw_root_…wxyz', createdAt: T0 }
    await node().apiKeys.createRootKey(key, noJournal)
    const { digest, ...shown } = key
    assert.deepEqual((await node().apiKeys.listRootKeys({ limit: 9 })).items, [shown])
    const record = await node().apiKeys.findRootKeyByDigest(digest)
    assert.deepEqual([record?.principal.mechanism, record?.principal.scopes, record?.alive], ['root_key', key.scopes, true])
    assert.deepEqual(record?.livesBy, [`root_key:${key.id}`])
    assert.equal(await node().apiKeys.revokeRootKey(key.id, T0 + 1, journalOf(`root_key:${key.id}`)), true)
    assert.equal(await node().apiKeys.revokeRootKey(key.id, T0 + 2, journalOf(`root_key:${key.id}`)), false)
    assert.equal((await node().apiKeys.findRootKeyByDigest(digest))?.alive, false)
    assert.deepEqual((await node().apiKeys.listRootKeys({ limit: 9 })).items, [{ ...shown, revokedAt: T0 + 1 }])
  })
})
