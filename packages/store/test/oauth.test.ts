import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Client } from '@latchwork/oauth'
import { describeOnEachEngine } from './engines.ts'
import {
  idOf,
  journalOf,
  newAccessToken,
  newAuthorization,
  newClient,
  newDigest,
  newRefreshToken,
  noJournal,
  T0,
  writeParties,
  writeRedeemed,
} from './records.ts'

describeOnEachEngine('OAuthStore', (node, database) => {
  const events = async () => (await database().query('select * from events')).length

  it('keeps clients with the digests of their secrets', async () => {
    const [client, bare] = [newClient({ homepage: 'https://acme.example' }), newClient({ authenticationMethod: 'none' })]
    const digest = newDigest()
    await node().oauth.createClient(client, digest, noJournal)
    await node().oauth.createClient(bare, undefined, noJournal)
    assert.deepEqual(await node().oauth.findClient(client.id), { client, secrets: [{ digest, createdAt: client.createdAt }] })
    assert.deepEqual(await node().oauth.findClient(bare.id), { client: bare, secrets: [] })
    assert.equal(await node().oauth.findClient('cli_none'), undefined)
    assert.deepEqual((await node().oauth.listClients({ limit: 2 })).items, [bare, client])
    const first = await node().oauth.listClients({ limit: 1 })
    assert.deepEqual((await node().oauth.listClients({ limit: 1, ...(first.next === undefined ? {} : { after: first.next }) })).items, [client])
  })

  it('brings a declared client in line with exactly the secrets given, and leaves a disabled one disabled', async () => {
    const client = newClient()
    const [kept, dropped, added] = [newDigest(), newDigest(), newDigest()]
    const known: (Client | undefined)[] = []
    const journalOf = (before: Client | undefined) => {
      known.push(before)
      return noJournal
    }
    await node().oauth.declareClient(client, [kept, dropped], T0, journalOf)
    const changed = { ...client, name: 'Acme 2', scopes: ['openid'], createdAt: T0 + 99 }
    await node().oauth.declareClient(changed, [kept, added], T0, journalOf)
    assert.deepEqual(known, [undefined, client], 'the act sees what it changes')
    const found = await node().oauth.findClient(client.id)
    assert.deepEqual(found?.client, { ...changed, createdAt: T0 })
    assert.deepEqual((found?.secrets ?? []).map(({ digest }) => digest).sort(), [kept, added].sort())
    assert.equal(await node().oauth.disableClient(client.id, T0 + 5, noJournal), true)
    assert.equal(await node().oauth.disableClient(client.id, T0 + 6, noJournal), false)
    await node().oauth.declareClient(client, [], T0, journalOf)
    assert.deepEqual(await node().oauth.findClient(client.id), { client: { ...client, disabledAt: T0 + 5 }, secrets: [] })
  })

  it('O4: authorizes and redeems: consent, grant, code, then tokens', async () => {
    const parties = await writeParties(node())
    const { consent, grant, code, sessionId } = newAuthorization(parties)
    assert.equal(await node().oauth.authorize({ consent, grant, code, sessionId }, noJournal), true)
    assert.deepEqual(await node().oauth.findConsent(parties.userId, parties.clientId), consent)
    assert.deepEqual(await node().oauth.findCode(code.digest), { ...code, grant, alive: true })
    const redemption = {
      codeDigest: code.digest,
      now: T0 + 3,
      accessToken: newAccessToken(grant, parties.clientId),
      refreshToken: newRefreshToken(grant.id, 0),
    }
    assert.equal(await node().oauth.redeemCode(redemption, noJournal), true)
    assert.deepEqual(await node().oauth.findCode(code.digest), { ...code, grant, alive: true, consumedAt: T0 + 3 })
    assert.equal((await node().authority.findRefreshToken(redemption.refreshToken.digest))?.alive, true)
  })

  it('O4: a code redeems no second time, and the loser writes nothing', async () => {
    const { code, grant, parties } = await writeRedeemed(node())
    const before = await events()
    const accessToken = newAccessToken(grant, parties.clientId)
    assert.equal(await node().oauth.redeemCode({ codeDigest: code.digest, now: T0, accessToken }, journalOf()), false)
    assert.equal(await node().oauth.redeemCode({ codeDigest: newDigest(), now: T0, accessToken }, journalOf()), false)
    assert.equal(await node().authority.findAccessToken(accessToken.digest), undefined)
    assert.equal(await events(), before)
  })

  it('O4: a code whose grant has ended buys nothing and is not used up', async () => {
    const parties = await writeParties(node())
    const { consent, grant, code, sessionId } = newAuthorization(parties)
    await node().oauth.authorize({ consent, grant, code, sessionId }, noJournal)
    await node().oauth.endConsent(consent.id, parties.userId, T0, noJournal)
    assert.equal(await node().oauth.redeemCode({ codeDigest: code.digest, now: T0, accessToken: newAccessToken(grant, parties.clientId) }, journalOf()), false)
    const found = await node().oauth.findCode(code.digest)
    assert.deepEqual([found?.alive, found?.consumedAt], [false, undefined])
  })

  it('authorizes nothing when login session, person or client ended meanwhile', async () => {
    const ends = [
      ['login_sessions', 'ended_at', 'sessionId'],
      ['users', 'disabled_at', 'userId'],
      ['accounts', 'disabled_at', 'accountId'],
      ['clients', 'disabled_at', 'clientId'],
    ] as const
    for (const [table, column, party] of ends) {
      const parties = await writeParties(node())
      await database().query(`update ${table} set ${column} = 1 where id = '${parties[party]}'`)
      const before = await events()
      const authorization = newAuthorization(parties, { offline: true })
      assert.equal(await node().oauth.authorize(authorization, journalOf()), false, table)
      assert.equal(await node().oauth.findConsent(parties.userId, parties.clientId), undefined, table)
      assert.equal(await node().oauth.findCode(authorization.code.digest), undefined, table)
      assert.equal(await events(), before, table)
    }
    const [ours, theirs] = [await writeParties(node()), await writeParties(node())]
    assert.equal(await node().oauth.authorize(newAuthorization({ ...ours, sessionId: theirs.sessionId }), noJournal), false, "another person's session")
  })

  it('O7: a consent is widened, never doubled, and never comes back from its end', async () => {
    const parties = await writeParties(node())
    const first = newAuthorization(parties)
    await node().oauth.authorize(first, noJournal)
    const wider = { ...first.consent, scopes: ['notes:read', 'notes:write'], givenAt: T0 + 1 }
    assert.equal(await node().oauth.authorize(newAuthorization(parties, { consent: wider }), noJournal), true)
    assert.deepEqual(await node().oauth.findConsent(parties.userId, parties.clientId), wider)
    const rival = { ...first.consent, id: idOf('consent'), scopes: ['files:read'] }
    const shared = newAuthorization(parties, { consent: rival })
    assert.equal(await node().oauth.authorize(shared, noJournal), true, 'two first yeses share one consent')
    assert.deepEqual([...((await node().oauth.findConsent(parties.userId, parties.clientId))?.scopes ?? [])].sort(), [
      'files:read',
      'notes:read',
      'notes:write',
    ])
    assert.equal((await node().oauth.findCode(shared.code.digest))?.grant.consentId, first.consent.id)
    assert.equal((await node().oauth.listApplications(parties.userId, { limit: 9 })).items[0]?.client.name, 'Acme')

    assert.equal(await node().oauth.endConsent(first.consent.id, 'usr_other', T0, noJournal), false, "another person's")
    assert.equal(await node().oauth.endConsent(first.consent.id, parties.userId, T0, journalOf(`consent:${first.consent.id}`)), true)
    assert.equal(await node().oauth.endConsent(first.consent.id, parties.userId, T0, journalOf(`consent:${first.consent.id}`)), false)
    assert.equal((await node().oauth.findCode(first.code.digest))?.alive, false)
    assert.deepEqual(await node().oauth.listApplications(parties.userId, { limit: 9 }), { items: [] })
    assert.equal(await node().oauth.authorize(newAuthorization(parties, { consent: wider }), noJournal), false, 'what was taken back')
    assert.equal(await node().oauth.authorize(newAuthorization(parties), noJournal), true, 'a new yes')
  })

  it('O7: a remembered consent is not written, must cover the grant, and is narrowed by what was left out', async () => {
    const parties = await writeParties(node())
    const first = newAuthorization(parties)
    await node().oauth.authorize(first, noJournal)
    const later = { ...first.consent, givenAt: T0 + 1 }
    assert.equal(await node().oauth.authorize({ ...newAuthorization(parties, { consent: later }), isRemembered: true }, noJournal), true)
    assert.equal((await node().oauth.findConsent(parties.userId, parties.clientId))?.givenAt, T0)
    const wider = { ...first.consent, scopes: ['notes:read', 'notes:write'] }
    assert.equal(await node().oauth.authorize({ ...newAuthorization(parties, { consent: wider }), isRemembered: true }, noJournal), false, 'more than was said')
    const narrower = { ...first.consent, scopes: ['notes:write'] }
    assert.equal(
      await node().oauth.authorize(
        { ...newAuthorization(parties, { consent: narrower }), withdrawn: { scopes: ['notes:read'], tokensUntil: T0 + 1 } },
        noJournal,
      ),
      true,
    )
    assert.deepEqual((await node().oauth.findConsent(parties.userId, parties.clientId))?.scopes, ['notes:write'])
  })

  it('O7 R1: a token that was on its way when a scope was taken off its grant is written without it', async () => {
    const parties = await writeParties(node())
    const first = newAuthorization(parties)
    await node().oauth.authorize(first, noJournal)
    const narrower = { ...first.consent, scopes: ['notes:write'] }
    await node().oauth.authorize({ ...newAuthorization(parties, { consent: narrower }), withdrawn: { scopes: ['notes:read'], tokensUntil: T0 + 1 } }, noJournal)
    const accessToken = newAccessToken(first.grant, parties.clientId)
    assert.ok(accessToken.scopes.includes('notes:read'))
    assert.equal(await node().oauth.redeemCode({ codeDigest: first.code.digest, now: T0, accessToken }, noJournal), true)
    assert.deepEqual((await node().authority.findAccessToken(accessToken.digest))?.principal.scopes, [])
  })

  it('issues no token to a client that was disabled', async () => {
    const { clientId } = await writeParties(node())
    await node().oauth.disableClient(clientId, T0, noJournal)
    const token = newAccessToken(undefined, clientId)
    const before = await events()
    assert.equal(await node().oauth.issueClientToken(clientId, token, journalOf()), false)
    assert.equal(await node().authority.findAccessToken(token.digest), undefined)
    assert.equal(await events(), before)
  })
})
