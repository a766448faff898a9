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
