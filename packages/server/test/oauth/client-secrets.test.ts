/** Client secrets roll with an overlap, at most two alive (O13); clients are managed without losing a change. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { basic } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { API, type Latchwork, refuses } from '../kit/start-latchwork.ts'

const DAY = 86_400
const make = async (latchwork: Latchwork, more: Readonly<Record<string, unknown>> = {}) => {
  const body = { name: 'Job', grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: [API], ...more }
  const { status, body: made } = await latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body })
  assert.equal(status, 201, JSON.stringify(made))
  return made as { readonly client: { readonly id: string }; readonly secret: string }
}
const roll = (latchwork: Latchwork, id: string, body: Readonly<Record<string, unknown>> = {}, headers = {}) =>
  latchwork.call('POST', `/v1/clients/${id}/secrets/roll`, { bearer: latchwork.rootKey, body, headers })
const works = async (latchwork: Latchwork, id: string, secret: string): Promise<boolean> => {
  const { status } = await latchwork.form('/token', { grant_type: 'client_credentials' }, basic(id, secret))
  assert.ok(status === 200 || status === 401, String(status))
  return status === 200
}

describeOnEachEngine('client secrets', (start) => {
  it('O13: the one before lives for the overlap, to the second; a third waits', async (t) => {
    const latchwork = await start(t)
    const { client, secret } = await make(latchwork)
    const rolled = await roll(latchwork, client.id, { overlapSeconds: 3600 })
    assert.equal(rolled.status, 201, JSON.stringify(rolled.body))
    assert.match(rolled.body.secret, /^lw_cs_/)
    for (const one of [secret, rolled.body.secret]) assert.ok(await works(latchwork, client.id, one))
    refuses(await roll(latchwork, client.id), 409, 'client_secrets_taken')
    latchwork.advance(3_599_000 - 20_000)
    assert.ok(await works(latchwork, client.id, secret))
    latchwork.advance(21_000)
    assert.equal(await works(latchwork, client.id, secret), false)
    assert.ok(await works(latchwork, client.id, rolled.body.secret))
    assert.equal((await roll(latchwork, client.id)).status, 201)
  })

  it('O13: no overlap ends it at once; endsOlder frees the place', async (t) => {
    const latchwork = await start(t)
    const { client, secret } = await make(latchwork)
    const second = (await roll(latchwork, client.id, { overlapSeconds: 0 })).body.secret
    assert.deepEqual([await works(latchwork, client.id, secret), await works(latchwork, client.id, second)], [false, true])
    const third = (await roll(latchwork, client.id, { overlapSeconds: 7 * DAY })).body.secret
    const fourth = (await roll(latchwork, client.id, { endsOlder: true })).body.secret
    const alive = await Promise.all([second, third, fourth].map((one) => works(latchwork, client.id, one)))
    assert.deepEqual(alive, [false, true, true])
  })

  it('O13: bounds, strangers, disabled clients and those without secret', async (t) => {
    const latchwork = await start(t)
    const { client } = await make(latchwork)
    for (const overlapSeconds of [-1, 7 * DAY + 1, 0.5, '1']) assert.equal((await roll(latchwork, client.id, { overlapSeconds })).status, 400)
    refuses(await roll(latchwork, 'cli_nobody'), 404, 'not_found')
    refuses(await roll(latchwork, 'cli-app'), 400, 'client_invalid')
    await latchwork.call('DELETE', `/v1/clients/${client.id}`, { bearer: latchwork.rootKey })
    refuses(await roll(latchwork, client.id), 404, 'not_found')
    assert.equal((await latchwork.call('POST', `/v1/clients/${client.id}/secrets/roll`, { body: {} })).status, 401)
  })

  it('O13 R1: 100 rolls at once: two secrets alive, one success with an overlap', async (t) => {
    const latchwork = await start(t)
    const { client, secret } = await make(latchwork)
    const answers = await Promise.all(Array.from({ length: 100 }, () => roll(latchwork, client.id)))
    const won = answers.filter(({ status }) => status === 201)
    assert.equal(won.length, 1)
    for (const { status, body } of answers) assert.ok(status === 201 || body.code === 'client_secrets_taken', JSON.stringify(body))
    for (const one of [secret, won[0]?.body.secret]) assert.ok(await works(latchwork, client.id, one))
    const hard = await Promise.all(Array.from({ length: 100 }, () => roll(latchwork, client.id, { overlapSeconds: 0, endsOlder: true })))
    assert.ok(hard.every(({ status }) => status === 201))
    const { secrets } = (await latchwork.server.installation.store.oauth.findClient(client.id)) ?? assert.fail()
    assert.equal(secrets.length, 1)
  })

  it('O13 R1: a call with an Idempotency-Key rolls once, and shows the secret once', async (t) => {
    const latchwork = await start(t)
    const { client } = await make(latchwork)
    const answers = await Promise.all(Array.from({ length: 10 }, () => roll(latchwork, client.id, {}, { 'idempotency-key': 'once' })))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    assert.equal(answers.filter(({ body }) => body.secret !== undefined).length, 1)
    refuses(await roll(latchwork, client.id, { overlapSeconds: 1 }, { 'idempotency-key': 'once' }), 409, 'idempotency_key_reused')
  })

  it('O13 E1: a roll is an event with a fingerprint, and a feed entry', async (t) => {
    const latchwork = await start(t)
    const { client } = await make(latchwork)
    const heard: string[] = []
    latchwork.server.installation.store.feed.subscribe((entries) => void heard.push(...entries.map(({ lifeline }) => lifeline)))
    const { body } = await roll(latchwork, client.id)
    const events = await latchwork.call('GET', `/v1/events?clientId=${client.id}&type=client.secret_rolled`, { bearer: latchwork.rootKey })
    assert.equal(events.body.items.length, 1)
    assert.match(events.body.items[0].fingerprint, /^lw_cs_/)
    assert.ok(!JSON.stringify(events.body).includes(body.secret))
    assert.ok(heard.includes(`client_secrets:${client.id}`))
  })
})

describeOnEachEngine('clients by the management API', (start) => {
  it('O13 O15: made, seen, changed, disabled', async (t) => {
    const latchwork = await start(t)
    const call = (method: string, body?: unknown) => latchwork.call(method, `/v1/clients/${client.id}`, { bearer: latchwork.rootKey, body })
    const { client } = await make(latchwork, { settings: { logoUri: 'https://a.test/l.png', isAssured: true } })
    const changed = await call('PATCH', { name: 'Better job', settings: { logoUri: null, policyUri: 'https://a.test/p' } })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.equal(changed.body.secret, undefined)
    const seen = await call('GET')
    assert.deepEqual([seen.body.name, seen.body.settings], ['Better job', { isAssured: true, policyUri: 'https://a.test/p' }])
    for (const wrong of [
      { name: '' },
      { settings: { nothing: 1 } },
      { settings: { logoUri: 'x' } },
      { id: 'x' },
      { authenticationMethod: 'client_secret_jwt' },
      { scopes: ['no:such'] },
    ])
      assert.equal((await call('PATCH', wrong)).status, 400, JSON.stringify(wrong))
    assert.deepEqual((await call('GET')).body, seen.body)
    assert.equal((await call('DELETE')).status, 204)
    refuses(await call('PATCH', { name: 'Again' }), 404, 'not_found')
    refuses(await call('DELETE'), 404, 'not_found')
  })

  it('O15 R1: changes of different settings at once: none is lost', async (t) => {
    const latchwork = await start(t)
    const { client } = await make(latchwork)
    const wishes = { logoUri: 'https://a.test/l', policyUri: 'https://a.test/p', termsUri: 'https://a.test/t', requireState: true } as const
    const answers = await Promise.all(
      Object.entries(wishes).map(([name, value]) =>
        latchwork.call('PATCH', `/v1/clients/${client.id}`, { bearer: latchwork.rootKey, body: { settings: { [name]: value } } }),
      ),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const { body } = await latchwork.call('GET', `/v1/clients/${client.id}`, { bearer: latchwork.rootKey })
    assert.deepEqual(body.settings, wishes)
  })

  it('O15 R1: a creation with an Idempotency-Key makes one client', async (t) => {
    const latchwork = await start(t)
    const body = { name: 'Once', redirectUris: ['https://once.test/cb'] }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body, headers: { 'idempotency-key': 'make-once' } })),
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    assert.equal(new Set(answers.map((answer) => answer.body.client.id)).size, 1)
    assert.equal(answers.filter((answer) => answer.body.secret !== undefined).length, 1)
  })
})
