/** What owners write on keys, and keys that are stopped for a while. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { asRoot, eventsOf, known, make, newAccount, read, roll } from './calls.ts'

const verify = async (latchwork: Latchwork, key: string) => (await asRoot(latchwork, 'POST', '/v1/keys/verify', { key })).body
const change = (latchwork: Latchwork, id: string, body: object) => asRoot(latchwork, 'PATCH', `/v1/keys/${id}`, body)

onEachEngine('details of keys', (rigOf) => {
  it('V1: what the owner wrote on a key comes back with every verification, and goes on to its successor', async () => {
    const latchwork = rigOf()
    const written = { externalId: 'cus_Zoë', metadata: { plan: 'pro', seats: 5, trial: false, note: '“naïve”' } }
    const { key, secret } = await make(latchwork, await newAccount(latchwork), { kind: 'rk', ...written })
    for (let round = 0; round < 2; round++) {
      const answer = await verify(latchwork, secret)
      assert.deepEqual([answer.valid, answer.externalId, answer.metadata], [true, written.externalId, written.metadata])
      const { principal } = (await known(latchwork, secret)).record
      assert.deepEqual([principal.externalId, principal.metadata], [written.externalId, written.metadata])
    }
    const rolled = (await roll(latchwork, key.id)).body
    assert.deepEqual([rolled.key.externalId, rolled.key.metadata], [written.externalId, written.metadata])
    const listed = await asRoot(latchwork, 'GET', `/v1/keys?externalId=${encodeURIComponent(written.externalId)}`)
    assert.deepEqual(
      listed.body.items.map(({ id }: { id: string }) => id),
      [rolled.key.id, key.id],
    )
  })

  it('V1: it is changed as a whole, at once, and taken away by null; names of members alone are written down', async () => {
    const latchwork = rigOf()
    const { key, secret } = await make(latchwork, await newAccount(latchwork), { kind: 'rk', externalId: 'a', metadata: { plan: 'free', beta: true } })
    assert.deepEqual((await verify(latchwork, secret)).metadata, { plan: 'free', beta: true })
    assert.deepEqual((await change(latchwork, key.id, { metadata: { plan: 'pro' } })).body.metadata, { plan: 'pro' })
    assert.deepEqual((await verify(latchwork, secret)).metadata, { plan: 'pro' })
    const bare = (await change(latchwork, key.id, { metadata: null, externalId: null })).body
    assert.deepEqual([bare.metadata, bare.externalId], [undefined, undefined])
    assert.equal((await verify(latchwork, secret)).metadata, undefined)
    const { items } = (await asRoot(latchwork, 'GET', `/v1/events?type=key.changed&credentialId=${key.id}`)).body
    assert.deepEqual(
      items.map(({ data }: { data: object }) => data),
      [{ changed: 'externalId metadata' }, { changed: 'metadata' }],
    )
  })

  it('V1 K3 R6: what is too much, of another type or a credential is refused, and nothing is made', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { secret } = await make(latchwork, accountId)
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, number) => [`n${number}`, 1]))
    for (const [sent, words] of [
      [{ metadata: many }, /up to 50/],
      [{ metadata: { 'a b': 1 } }, /name in metadata/],
      [{ metadata: { constructor: 'x', ['__proto__x']: 1 } }, /name in metadata/],
      [{ metadata: { a: 'x'.repeat(501) } }, /metadata\.a/],
      [{ metadata: { a: 'x\0' } }, /JSON/],
      [{ metadata: { a: { b: 1 } } }, /metadata/],
      [{ metadata: Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`n${number}`, 'é'.repeat(300)])) }, /4096 bytes/],
      [{ metadata: { a: secret } }, /credential/],
      [{ externalId: secret }, /credential/],
      [{ externalId: ' a' }, /externalId/],
      [{ externalId: '' }, /externalId/],
    ] as const) {
      const answer = await asRoot(latchwork, 'POST', '/v1/keys', { accountId, kind: 'rk', name: 'x', ...sent })
      assert.equal(answer.status, 400, JSON.stringify(sent))
      assert.match(answer.body.detail, words)
      assert.ok(!JSON.stringify(answer.body).includes(secret))
    }
    assert.equal((await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}&kind=rk`)).body.items.length, 0)
  })

  it('K10 K6: a stopped key is refused at once, keeps its place, and works again when it is let; its bearer is told what of an unknown one', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { key, secret } = await make(latchwork, accountId, { scopes: ['keys:read'] })
    await make(latchwork, accountId)
    assert.equal((await verify(latchwork, secret)).valid, true)
    const { feed } = latchwork.server.installation.store
    const before = await feed.head()
    for (let round = 0; round < 2; round++) assert.equal(typeof (await change(latchwork, key.id, { enabled: false })).body.disabledAt, 'string')
    assert.ok((await feed.read(before, 10)).some(({ lifeline }) => lifeline === `key:${key.id}`))
    const answer = await verify(latchwork, secret)
    assert.deepEqual([answer.valid, answer.code, answer.keyId], [false, 'DISABLED', key.id])
    const { record } = await known(latchwork, secret)
    assert.deepEqual([record.alive, record.disabled], [false, true])
    const [own, unknown] = [
      await latchwork.call('GET', '/v1/me/tokens', { bearer: secret }),
      await latchwork.call('GET', '/v1/me/tokens', { bearer: `${secret.slice(0, 11)}${'0'.repeat(43)}${secret.slice(-6)}` }),
    ]
    assert.deepEqual([own.status, own.body.code], [401, 'credential_invalid'])
    assert.equal(unknown.status, 401)
    refuses(await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'third' }), 409, 'key_slots_taken')
    const { successor } = { successor: (await roll(latchwork, key.id, { end: key.id })).body }
    assert.equal((await verify(latchwork, successor.secret)).code, 'DISABLED', 'a roll lets nothing go on that was stopped')
    assert.equal((await change(latchwork, successor.key.id, { enabled: true })).body.disabledAt, undefined)
    assert.equal((await verify(latchwork, successor.secret)).valid, true)
    assert.equal((await verify(latchwork, secret)).valid, false, 'the one before has ended')
    assert.deepEqual(
      (await eventsOf(latchwork, key.id)).filter((type) => type.endsWith('abled')),
      ['key.disabled'],
    )
    assert.deepEqual(await eventsOf(latchwork, successor.key.id), ['key.created', 'key.enabled'])
    assert.equal((await read(latchwork, successor.key.id)).isPrimary, true)
  })
})
