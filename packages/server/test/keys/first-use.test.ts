import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { asRoot, DAY, HOUR, make, newAccount, newPerson, read, roll } from './calls.ts'

const verify = async (latchwork: Latchwork, question: object): Promise<string> => (await asRoot(latchwork, 'POST', '/v1/keys/verify', question)).body.code

onEachEngine('what the first use of a successor is', (rigOf) => {
  it('K6 K19: a use that is refused starts no clock; the first that is accepted does', async () => {
    const latchwork = rigOf()
    const limits = [{ name: 'steady', count: 10, periodSeconds: 60 }]
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk', scopes: ['notes:read'], networks: ['192.0.2.0/24'], limits })
    const { body } = await roll(latchwork, old.key.id, { overlapSeconds: 0, startsAtFirstUse: true })
    const key = body.secret
    const good = { key, address: '192.0.2.1' }
    assert.equal(await verify(latchwork, { ...good, address: '198.51.100.1' }), 'WRONG_ADDRESS')
    assert.equal(await verify(latchwork, { key }), 'ADDRESS_MISSING')
    assert.equal(await verify(latchwork, { ...good, environment: 'test' }), 'WRONG_ENVIRONMENT')
    assert.equal(await verify(latchwork, { ...good, scopes: ['notes:write'] }), 'SCOPE_INSUFFICIENT')
    assert.equal(await verify(latchwork, { ...good, limits: [{ name: 'other', cost: 1 }] }), 'LIMIT_UNKNOWN')
    refuses(await latchwork.call('GET', '/v1/keys', { bearer: key }), 403, 'credential_wrong_address')
    await asRoot(latchwork, 'POST', '/v1/verify', { credential: key })
    assert.equal(await verify(latchwork, { key: old.secret, address: '192.0.2.1' }), 'VALID')
    assert.equal(await verify(latchwork, good), 'VALID')
    assert.equal(await verify(latchwork, { key: old.secret, address: '192.0.2.1' }), 'EXPIRED')
    assert.equal(await verify(latchwork, good), 'VALID', 'and again')
  })

  it('K6: so does one that a verifier elsewhere has accepted, when it is reported; one that it refused does not', async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    const { body } = await roll(latchwork, old.key.id, { overlapSeconds: 0, startsAtFirstUse: true })
    const report = (sequence: number, counts: object) =>
      asRoot(latchwork, 'POST', '/v1/keys/use', {
        reporter: `verifier_${old.key.id.slice(-8)}`,
        sequence,
        uses: [{ keyId: body.key.id, minute: new Date(latchwork.now()).toISOString(), counts }],
      })
    assert.equal((await report(1, { wrong_address: 3 })).status, 200)
    assert.equal(await verify(latchwork, { key: old.secret }), 'VALID')
    assert.equal((await report(2, { valid: 1 })).status, 200)
    assert.equal(await verify(latchwork, { key: old.secret }), 'EXPIRED')
  })

  it('K6: where the former key has ended before, there is no clock to start, and no later use asks the store again', async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    const { body } = await roll(latchwork, old.key.id, { overlapSeconds: 0, startsAtFirstUse: true })
    const waits = async () => (await latchwork.server.installation.verifier.lookUp(body.secret))?.record.startsOverlap === true
    assert.equal(await waits(), true)
    assert.ok((await asRoot(latchwork, 'DELETE', `/v1/keys/${old.key.id}`)).status < 300)
    assert.equal(await verify(latchwork, { key: body.secret }), 'VALID')
    assert.equal(await waits(), false)
    assert.equal(await verify(latchwork, { key: body.secret }), 'VALID')
  })

  it('K5 K6: a key that has not begun is rolled into one that has not either; an end that was brought forward bounds its overlap', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const notBefore = new Date(latchwork.now() + 30 * DAY).toISOString()
    const later = await make(latchwork, accountId, { kind: 'rk', notBefore })
    const rolled = (await roll(latchwork, later.key.id)).body
    assert.equal(rolled.key.notBefore, notBefore)
    assert.equal(await verify(latchwork, { key: rolled.secret }), 'NOT_YET_VALID')
    const short = await make(latchwork, accountId, { kind: 'rk' })
    const expiresAt = new Date(latchwork.now() + HOUR).toISOString()
    await asRoot(latchwork, 'PATCH', `/v1/keys/${short.key.id}`, { expiresAt })
    await roll(latchwork, short.key.id, { overlapSeconds: 60 })
    const at = new Date(latchwork.now() + 6 * DAY).toISOString()
    assert.equal((await asRoot(latchwork, 'POST', `/v1/keys/${short.key.id}/end`, { at })).body.expiresAt, expiresAt)
  })

  it('K6: where the primary key has expired, another becomes it without anybody asking', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const first = await make(latchwork, accountId, { expiresAt: new Date(latchwork.now() + HOUR).toISOString() })
    const second = await make(latchwork, accountId)
    const primaries = async () => [(await read(latchwork, first.key.id)).isPrimary, (await read(latchwork, second.key.id)).isPrimary]
    assert.deepEqual(await primaries(), [true, false])
    latchwork.advance(2 * HOUR)
    await latchwork.server.installation.keyChores.run()
    assert.deepEqual(await primaries(), [false, true])
    const [row] = await latchwork.query(`select id from api_keys where account_id = '${accountId}' and is_primary = 1`)
    assert.equal(row?.['id'], second.key.id)
  })

  it('K6: no answer calls a key primary that has expired: the other is it from that moment, whoever has written it down', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const first = await make(latchwork, accountId, { expiresAt: new Date(latchwork.now() + HOUR).toISOString() })
    const lone = await make(latchwork, await newAccount(latchwork), { expiresAt: new Date(latchwork.now() + HOUR).toISOString() })
    const second = await make(latchwork, accountId)
    const primaries = async (query: string) => {
      const { items } = (await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}${query}`)).body
      return items.filter((key: { readonly isPrimary: boolean }) => key.isPrimary).map((key: { readonly id: string }) => key.id)
    }
    assert.deepEqual(await primaries(''), [first.key.id])
    latchwork.advance(HOUR)
    assert.deepEqual([await primaries(''), await primaries('&state=active')], [[second.key.id], [second.key.id]])
    for (const [id, isPrimary] of [
      [first.key.id, false],
      [second.key.id, true],
      [lone.key.id, false],
    ])
      assert.equal((await read(latchwork, id)).isPrimary, isPrimary)
    assert.equal((await asRoot(latchwork, 'PATCH', `/v1/keys/${second.key.id}`, { name: 'the other' })).body.isPrimary, true)
    const third = await make(latchwork, accountId)
    assert.deepEqual([third.key.isPrimary, await primaries('')], [false, [second.key.id]])
    const refused = await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'one too many' })
    refuses(refused, 409, 'key_slots_taken', new RegExp(`${third.key.id} and ${second.key.id} \\(primary\\)`))
  })

  it("K14: a member's key stays the member's when it is rolled, by hand or by itself", async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { userId } = await newPerson(latchwork)
    await asRoot(latchwork, 'POST', `/v1/accounts/${accountId}/members`, { userId })
    const made = await make(latchwork, accountId, { userId, kind: 'rk' })
    const rolled = (await roll(latchwork, made.key.id, { overlapSeconds: 0 })).body
    assert.equal(rolled.key.createdBy, userId)
    const at = `/v1/accounts/${accountId}/members/${userId}/keys`
    const ended = (await asRoot(latchwork, 'POST', `${at}/end`)).body.revoked
    assert.deepEqual(
      ended.map(({ id }: { readonly id: string }) => id),
      [rolled.key.id],
    )
    assert.equal(await verify(latchwork, { key: rolled.secret }), 'REVOKED')
  })
})
