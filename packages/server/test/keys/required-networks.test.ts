import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { asRoot, make, newAccount, read, roll } from './calls.ts'

const networks = ['192.0.2.0/24']

describe('keys.requireNetworks', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { keys: { requireNetworks: true } } }))

  it('K8: where the operator demands networks, a live key is not made without them, whatever its kind; a test key is', async () => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const create = (body: object) => asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'x', ...body })
    for (const kind of ['sk', 'rk', 'pk']) refuses(await create({ kind }), 400, 'key_networks_required', /live environment.*192\.0\.2\.0\/24/)
    for (const all of ['0.0.0.0/0', '::/0']) refuses(await create({ networks: [...networks, all] }), 400, 'key_networks_required', /everywhere/)
    assert.deepEqual((await asRoot(latchwork, 'GET', `/v1/keys?accountId=${accountId}`)).body.items, [])
    assert.equal((await create({ networks })).status, 201)
    assert.equal((await create({ environment: 'test' })).status, 201)
  })

  it('K8: nor imported, nor are its networks taken away', async () => {
    const latchwork = latchworkOf()
    const accountId = await newAccount(latchwork)
    const digest = createHash('sha256').update(accountId).digest('hex')
    const imported = (more: object) => asRoot(latchwork, 'POST', '/v1/keys/import', { keys: [{ accountId, name: 'old', digest, ...more }] })
    refuses(await imported({}), 400, 'key_networks_required')
    assert.equal((await imported({ networks })).status, 201)
    const { key } = await make(latchwork, accountId, { networks })
    refuses(await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { networks: [] }), 400, 'key_networks_required', new RegExp(key.id))
    assert.deepEqual((await read(latchwork, key.id)).networks, networks)
  })

  it('K8: pages ask for networks, and say what is wrong at the field', async () => {
    const latchwork = latchworkOf()
    const browser = await signUp(latchwork)
    const page = await browser.open(`${latchwork.issuer}/account/tokens`)
    assert.match(page.text, /id="token-networks"/)
    const send = (values: Readonly<Record<string, string>>) => browser.submit(page, 'token-submit', { 'token-name': 'laptop', ...values })
    const missing = await send({})
    assert.deepEqual([missing.status, /id="token-networks-problem"/.test(missing.text)], [400, true])
    const wrong = await send({ 'token-networks': '192.0.2.0/24, nonsense' })
    assert.deepEqual([wrong.status, /id="token-networks-problem"/.test(wrong.text), /value="192.0.2.0\/24, nonsense"/.test(wrong.text)], [400, true, true])
    const made = await send({ 'token-networks': '192.0.2.0/24, 2001:db8::/32' })
    const id = /id="key-id">([^<]+)</.exec(made.text)?.[1] ?? assert.fail(made.text)
    assert.deepEqual((await read(latchwork, id)).networks, ['192.0.2.0/24', '2001:db8::/32'])
  })
})

describe('keys from before networks were demanded', () => {
  it('K8: go on working, are named at start and listed, are not rolled as they are, and can be given networks', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const before = await startLatchwork(t, { data })
    const accountId = await newAccount(before)
    const old = await make(before, accountId, { kind: 'rk' })
    await make(before, accountId, { kind: 'rk', networks })
    await make(before, accountId, { kind: 'rk', environment: 'test' })
    const ended = await make(before, accountId, { kind: 'rk' })
    assert.equal((await asRoot(before, 'DELETE', `/v1/keys/${ended.key.id}`)).status, 204)
    assert.ok(!before.log.some((line) => line.includes('requireNetworks')))
    await before.stop()

    const after = await startLatchwork(t, { data, config: { keys: { requireNetworks: true } } })
    const [told, ...more] = after.log.filter((line) => line.includes('keys.requireNetworks'))
    assert.ok(told?.includes(old.key.id) && !told.includes(ended.key.id), told)
    assert.deepEqual(more, [])
    const listed = async () =>
      (await asRoot(after, 'GET', '/v1/keys?environment=live&withoutNetworks=true')).body.items.map(({ id }: { readonly id: string }) => id)
    assert.deepEqual(await listed(), [old.key.id])
    assert.equal((await asRoot(after, 'POST', '/v1/keys/verify', { key: old.secret })).body.code, 'VALID')
    refuses(await roll(after, old.key.id), 400, 'key_networks_required', new RegExp(old.key.id))
    assert.equal((await asRoot(after, 'PATCH', `/v1/keys/${old.key.id}`, { name: 'renamed' })).status, 200)
    assert.equal((await asRoot(after, 'PATCH', `/v1/keys/${old.key.id}`, { networks })).status, 200)
    assert.deepEqual(await listed(), [])
    assert.equal((await roll(after, old.key.id)).status, 201)
    await after.stop()
  })
})
