import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, journalOf, newClient, newDevice, newDigest, noJournal, T0, writeParties, writeRedeemed } from './records.ts'

const MANY = 100

describeOnEachEngine('OAuthStore, clients', (node, database) => {
  it('R3 O13: what is remembered of a client is what is stored, whoever wrote it: an act, many at once, another process', async () => {
    const client = newClient()
    const { oauth } = node()
    assert.equal(await oauth.findClient(client.id), undefined)
    await oauth.createClient(client, newDigest(), noJournal)
    const nameNow = async () => (await oauth.findClient(client.id))?.client.name
    assert.equal(await nameNow(), client.name)
    let last = client
    for (const name of ['One', 'Two', 'Three']) {
      const next = { ...last, name }
      assert.deepEqual(await oauth.updateClient(last, next, T0, journalOf()), next)
      assert.equal(await nameNow(), name, 'at once after the act')
      last = next
    }
    const digest = newDigest()
    const rolled = await oauth.rollClientSecret({ clientId: client.id, digest, formerEndsAt: T0, endsOlder: true, now: T0 }, journalOf())
    assert.equal(rolled, 'rolled')
    assert.ok((await oauth.findClient(client.id))?.secrets.some((secret) => secret.digest === digest))
    await database().query(`update clients set name = 'By hand' where id = '${client.id}'`)
    assert.equal(await nameNow(), 'By hand')
    await Promise.all(Array.from({ length: 20 }, () => oauth.findClient(client.id)))
    await oauth.disableClient(client.id, T0, journalOf())
    assert.equal((await oauth.findClient(client.id))?.client.disabledAt, T0)
  })

  it('O13 R1: one assertion of one issuer is used once, and again once it is forgotten', async () => {
    const used = await Promise.all(Array.from({ length: MANY }, () => node().oauth.useAssertion('a', 'jti', T0 + 10)))
    assert.equal(used.filter(Boolean).length, 1)
    assert.equal(await node().oauth.useAssertion('b', 'jti', T0 + 10), true)
    await node().oauth.forgetAssertions(T0 + 10)
    assert.equal(await node().oauth.useAssertion('a', 'jti', T0 + 10), false)
    await node().oauth.forgetAssertions(T0 + 11)
    assert.equal(await node().oauth.useAssertion('a', 'jti', T0 + 20), true)
  })

  it('O13: an end that a secret has is not put off by a roll', async () => {
    const client = newClient()
    await node().oauth.createClient(client, newDigest(), noJournal)
    const roll = (formerEndsAt: number, now: number, endsOlder = false) =>
      node().oauth.rollClientSecret({ clientId: client.id, digest: newDigest(), formerEndsAt, endsOlder, now }, journalOf())
    assert.equal(await roll(T0 + HOUR, T0), 'rolled')
    assert.equal(await roll(T0 + 2 * HOUR, T0 + 1), 'taken')
    assert.equal(await roll(T0 + 9 * HOUR, T0 + HOUR), 'rolled', 'the older one is over')
    const { secrets } = (await node().oauth.findClient(client.id)) ?? assert.fail()
    assert.deepEqual(secrets.map(({ expiresAt }) => expiresAt).sort(), [T0 + 9 * HOUR, undefined])
  })

  it('O15: a change is written only over what was read', async () => {
    const client = newClient({ homepage: 'https://a.example' })
    await node().oauth.createClient(client, undefined, noJournal)
    const { homepage: _homepage, ...bare } = client
    assert.notEqual(await node().oauth.updateClient(client, { ...bare, name: 'One' }, T0, journalOf()), undefined)
    assert.equal(await node().oauth.updateClient(client, { ...client, name: 'Two' }, T0, journalOf()), undefined)
    assert.deepEqual((await node().oauth.findClient(client.id))?.client, { ...bare, name: 'One' })
  })

  it('O15 14.4: unused registrations go; what anybody uses, and what an operator made, stays', async () => {
    const registered = async () => {
      const client = newClient({ createdAt: T0 - HOUR })
      await node().oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      return client.id
    }
    const unused = await Promise.all([registered(), registered(), registered()])
    const { parties } = await writeRedeemed(node())
    const made = await writeParties(node(), { createdAt: T0 - HOUR })
    const first = await node().oauth.removeUnusedRegistrations(T0, 2, () => noJournal)
    const second = await node().oauth.removeUnusedRegistrations(T0, 2, () => noJournal)
    assert.deepEqual([first.length, [...first, ...second].sort()], [2, [...unused].sort()])
    for (const id of [parties.clientId, made.clientId]) assert.ok(await node().oauth.findClient(id))
  })

  it('O15 O8: a registration whose tokens are not stored is used as soon as it got one', async () => {
    const registered = async () => {
      const client = newClient({ createdAt: T0 - HOUR, grantTypes: ['client_credentials'] })
      await node().oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      return client.id
    }
    const [used, unused] = [await registered(), await registered()]
    for (let time = 0; time < 2; time++) assert.equal(await node().oauth.issueClientToken(used, undefined, noJournal), true)
    const removed = await node().oauth.removeUnusedRegistrations(T0, 100, () => noJournal)
    assert.deepEqual([removed.includes(used), removed.includes(unused)], [false, true])
  })

  it('O15 R7: a registration for which a device waits is kept, and keeps no other from being removed', async () => {
    const registered = async () => {
      const client = newClient({ createdAt: T0 - HOUR })
      await node().oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      return client.id
    }
    const [waiting, unused] = [await registered(), await registered()]
    const device = newDevice(waiting)
    await node().oauth.startDevice(device, noJournal)
    const remove = () => node().oauth.removeUnusedRegistrations(T0, 100, () => noJournal)
    assert.deepEqual(await remove(), [unused])
    await node().oauth.forgetDevices(device.expiresAt + 1)
    assert.deepEqual(await remove(), [waiting])
  })

  it('O15 R1: a registration that asks for a device while it is removed is either whole or gone', async () => {
    for (let round = 0; round < 20; round++) {
      const client = newClient({ createdAt: T0 - HOUR })
      await node().oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      const device = newDevice(client.id)
      const [started, removed] = await Promise.all([
        node().oauth.startDevice(device, noJournal),
        node().oauth.removeUnusedRegistrations(T0, 100, () => noJournal),
      ])
      assert.equal(started, removed.includes(client.id) ? 'client_ended' : 'started', `round ${round}`)
    }
  })

  it('O15 R1: a registration that is used while it is removed is either whole or gone', async () => {
    for (let round = 0; round < 10; round++) {
      const client = newClient({ createdAt: T0 - HOUR, grantTypes: ['client_credentials'] })
      await node().oauth.createClient(client, newDigest(), noJournal, { registrationDigest: newDigest() })
      const token = {
        id: newDigest(),
        digest: newDigest(),
        fingerprint: 'x',
        clientId: client.id,
        environment: 'live',
        scopes: [],
        audience: [],
        issuedAt: T0,
        expiresAt: T0 + HOUR,
      } as const
      const [issued, removed] = await Promise.all([
        node().oauth.issueClientToken(client.id, token, noJournal),
        node().oauth.removeUnusedRegistrations(T0, 100, () => noJournal),
      ])
      assert.notEqual(issued, removed.includes(client.id), `round ${round}`)
      assert.equal((await node().oauth.findClient(client.id)) !== undefined, issued)
    }
  })
})
