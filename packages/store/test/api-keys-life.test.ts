import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ApiKey, KeyRoll, Once } from '@latchwork/api-keys'
import { answeredBy } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine, type EngineName, type TestDatabase } from './engines.ts'
import { HOUR, idOf, journalOf, newAuthorization, newDigest, newImport, newKey, noJournal, T0, writeParties, writePerson } from './records.ts'

const rollOf = (keyId: string, more: Partial<KeyRoll> = {}): KeyRoll => ({
  keyId,
  successor: { id: idOf('key'), digest: newDigest(), fingerprint: 'sk_live_…abcd', createdBy: 'root_1', createdAt: T0 },
  endsAt: T0 + HOUR,
  overlapMs: HOUR,
  ...more,
})
const waiting = (keyId: string): KeyRoll => {
  const { endsAt: _, ...roll } = rollOf(keyId)
  return roll
}
const onceOf = (key: string, requestDigest = 'd'): Once => ({ makerId: 'root_1', key, requestDigest, now: T0, until: T0 + HOUR })
const journalFor = (key: ApiKey) => journalOf(`key:${key.id}`)
const isRolled = (outcome: unknown): boolean => Array.isArray(outcome)

const grounds: readonly { readonly engine: EngineName; readonly nodes: number }[] = [
  { engine: 'sqlite', nodes: 1 },
  { engine: 'postgres', nodes: 3 },
]

