import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, idOf, journalOf, newAccessToken, newDigest, newRefreshToken, noJournal, type Redeemed, T0, writeParties, writeRedeemed } from './records.ts'

describeOnEachEngine('AuthorityStore', (node, database) => {
  const events = async () => (await database().query('select * from events')).length

  it('O9: rotation uses the token up and writes successor and access token', async () => {
    const { refreshToken, grant, parties } = await writeRedeemed(node())
    const successor = newRefreshToken(grant.id, 1)
    const accessToken = newAccessToken(grant, parties.clientId)
    const rotation = { consumedDigest: refreshToken.digest, now: T0 + 7, successor, accessToken }
    assert.equal(await node().authority.rotateRefreshToken(rotation, noJournal), true)
    assert.deepEqual(await node().authority.findRefreshToken(refreshToken.digest), { ...refreshToken, grant, alive: true, consumedAt: T0 + 7 })
    assert.deepEqual(await node().authority.findRefreshToken(successor.digest), { ...successor, grant, alive: true })
    assert.equal((await node().authority.findAccessToken(accessToken.digest))?.alive, true)
  })

  it('O9: a used token rotates no second time, and the loser writes nothing', async () => {
    const { refreshToken, grant, parties } = await writeRedeemed(node())
    const rotate = () => {
      const accessToken = newAccessToken(grant, parties.clientId)
      const rotation = { consumedDigest: refreshToken.digest, now: T0, successor: newRefreshToken(grant.id, 1), accessToken }
      return node().authority.rotateRefreshToken(rotation, journalOf(`token:${accessToken.id}`))
    }
    assert.equal(await rotate(), true)
    const before = [await events(), await node().feed.head()]
    assert.equal(await rotate(), false)
    assert.deepEqual([await events(), await node().feed.head()], before)
    assert.equal((await database().query(`select * from refresh_tokens where grant_id = '${grant.id}'`)).length, 2)
  })

  it('O9: ending a grant ends every token under it, once', async () => {
    const { refreshToken, accessToken, grant } = await writeRedeemed(node())
    assert.equal(await node().authority.endGrant(grant.id, 'reuse', T0, journalOf(`grant:${grant.id}`)), true)
    assert.equal((await node().authority.findRefreshToken(refreshToken.digest))?.alive, false)
    assert.equal((await node().authority.findAccessToken(accessToken.digest))?.alive, false)
    assert.deepEqual(await node().authority.findGrant(grant.id), { ...grant, alive: false })
    const head = await node().feed.head()
    assert.equal((await node().feed.read(head - 1, 1))[0]?.lifeline, `grant:${grant.id}`)
    assert.equal(await node().authority.endGrant(grant.id, 'reuse', T0, journalOf(`grant:${grant.id}`)), false)
    assert.equal(await node().feed.head(), head)
    const rotation = { consumedDigest: refreshToken.digest, now: T0, successor: newRefreshToken(grant.id, 1) }
    assert.equal(await node().authority.rotateRefreshToken(rotation, noJournal), false)
    assert.equal((await node().authority.findRefreshToken(refreshToken.digest))?.consumedAt, undefined, 'not used up by an attempt that failed')
  })

  it('everything beneath dies with each thing it lives by', async () => {
    const { refreshToken, accessToken, parties, consent, grant } = await writeRedeemed(node(), { client: { accountId: await ownerOfClients() } })
    const record = await node().authority.findAccessToken(accessToken.digest)
    const clientAccount = (await node().oauth.findClient(parties.clientId))?.client.accountId ?? ''
    assert.deepEqual(
      [...(record?.livesBy ?? [])].sort(),
      [
        `account:${clientAccount}`,
        `account:${parties.accountId}`,
        `client:${parties.clientId}`,
        `client_rights:${parties.clientId}`,
        `consent:${consent.id}`,
        `grant:${grant.id}`,
        `session:${parties.sessionId}`,
        `token:${accessToken.id}`,
        `user:${parties.userId}`,
      ].sort(),
    )
    const aliveNow = async () => [
      (await node().authority.findAccessToken(accessToken.digest))?.alive,
      (await node().authority.findRefreshToken(refreshToken.digest))?.alive,
      (await node().authority.findGrant(grant.id))?.alive,
    ]
    const ends = [
      ['grants', 'ended_at', grant.id],
      ['consents', 'ended_at', consent.id],
      ['login_sessions', 'ended_at', parties.sessionId],
      ['users', 'disabled_at', parties.userId],
      ['accounts', 'disabled_at', parties.accountId],
      ['accounts', 'disabled_at', clientAccount],
      ['clients', 'disabled_at', parties.clientId],
    ] as const
    for (const [table, column, id] of ends) {
      await database().query(`update ${table} set ${column} = 1 where id = '${id}'`)
      assert.deepEqual(await aliveNow(), [false, false, false], `${table} ${id}`)
      await database().query(`update ${table} set ${column} = null where id = '${id}'`)
      assert.deepEqual(await aliveNow(), [true, true, true], `${table} ${id} again`)
    }
  })

  async function ownerOfClients(): Promise<string> {
    return (await writeParties(node())).accountId
  }

  it('an offline grant outlives the sign-out', async () => {
    const { accessToken, parties } = await writeRedeemed(node(), { offline: true })
    await node().accounts.endLoginSession(parties.sessionId, parties.userId, 'signed_out', T0, noJournal)
    const record = await node().authority.findAccessToken(accessToken.digest)
    assert.equal(record?.alive, true)
    assert.ok(!record?.livesBy.some((lifeline) => lifeline.startsWith('session:')))
  })

  it('O10: one access token ends alone', async () => {
    const { refreshToken, accessToken } = await writeRedeemed(node())
    assert.equal(await node().authority.endAccessToken(accessToken.digest, T0, journalOf(`token:${accessToken.id}`)), true)
    assert.equal(await node().authority.endAccessToken(accessToken.digest, T0, journalOf(`token:${accessToken.id}`)), false)
    assert.equal(await node().authority.endAccessToken('none', T0, journalOf()), false)
    assert.equal((await node().authority.findAccessToken(accessToken.digest))?.alive, false)
    assert.equal((await node().authority.findRefreshToken(refreshToken.digest))?.alive, true)
  })

  it('O8: a token that was looked up before ends with each act that ends what it lives by, at once', async () => {
    const endings: readonly ((redeemed: Redeemed) => Promise<unknown>)[] = [
      ({ accessToken }) => node().authority.endAccessToken(accessToken.digest, T0, journalOf(`token:${accessToken.id}`)),
      ({ grant }) => node().authority.endGrant(grant.id, 'revoked', T0, journalOf(`grant:${grant.id}`)),
      ({ parties }) => node().accounts.endLoginSession(parties.sessionId, parties.userId, 'signed_out', T0, noJournal),
      ({ parties }) => node().oauth.disableClient(parties.clientId, T0, noJournal),
    ]
    for (const [at, end] of endings.entries()) {
      const redeemed = await writeRedeemed(node())
      const look = () => node().authority.findAccessToken(redeemed.accessToken.digest)
      const known = await look()
      await node().oauth.issueClientToken(redeemed.parties.clientId, newAccessToken(undefined, redeemed.parties.clientId), noJournal)
      assert.deepEqual(await look(), known, 'another token changes nothing')
      assert.equal(known?.alive, true)
      await end(redeemed)
      assert.equal((await look())?.alive, false, `ending ${at}`)
    }
  })

  it("tells a person's token from a client's own", async () => {
    const { accessToken, parties, grant } = await writeRedeemed(node())
    const person = await node().authority.findAccessToken(accessToken.digest)
    assert.deepEqual(person?.principal, {
      mechanism: 'oauth',
      subject: parties.userId,
      userId: parties.userId,
      accountId: parties.accountId,
      clientId: parties.clientId,
      environment: 'test',
      scopes: ['notes:read'],
      audience: ['https://api.example'],
      credentialId: accessToken.id,
      fingerprint: accessToken.fingerprint,
      expiresAt: accessToken.expiresAt,
      sessionId: parties.sessionId,
      grantId: grant.id,
    })
    assert.equal(person?.issuedAt, T0)
    const own = newAccessToken(undefined, parties.clientId)
    assert.equal(await node().oauth.issueClientToken(own.clientId, own, noJournal), true)
    const client = await node().authority.findAccessToken(own.digest)
    assert.deepEqual([client?.principal.subject, client?.principal.userId, client?.alive], [parties.clientId, undefined, true])
    assert.deepEqual(client?.livesBy, [`token:${own.id}`, `client:${parties.clientId}`, `client_rights:${parties.clientId}`])
    await node().oauth.disableClient(parties.clientId, T0, noJournal)
    assert.equal((await node().authority.findAccessToken(own.digest))?.alive, false)
  })

  it('O10 R5: a self-contained token that has ended stays so where the clock was ahead for a while', async () => {
    const { grant, parties } = await writeRedeemed(node())
    const tokenOf = (expiresAt: number) => ({ id: idOf('token'), clientId: parties.clientId, grantId: grant.id, scopes: grant.scopes, expiresAt })
    const [ended, later] = [tokenOf(T0 + HOUR), tokenOf(T0 + 3 * HOUR)]
    await node().authority.endSelfContainedToken(ended, T0, noJournal)
    await node().authority.endSelfContainedToken(later, T0 + 100_000 * HOUR, noJournal)
    assert.equal(await node().authority.findRightsBehind(ended), undefined, 'another end takes none away')
    assert.equal(await node().authority.removeOverEndings(T0 + 2 * HOUR, 100), false)
    assert.equal(await node().authority.findRightsBehind(ended), undefined)
    await node().authority.removeOverEndings(T0 + 2 * HOUR + 1, 100)
    assert.ok(await node().authority.findRightsBehind(ended), 'it has expired long since, and is forgotten')
    assert.equal(await node().authority.findRightsBehind(later), undefined)
  })

  it('finds nothing under an unknown digest', async () => {
    assert.equal(await node().authority.findRefreshToken(newDigest()), undefined)
    assert.equal(await node().authority.findAccessToken(newDigest()), undefined)
    assert.equal(await node().authority.findGrant('grt_none'), undefined)
  })
})
