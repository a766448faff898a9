import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, journalOf, newClient, newDigest, noJournal, T0, writeParties, writeRedeemed } from './records.ts'

const MANY = 100

describeOnEachEngine('OAuthStore, clients', (node) => {
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
    assert.equal(await node().oauth.updateClient(client, { ...bare, name: 'One' }, T0, journalOf()), true)
    assert.equal(await node().oauth.updateClient(client, { ...client, name: 'Two' }, T0, journalOf()), false)
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
        node().oauth.issueClientToken(token, noJournal),
        node().oauth.removeUnusedRegistrations(T0, 100, () => noJournal),
      ])
      assert.notEqual(issued, removed.includes(client.id), `round ${round}`)
      assert.equal((await node().oauth.findClient(client.id)) !== undefined, issued)
    }
  })
})