for (const { engine, nodes } of grounds) {
  describe(`keys at the same moment (${engine}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'})`, () => {
    let database: TestDatabase
    let stores: Store[]
    let store: Store
    before(async () => {
      database = await createDatabase(engine)
      stores = await Promise.all(Array.from({ length: nodes }, () => database.open()))
      store = stores[0] ?? assert.fail('no node')
    })
    after(() => database?.drop())

    function race<T>(attempt: (node: Store, index: number) => Promise<T>, atOnce = 100): Promise<T[]> {
      return Promise.all(Array.from({ length: atOnce }, (_, index) => attempt(stores[index % nodes] ?? store, index)))
    }
    const accountOf = async () => (await writePerson(store)).account.id
    const rows = (where: string) => database.query(`select * from api_keys where ${where}`)

    it('K6 R1: 100 rolls of one key: one successor, one primary, and one set of events and feed entries', async () => {
      const key = newKey(await accountOf())
      await store.apiKeys.createKey(key, noJournal)
      const [events, entries] = [await database.query('select id from events'), await database.query('select feed_id from revocations')]
      const outcomes = await race((node) => node.apiKeys.rollKeys([rollOf(key.id)], T0, journalOf(`key:${key.id}`)))
      assert.equal(outcomes.filter(isRolled).length, 1)
      for (const outcome of outcomes) if (!isRolled(outcome)) assert.equal((outcome as { refused: string }).refused, 'already_rolled')
      const held = await rows(`account_id = '${key.accountId}' and slot is not null`)
      assert.equal(held.length, 2)
      assert.equal(held.filter((row) => Number(row['is_primary']) === 1).length, 1)
      assert.equal((await database.query('select id from events')).length, events.length + 1)
      assert.equal((await database.query('select feed_id from revocations')).length, entries.length + 1)
    })

    it('K6 R1: rolls against creations: never more than two places, never two primaries', async () => {
      const key = newKey(await accountOf())
      await store.apiKeys.createKey(key, noJournal)
      await race<unknown>((node, index) =>
        index % 2 === 0 ? node.apiKeys.rollKeys([rollOf(key.id)], T0, noJournal) : node.apiKeys.createKey(newKey(key.accountId), noJournal),
      )
      const held = await rows(`account_id = '${key.accountId}' and slot is not null`)
      assert.equal(held.length, 2)
      assert.equal(held.filter((row) => Number(row['is_primary']) === 1).length, 1)
      assert.equal((await rows(`account_id = '${key.accountId}'`)).length, 2, 'and nothing of those that were refused')
    })

    it('K6 R1: 100 first uses start the clock once', async () => {
      const key = newKey(await accountOf(), { kind: 'rk' })
      await store.apiKeys.createKey(key, noJournal)
      const roll = waiting(key.id)
      await store.apiKeys.rollKeys([roll], T0, noJournal)
      const outcomes = await race((node, index) => node.apiKeys.startOverlap(roll.successor.id, T0 + index, journalFor))
      assert.equal(outcomes.filter(Boolean).length, 1)
      const old = await store.apiKeys.findKey(key.id)
      assert.equal(old?.expiresAt, T0 + outcomes.indexOf(true) + HOUR)
      assert.equal(old?.overlapMs, undefined)
    })

    it('K9 R1: credits are spent to the last one and not beyond', async () => {
      const key = newKey(await accountOf(), { kind: 'rk', credits: { remaining: 30 } })
      await store.apiKeys.createKey(key, noJournal)
      const outcomes = await race((node) => node.apiKeys.spendCredits(key.id, 1, T0))
      assert.equal(outcomes.filter((spent) => spent?.taken).length, 30)
      assert.deepEqual([...new Set(outcomes.filter((spent) => spent?.taken === false).map((spent) => spent?.remaining))], [0])
      assert.equal((await store.apiKeys.findKey(key.id))?.credits?.remaining, 0)
    })

    it('K9 R1: a refill that 100 callers find due is counted once, and who is refused is told what there is', async () => {
      const refill = { amount: 7, everySeconds: 60, max: 100 }
      const key = newKey(await accountOf(), { kind: 'rk', credits: { remaining: 2, refill, refilledAt: T0 } })
      await store.apiKeys.createKey(key, noJournal)
      const outcomes = await race((node) => node.apiKeys.spendCredits(key.id, 1, T0 + 125_000))
      assert.equal(outcomes.filter((spent) => spent?.taken).length, 16)
      const refused = outcomes.filter((spent) => spent?.taken === false)
      assert.deepEqual([...new Set(refused.map((spent) => JSON.stringify(spent)))], ['{"taken":false,"remaining":0,"retryAfterMs":55000}'])
    })

    it('R1: 100 calls with one name act once, and all have its answer; under another request none has', async () => {
      const accountId = await accountOf()
      const outcomes = await race((node, index) =>
        node.apiKeys.createKey(newKey(accountId, { kind: 'rk' }), journalOf(), { once: onceOf('c', index === 99 ? 'other' : 'd') }),
      )
      const made = outcomes.filter((outcome): outcome is ApiKey => typeof outcome === 'object' && 'id' in outcome)
      assert.equal(made.length, 1)
      const repeated = outcomes.flatMap((outcome) => (typeof outcome === 'object' && 'repeated' in outcome ? [outcome.repeated] : []))
      const others = outcomes.filter((outcome) => outcome === 'other_request').length
      assert.equal(repeated.length + others, 99)
      assert.ok(others === 1 || others === 99, 'whoever was first, the rest asked for the same or for another thing')
      for (const answer of repeated) assert.deepEqual(answer, made[0])
      assert.equal((await rows(`account_id = '${accountId}'`)).length, 1)
    })

    it('R1: a digest is imported once, and an import that meets it leaves nothing', async () => {
      const accountId = await accountOf()
      const digest = newDigest()
      const outcomes = await race((node) => {
        const keys = [newImport(accountId), newImport(accountId, { digest })]
        return node.apiKeys.importKeys(keys, T0, journalOf())
      }, 20)
      assert.equal(outcomes.filter(Array.isArray).length, 1)
      assert.equal((await rows(`account_id = '${accountId}'`)).length, 2)
    })

    it('K16 R1: at the same moment under two peppers, a key is imported once', async () => {
      const accountIds = await Promise.all(Array.from({ length: nodes }, accountOf))
      const [older, newer] = [newDigest(), newDigest()]
      const outcomes = await race((node, index) => {
        const accountId = accountIds[index % nodes] ?? assert.fail()
        const one = index % 2 === 0 ? { digest: older, olderDigests: [newer] } : { digest: newer, olderDigests: [older] }
        const after = Array.from({ length: 20 }, () => newImport(accountId)) // so long the others may look meanwhile
        return node.apiKeys.importKeys([newImport(accountId, one), ...after], T0, journalOf())
      }, 20)
      assert.equal(outcomes.filter(Array.isArray).length, 1)
      assert.equal((await rows(`digest in ('${older}', '${newer}')`)).length, 1)
    })

    it('K6 R1: imports against creations: never more than the policy allows', async () => {
      const accountId = await accountOf()
      await race<unknown>(
        (node, index) =>
          index % 2 === 0
            ? node.apiKeys.createKey(newKey(accountId, { kind: 'rk' }), noJournal, { most: 5 })
            : node.apiKeys.importKeys([newImport(accountId)], T0, noJournal, { most: 5 }),
        20,
      )
      assert.equal((await rows(`account_id = '${accountId}'`)).length, 5)
    })

    it('K14 R1: a member’s keys end while they are rolled: what is left alive was rolled whole or not at all', async () => {
      const { account, user } = await writePerson(store)
      const keys = [newKey(account.id, { kind: 'rk', createdBy: user.id }), newKey(account.id, { kind: 'rk', createdBy: user.id })]
      for (const key of keys) await store.apiKeys.createKey(key, noJournal)
      await Promise.all([
        (stores[nodes - 1] ?? store).apiKeys.endKeysOfMember(account.id, user.id, 'member_left', T0, () => noJournal),
        store.apiKeys.rollKeys(
          keys.map(({ id }) => rollOf(id)),
          T0,
          noJournal,
        ),
      ])
      const all = await rows(`account_id = '${account.id}'`)
      assert.ok(all.length === 2 || all.length === 4)
      for (const { id } of keys) assert.notEqual((await store.apiKeys.findKey(id))?.revokedAt, undefined, 'ended, first or last')
    })
  })
}

