import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, newAccessToken, newClient, newDigest, noJournal, T0, writeRedeemed } from './records.ts'

describeOnEachEngine('Expired access tokens', (node, database) => {
  const count = async () => Number((await database().query('select count(*) as n from access_tokens'))[0]?.['n'])

  async function removeAll(before: number): Promise<void> {
    let after: string | undefined = ''
    while (after !== undefined) after = await node().oauth.removeExpiredTokens(after, before, 20)
  }

  it('R7: they are removed in bounded batches, by two at once, and the live ones stay', async () => {
    const client = newClient()
    await node().oauth.createClient(client, newDigest(), noJournal)
    for (let index = 0; index < 100; index += 1) {
      const token = newAccessToken(undefined, client.id)
      await node().oauth.issueClientToken(client.id, index < 10 ? { ...token, expiresAt: T0 + 9 * HOUR } : token, noJournal)
    }
    assert.equal(await count(), 100)
    await removeAll(T0 + HOUR)
    assert.equal(await count(), 100, 'not before their time')
    await node().oauth.removeExpiredTokens('', T0 + 2 * HOUR, 20)
    assert.ok((await count()) >= 80, 'one batch is no more than it says')
    await Promise.all([removeAll(T0 + 2 * HOUR), removeAll(T0 + 2 * HOUR)])
    await removeAll(T0 + 2 * HOUR)
    assert.equal(await count(), 10)
    const [row] = await database().query(`select used_at from clients where id = '${client.id}'`)
    assert.notEqual(row?.['used_at'], null, 'a client whose tokens are gone was used')
  })

  it('R7: a code stays known as used when its access token is gone', async () => {
    const redeemed = await writeRedeemed(node())
    await removeAll(T0 + 2 * HOUR)
    const code = await node().oauth.findCode(redeemed.code.digest)
    assert.ok(code?.consumedAt !== undefined)
  })
})

describeOnEachEngine('Grants and login sessions that are over', (node, database) => {
  const DAY = 24 * HOUR
  const count = async (table: string, where = 'true') => Number((await database().query(`select count(*) as n from ${table} where ${where}`))[0]?.['n'])

  async function removeAll(before: number): Promise<void> {
    for (const remove of [node().oauth.removeExpiredTokens, node().oauth.removeOverGrants, node().oauth.removeOverSessions]) {
      let after: string | undefined = ''
      while (after !== undefined) after = await remove(after, before, 3)
    }
  }

  it('R7: a grant goes with its codes and tokens when nothing under it is in time, and its login session after it; two at once harm nothing', async () => {
    const redeemed = []
    for (let turn = 0; turn < 10; turn++) redeemed.push(await writeRedeemed(node()))
    await removeAll(T0 - 1)
    assert.equal(await count('codes'), 10, 'not before its time')
    await Promise.all([removeAll(T0 + 400 * DAY), removeAll(T0 + 400 * DAY)])
    await removeAll(T0 + 400 * DAY)
    for (const table of ['codes', 'access_tokens', 'refresh_tokens', 'grants', 'login_sessions']) assert.equal(await count(table), 0, table)
    assert.equal(await count('consents'), 10, 'what people allowed stays')
    assert.equal(await count('clients', 'used_at is null'), 0, 'and clients that were used are known to be')
  })

  it('R7: a grant that ended goes though its tokens were in time; one that lives keeps the code and the tokens that tell a replay', async () => {
    const ended = await writeRedeemed(node(), { offline: true })
    const lives = await writeRedeemed(node(), { offline: true })
    await node().authority.endGrant(ended.grant.id, 'test', T0, noJournal)
    await removeAll(T0 + 1)
    assert.equal(await node().authority.findGrant(ended.grant.id), undefined)
    assert.equal(await node().authority.findRefreshToken(ended.refreshToken.digest), undefined)
    assert.notEqual((await node().oauth.findCode(lives.code.digest))?.consumedAt, undefined)
    assert.equal((await node().authority.findRefreshToken(lives.refreshToken.digest))?.alive, true)
  })

  it('R7: a consent that was taken back goes when nothing stands under it; one in force stays', async () => {
    const [back, inForce] = [await writeRedeemed(node()), await writeRedeemed(node())]
    await database().query(`update consents set ended_at = ${T0} where id = '${back.consent.id}'`)
    const removeConsents = (before: number) => node().oauth.removeOverConsents('', before, 1000)
    await removeConsents(T0 + 400 * DAY)
    assert.equal(await count('consents', `id = '${back.consent.id}'`), 1, 'its grant is still known')
    await removeAll(T0 + 400 * DAY)
    await removeConsents(T0)
    assert.equal(await count('consents', `id = '${back.consent.id}'`), 1, 'not before its time')
    await Promise.all([removeConsents(T0 + 400 * DAY), removeConsents(T0 + 400 * DAY)])
    assert.equal(await count('consents', `id = '${back.consent.id}'`), 0)
    assert.equal(await count('consents', `id = '${inForce.consent.id}'`), 1)
  })

  it('R7 O16: as long as the login session it was begun in lives, a grant stays: its application has to hear of the sign-out', async () => {
    const { grant, parties } = await writeRedeemed(node())
    await database().query(`update login_sessions set expires_at = ${T0 + 900 * DAY} where id = '${parties.sessionId}'`)
    await removeAll(T0 + 400 * DAY)
    assert.notEqual(await node().authority.findGrant(grant.id), undefined)
    assert.equal(await count('login_sessions', `id = '${parties.sessionId}'`), 1)
  })
})
