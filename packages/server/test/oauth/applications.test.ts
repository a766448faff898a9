/** Developers register and manage their own applications by API (O17). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorize, basic, redeem } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { signInDevice } from '../kit/front-end.ts'
import { API, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const PATH = '/v1/me/applications'
const CALLBACK = 'https://mine.test/cb'
const applications = { maxPerPerson: 3, scopes: ['openid', 'profile', 'notes:read'], audiences: [API] }
const mine = { name: 'Mine', redirectUris: [CALLBACK], scopes: ['openid', 'notes:read'], audiences: [API] }

describe("a developer's own applications", () => {
  it('O17: are off unless the operator allows some', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signInDevice(latchwork)
    refuses(await latchwork.call('POST', PATH, { bearer: ada.accessToken, body: mine }), 403, 'registration_closed')
  })

  it('O17: registered, seen, changed, rolled, used and ended by who owns them', async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const { accessToken: bearer } = await signInDevice(latchwork)
    const call = (method: string, path = '', body?: unknown) => latchwork.call(method, `${PATH}${path}`, { bearer, ...(body === undefined ? {} : { body }) })
    const made = await call('POST', '', mine)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { client, secret } = made.body
    assert.deepEqual([client.profile, client.settings.isAssured, client.environment], ['oauth21', undefined, 'live'])
    assert.ok(client.ownerId.startsWith('usr_') && client.accountId.startsWith('acc_'))
    assert.deepEqual(
      (await call('GET')).body.items.map(({ id }: { readonly id: string }) => id),
      [client.id],
    )
    assert.equal((await call('PATCH', `/${client.id}`, { name: 'Still mine' })).body.client.name, 'Still mine')
    const code = await authorize(latchwork, { client_id: client.id, redirect_uri: CALLBACK })
    assert.equal((await redeem(latchwork, code, {}, basic(client.id, secret))).status, 200)
    const rolled = await call('POST', `/${client.id}/secrets/roll`, { overlapSeconds: 0 })
    assert.match(rolled.body.secret, /^lw_cs_/)
    assert.equal((await call('DELETE', `/${client.id}`)).status, 204)
    refuses(await call('GET', `/${client.id}`), 404, 'not_found')
    assert.deepEqual((await call('GET')).body.items, [])
  })

  it("O17 7.1: another's are not found; no call makes more of an application than policy says", async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const [ada, bob] = [await signInDevice(latchwork), await signInDevice(latchwork)]
    const { body } = await latchwork.call('POST', PATH, { bearer: ada.accessToken, body: mine })
    const routes = [
      ['GET', ''],
      ['PATCH', '', { name: 'Stolen' }],
      ['DELETE', ''],
      ['POST', '/secrets/roll', {}],
    ] as const
    for (const id of [body.client.id, 'app', 'cli_none']) {
      for (const [method, rest, sent] of routes) {
        const answer = await latchwork.call(method, `${PATH}/${id}${rest}`, { bearer: bob.accessToken, ...(sent === undefined ? {} : { body: sent }) })
        refuses(answer, 404, 'not_found')
      }
    }
    const greedy = [
      { scopes: ['openid', 'notes:write'] },
      { audiences: ['https://other.test'] },
      { settings: { isAssured: true } },
      { settings: { retryWindowSeconds: 60 } },
      { settings: { isDynamic: true } },
      { profile: 'oidc-compat' },
      { environment: 'test' },
      { accountId: 'acc_test' },
      { ownerId: 'usr_x' },
    ]
    for (const more of greedy) {
      for (const [method, path] of [
        ['POST', PATH],
        ['PATCH', `${PATH}/${body.client.id}`],
      ] as const) {
        const answer = await latchwork.call(method, path, { bearer: ada.accessToken, body: method === 'POST' ? { ...mine, ...more } : more })
        assert.equal(answer.status, 400, `${method} ${JSON.stringify(more)} ${JSON.stringify(answer.body)}`)
      }
    }
  })

  it('O17 O7: an operator vouches for an application as it is: the first change by its developer ends that, one that changes nothing does not', async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const ada = await signInDevice(latchwork)
    const { body } = await latchwork.call('POST', PATH, { bearer: ada.accessToken, body: mine })
    await latchwork.call('PATCH', `/v1/clients/${body.client.id}`, { bearer: latchwork.rootKey, body: { settings: { isAssured: true } } })
    const change = (changes: object) => latchwork.call('PATCH', `${PATH}/${body.client.id}`, { bearer: ada.accessToken, body: changes })
    assert.deepEqual((await change({ name: mine.name })).body.client.settings, { isAssured: true })
    const changed = await change({ settings: { logoUri: 'https://mine.test/l' } })
    assert.deepEqual(changed.body.client.settings, { logoUri: 'https://mine.test/l' })
  })

  it('O17: what an operator has taken of its scopes and APIs, its developer does not take back', async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const { accessToken: bearer } = await signInDevice(latchwork)
    const { id } = (await latchwork.call('POST', PATH, { bearer, body: mine })).body.client
    const byOperator = async (body: object) => (await latchwork.call('PATCH', `/v1/clients/${id}`, { bearer: latchwork.rootKey, body })).body.client
    const byDeveloper = (body: object) => latchwork.call('PATCH', `${PATH}/${id}`, { bearer, body })
    assert.deepEqual((await byOperator({ scopes: ['openid'] })).scopes, ['openid'])
    refuses(await byDeveloper({ scopes: ['openid', 'notes:read'] }), 400, 'scope_invalid', /An operator has left this application openid/)
    assert.deepEqual((await byDeveloper({ scopes: [], name: 'Less' })).body.client.scopes, [])
    assert.deepEqual((await byDeveloper({ scopes: ['openid'] })).body.client.scopes, ['openid'])
    assert.deepEqual((await byOperator({ audiences: [] })).audiences, [])
    refuses(await byDeveloper({ audiences: [API] }), 400, 'target_invalid')
    await byOperator({ audiences: [API], settings: { mostScopes: null } })
    assert.deepEqual((await byDeveloper({ scopes: mine.scopes })).body.client.scopes, mine.scopes)
  })

  it('O17 O7: for itself it has no scope that its developer has not, by no call; what an operator gave it stays', async (t) => {
    const ADMIN = 'https://admin.example.test'
    const read = (name: string) => ({ name, description: `Read ${name}` })
    const apis = [
      { identifier: API, name: 'Notes', firstParty: true, scopes: [read('notes:read')] },
      { identifier: ADMIN, name: 'Administration', scopes: [read('admin:read')] },
    ]
    const scopes = ['openid', 'notes:read', 'admin:read']
    const latchwork = await startLatchwork(t, { config: { apis, clients: [], applications: { maxPerPerson: 5, scopes, audiences: [API, ADMIN] } } })
    const { accessToken: bearer } = await signInDevice(latchwork)
    const reach = { redirectUris: [CALLBACK], audiences: [API, ADMIN] }
    const make = (more: object) => latchwork.call('POST', PATH, { bearer, body: { name: 'Mine', ...reach, ...more } })
    const change = (id: string, body: object) => latchwork.call('PATCH', `${PATH}/${id}`, { bearer, body })
    const itself = ['authorization_code', 'client_credentials']
    refuses(await make({ scopes, grantTypes: itself }), 400, 'scope_invalid', /You do not have admin:read/)
    const asks = (await make({ scopes })).body.client
    refuses(await change(asks.id, { grantTypes: itself }), 400, 'scope_invalid', /leave client_credentials away/)
    const acts = await make({ scopes: ['openid', 'notes:read'], grantTypes: itself })
    assert.equal(acts.status, 201, JSON.stringify(acts.body))
    refuses(await change(acts.body.client.id, { scopes }), 400, 'scope_invalid')
    await latchwork.call('PATCH', `/v1/clients/${asks.id}`, { bearer: latchwork.rootKey, body: { grantTypes: itself } })
    assert.equal((await change(asks.id, { name: 'Still mine', scopes })).status, 200)
  })

  it('O6 O17: no change by its developer gives people another name at an application, nor the one they have at another host (OpenID Connect Core §8.1)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const { accessToken: bearer } = await signInDevice(latchwork)
    const { body } = await latchwork.call('POST', PATH, { bearer, body: { ...mine, settings: { subjectType: 'pairwise' } } })
    const change = (wish: object) => latchwork.call('PATCH', `${PATH}/${body.client.id}`, { bearer, body: wish })
    const device = { grantTypes: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'] }
    for (const wish of [{ redirectUris: ['https://other.test/cb'] }, { settings: { subjectType: null } }, device])
      refuses(await change(wish), 400, 'client_invalid', /called otherwise/)
    assert.equal((await change({ redirectUris: [`${CALLBACK}/two`] })).status, 200)
  })

  it('O17: need a living session: no key, no OAuth token, no session that has ended', async (t) => {
    const latchwork = await startLatchwork(t, { config: { applications } })
    const ada = await signInDevice(latchwork)
    const tokens = await redeem(latchwork, await authorize(latchwork))
    for (const bearer of [latchwork.rootKey, tokens.body.access_token, 'x'])
      assert.ok([401, 403].includes((await latchwork.call('GET', PATH, { bearer })).status))
    assert.equal((await latchwork.call('GET', PATH)).status, 401)
    assert.equal((await latchwork.call('GET', PATH, { bearer: ada.accessToken })).status, 200)
    await ada.post('/v1/sessions/sign-out')
    assert.equal((await latchwork.call('GET', PATH, { bearer: ada.accessToken })).status, 401)
  })
})

describeOnEachEngine('applications of one developer at once', (start) => {
  it('O17 R1: never more than policy allows', async (t) => {
    const latchwork = await start(t, { config: { applications } })
    const ada = await signInDevice(latchwork)
    const answers = await Promise.all(Array.from({ length: 20 }, () => latchwork.call('POST', PATH, { bearer: ada.accessToken, body: mine })))
    assert.equal(answers.filter(({ status }) => status === 201).length, 3)
    for (const { status, body } of answers) assert.ok(status === 201 || body.code === 'client_limit_reached', JSON.stringify(body))
  })
})