describeOnEachEngine('the life of a key', (node, database) => {
  const create = async (changes: Parameters<typeof newKey>[1] = {}) => {
    const key = newKey((await writePerson(node())).account.id, { kind: 'rk', ...changes })
    await node().apiKeys.createKey(key, noJournal)
    return key
  }

  it('K9: refills are counted lazily, whole periods alone, never above the greatest amount, and never taking what was above', async () => {
    const refill = { amount: 10, everySeconds: 60, max: 25 }
    const key = await create({ credits: { remaining: 5, refill, refilledAt: T0 } })
    const spend = (cost: number, at: number) => node().apiKeys.spendCredits(key.id, cost, at)
    assert.deepEqual(await spend(6, T0 + 59_999), { taken: false, remaining: 5, retryAfterMs: 1 })
    assert.deepEqual(await spend(6, T0 + 60_000), { taken: true, remaining: 9 })
    assert.deepEqual(await spend(0, T0 + 119_999), { taken: true, remaining: 9 })
    assert.deepEqual(await spend(1, T0 + 120_000), { taken: true, remaining: 18 })
    assert.deepEqual(await spend(1, T0 + 3_600_000), { taken: true, remaining: 24 })
    assert.deepEqual(await spend(1, T0), { taken: true, remaining: 23 }, 'a clock that went back gives nothing')
    const rich = await create({ credits: { remaining: 100, refill, refilledAt: T0 } })
    assert.deepEqual(await node().apiKeys.spendCredits(rich.id, 1, T0 + 60_000), { taken: true, remaining: 99 })
    assert.equal(await node().apiKeys.spendCredits((await create()).id, 1, T0), undefined)
    await assert.rejects(database().query(`update api_keys set credits = -1 where id = '${key.id}'`))
  })

  it('K9: who finds too few credits is told when the refill that suffices is due, and then it does', async () => {
    const refill = { amount: 10, everySeconds: 60, max: 25 }
    const { id } = await create({ credits: { remaining: 3, refill, refilledAt: T0 } })
    const spend = (cost: number, at: number) => node().apiKeys.spendCredits(id, cost, at)
    assert.deepEqual(await spend(4, T0 + 1), { taken: false, remaining: 3, retryAfterMs: 59_999 })
    const told = await spend(24, T0 + 70_000)
    assert.deepEqual(told, { taken: false, remaining: 13, retryAfterMs: 110_000 }, 'two refills more, the last one cut to the greatest amount')
    assert.equal((await spend(24, T0 + 179_999))?.taken, false)
    assert.deepEqual(await spend(24, T0 + 180_000), { taken: true, remaining: 1 })
    assert.deepEqual(await spend(26, T0 + 180_000), { taken: false, remaining: 1 }, 'no refill will ever suffice')
    const poor = await create({ credits: { remaining: 0 } })
    assert.deepEqual(await node().apiKeys.spendCredits(poor.id, 1, T0), { taken: false, remaining: 0 })
  })

  it('K6 K9: a key and its successor have one purse', async () => {
    const key = await create({ credits: { remaining: 3 } })
    const roll = rollOf(key.id)
    await node().apiKeys.rollKeys([roll], T0, noJournal)
    assert.deepEqual(await node().apiKeys.spendCredits(key.id, 1, T0), { taken: true, remaining: 2 })
    assert.deepEqual(await node().apiKeys.spendCredits(roll.successor.id, 2, T0), { taken: true, remaining: 0 })
    assert.deepEqual(await node().apiKeys.spendCredits(key.id, 1, T0), { taken: false, remaining: 0 })
  })

  it('K17: a connected account’s key stands for the person of its consent and ends with it', async () => {
    const parties = await writeParties(node())
    const { consent, ...authorization } = newAuthorization(parties)
    await node().oauth.authorize({ consent, ...authorization }, noJournal)
    const key = newKey(parties.accountId, { kind: 'rk', consentId: consent.id })
    await node().apiKeys.createKey(key, noJournal)
    const beyond = newKey(parties.accountId, { kind: 'rk', consentId: consent.id, scopes: ['notes:write'] })
    assert.equal(await node().apiKeys.createKey(beyond, noJournal), 'not_consented')
    const find = async () => (await node().apiKeys.findKeyByDigest(key.digest))?.record
    const found = await find()
    assert.deepEqual([found?.alive, found?.principal.userId, found?.principal.clientId], [true, parties.userId, parties.clientId])
    for (const lifeline of [`consent:${consent.id}`, `user:${parties.userId}`, `client:${parties.clientId}`] as const)
      assert.ok(found?.livesBy.includes(lifeline))
    await node().oauth.endConsent(consent.id, parties.userId, T0, journalOf(`consent:${consent.id}`))
    assert.equal((await find())?.alive, false)
  })

  it('K14 K18: when a membership ends, caches hear of every token that lived by it, and of no other key', async () => {
    const [owner, guest] = [await writePerson(node()), await writePerson(node())]
    await node().accounts.addMember(owner.account.id, guest.user.id, T0, noJournal)
    const own = { kind: 'pat', userId: guest.user.id } as const
    const [token, ended, elsewhere] = [newKey(owner.account.id, own), newKey(owner.account.id, { ...own, expiresAt: T0 - 1 }), newKey(guest.account.id, own)]
    const other = newKey(owner.account.id, { kind: 'rk', createdBy: guest.user.id })
    for (const key of [token, ended, elsewhere, other]) await node().apiKeys.createKey(key, noJournal)
    const head = await node().feed.head()
    assert.equal(await node().accounts.removeMember(owner.account.id, guest.user.id, T0, noJournal), true)
    assert.deepEqual(
      (await node().feed.read(head, 10)).map(({ lifeline }) => lifeline),
      [`key:${token.id}`],
    )
    assert.equal((await node().apiKeys.findKeyByDigest(token.digest))?.record.alive, false)
    assert.equal(await node().accounts.removeMember(owner.account.id, guest.user.id, T0, noJournal), false)
  })

  it('K14 K18: tokens that ended with a membership do not come back with another one, nor one that was made beside the end', async () => {
    const [owner, guest] = [await writePerson(node()), await writePerson(node())]
    await node().accounts.addMember(owner.account.id, guest.user.id, T0, noJournal)
    const own = { kind: 'pat', userId: guest.user.id } as const
    const [token, late, again] = [newKey(owner.account.id, own), newKey(owner.account.id, own), newKey(owner.account.id, own)]
    const elsewhere = newKey(guest.account.id, own)
    for (const key of [token, elsewhere]) await node().apiKeys.createKey(key, noJournal)
    await node().accounts.removeMember(owner.account.id, guest.user.id, T0, noJournal)
    assert.equal((await node().apiKeys.findKey(token.id))?.revokedReason, 'membership_ended')
    await node().apiKeys.createKey(late, noJournal) // its maker was still a member when it was asked for
    await node().accounts.addMember(owner.account.id, guest.user.id, T0, noJournal)
    await node().apiKeys.createKey(again, noJournal)
    await node().accounts.addMember(owner.account.id, guest.user.id, T0, noJournal)
    const found = await Promise.all([token, late, elsewhere, again].map(async ({ digest }) => node().apiKeys.findKeyByDigest(digest)))
    assert.deepEqual(
      found.map((key) => key?.record.alive),
      [false, false, true, true],
    )
  })

  it('K16 K3: a key that is stored under an older pepper is known to an import, and stays revoked', async () => {
    const key = await create({ imported: true })
    await node().apiKeys.revokeKey(key.id, 'leaked', T0, noJournal)
    const again = newImport(key.accountId, { olderDigests: [newDigest(), key.digest] })
    assert.deepEqual(await node().apiKeys.importKeys([newImport(key.accountId), again], T0, noJournal), { refused: 'digest_known', index: 1 })
    assert.equal((await node().apiKeys.findKeyByDigest(again.digest, ...again.olderDigests))?.record.alive, false)
  })

  it('K6 K16: an import finds no more room than is left, and leaves nothing where there is too little', async () => {
    const key = await create()
    const { accountId } = key
    const bring = (count: number) => {
      const keys = Array.from({ length: count }, () => newImport(accountId))
      return node().apiKeys.importKeys(keys, T0, noJournal, { most: 3 })
    }
    assert.deepEqual(await bring(3), { refused: 'limit_reached', index: 2 })
    assert.equal(((await bring(2)) as readonly ApiKey[]).length, 2)
    assert.deepEqual(await bring(1), { refused: 'limit_reached', index: 0 })
    const known = newImport(accountId, { olderDigests: [key.digest] })
    assert.deepEqual(await node().apiKeys.importKeys([known], T0, noJournal, { most: 3 }), { refused: 'digest_known', index: 0 })
  })

  it('K16 K3: where two rows answer to one text, what ended wins, and it ends with either', async () => {
    for (const ended of [0, 1]) {
      const pair = [await create({ imported: true }), await create({ imported: true })]
      const find = async () => (await node().apiKeys.findKeyByDigest(...(pair.map(({ digest }) => digest) as [string, string])))?.record
      for (const { id } of pair) assert.ok((await find())?.livesBy.includes(`key:${id}`))
      const one = pair[ended] ?? assert.fail()
      await node().apiKeys.setKeyEnd(one.id, T0 + HOUR, T0, noJournal)
      assert.equal((await find())?.principal.expiresAt, T0 + HOUR)
      await node().apiKeys.revokeKey(one.id, 'leaked', T0, noJournal)
      assert.deepEqual([(await find())?.alive, (await find())?.principal.credentialId], [false, one.id])
    }
  })

  it('K3: a key is not moved to a digest under which another is stored', async () => {
    const [one, other] = [await create(), await create()]
    await node().apiKeys.moveDigest(one.id, one.digest, other.digest)
    assert.equal((await node().apiKeys.findKeyByDigest(one.digest))?.record.principal.credentialId, one.id)
  })

  it('K4: the database itself keeps the text of no key that is not publishable', async () => {
    const key = await create()
    await assert.rejects(database().query(`update api_keys set public_text = 'x' where id = '${key.id}'`))
    const pk = await create({ kind: 'pk', publicText: 'pk_live_x' })
    assert.equal((await node().apiKeys.findKey(pk.id))?.publicText, 'pk_live_x')
  })

  it('K5: a short-lived key is told of in the last quarter of its life, each key once', async () => {
    const key = await create({ expiresAt: T0 + 4 * HOUR, lifetimeMs: 4 * HOUR })
    const note = async (now: number) => (await node().apiKeys.noteExpiring(now + 100 * HOUR, now, 10, () => journalOf())).map(({ id }) => id)
    assert.ok(!(await note(T0 + 3 * HOUR - 1)).includes(key.id))
    assert.ok((await note(T0 + 3 * HOUR)).includes(key.id))
    assert.ok(!(await note(T0 + 3 * HOUR + 1)).includes(key.id))
  })

  it('K6: an end that was set stops a clock that waited, and a change never lengthens a life', async () => {
    const key = await create()
    const roll = waiting(key.id)
    await node().apiKeys.rollKeys([roll], T0, noJournal)
    const changed = async (outcome: ReturnType<Store['apiKeys']['setKeyEnd']>) => answeredBy<ApiKey | undefined>(await outcome).answer
    assert.equal((await changed(node().apiKeys.setKeyEnd(key.id, T0 + 5, T0, noJournal)))?.expiresAt, T0 + 5)
    assert.equal(await node().apiKeys.startOverlap(roll.successor.id, T0 + 1, journalFor), false)
    assert.equal((await node().apiKeys.findKey(key.id))?.expiresAt, T0 + 5)
    const bounded = await create({ expiresAt: T0 + HOUR })
    assert.equal((await changed(node().apiKeys.updateKey(bounded.id, { expiresAt: T0 + 2 * HOUR }, T0, noJournal)))?.expiresAt, T0 + HOUR)
    assert.equal((await changed(node().apiKeys.updateKey(bounded.id, { expiresAt: T0 + 5 }, T0, noJournal)))?.expiresAt, T0 + 5)
    assert.equal(await node().apiKeys.updateKey(bounded.id, { name: 'late' }, T0 + 5, noJournal), undefined)
    const other = newKey(bounded.accountId, { kind: 'rk', scopes: ['a:b', 'c:d'] })
    await node().apiKeys.createKey(other, noJournal)
    assert.equal(
      await node().apiKeys.updateKey(other.id, { scopes: ['c:d'] }, T0, noJournal, { formerScopes: ['a:b'] }),
      undefined,
      'it was narrowed meanwhile',
    )
    assert.deepEqual((await node().apiKeys.findKey(other.id))?.scopes, ['a:b', 'c:d'])
    assert.deepEqual((await changed(node().apiKeys.updateKey(other.id, { scopes: ['c:d'] }, T0, noJournal, { formerScopes: ['a:b', 'c:d'] })))?.scopes, ['c:d'])
  })
})
