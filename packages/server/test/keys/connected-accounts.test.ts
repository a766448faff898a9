import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { type Authorization, allow, authorizationUrl, authorize, basic, redeem, refresh, signUp, takeBack } from '../kit/authorize.ts'
import { allowDevice, DEVICE_GRANT } from '../kit/device.ts'
import { describeOnPostgres } from '../kit/each-engine.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Answer, API, type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'
import type { WebBrowser } from '../kit/web-browser.ts'
import { asRoot, DAY, eventsOf, HOUR, historyOf, known, read, works } from './calls.ts'

const connected = {
  ...testClients.web,
  grantTypes: [...testClients.web.grantTypes, DEVICE_GRANT],
  scopes: [...testClients.web.scopes, 'api_key'],
  secretDigests: [digestOf(testSecret)],
}
const config = { clients: [connected] }
const SCOPE = 'openid notes:read notes:write api_key'
const KEY = /^rk_live_lw_[0-9A-Za-z]{49}$/

let people = 0
const newBrowser = (latchwork: Latchwork): Promise<WebBrowser> =>
  signUp(latchwork, { email: `c${++people}@example.com`, password: 'correct horse battery 7', name: 'Ada' })

/** Asks, leaves the given scopes unticked, allows. */
async function ask(latchwork: Latchwork, browser: WebBrowser, without: readonly string[] = [], scope = SCOPE, more: object = {}): Promise<Authorization> {
  const { url, verifier } = authorizationUrl(latchwork, { scope, ...more })
  const scopes = scope.split(' ')
  const boxes = Object.fromEntries(without.map((one) => [`consent-scope-${scopes.indexOf(one) + 1}`, false as const]))
  const target = await allow(browser, url, boxes)
  const code = target.searchParams.get('code') ?? assert.fail(`a code in ${target}`)
  return { code, verifier, state: '', redirectUri: connected.redirectUris[0], browser, response: target.searchParams }
}

async function connect(latchwork: Latchwork, browser: WebBrowser, without: readonly string[] = [], more: object = {}) {
  const { status, body } = await redeem(latchwork, await ask(latchwork, browser, without, SCOPE, more))
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

onEachEngine(
  'keys born on the consent screen',
  (rigOf) => {
    it('K17: the screen says that a key is made and what it may do; the client gets it once, with its tokens; taking the permission back ends it', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const { url } = authorizationUrl(latchwork, { scope: SCOPE })
      const page = await browser.open(url)
      const notice = /<p class="warning" id="consent-key">[\s\S]*?<\/p>/.exec(page.text)?.[0] ?? assert.fail(page.text)
      assert.match(notice, /An API key will be made for <bdi class="name">Acme Notes<\/bdi>/)
      assert.deepEqual(
        [...notice.matchAll(/<code class="scope">([^<]*)</g)].map(([, scope]) => scope),
        ['notes:read', 'notes:write'],
      )

      const body = await connect(latchwork, browser)
      assert.match(body.api_key, KEY)
      assert.ok(body.scope.split(' ').includes('api_key'))
      const { principal, livesBy } = (await known(latchwork, body.api_key)).record
      assert.deepEqual([principal.credentialId, principal.scopes, principal.clientId], [body.api_key_id, ['notes:read', 'notes:write'], connected.id])
      const key = await read(latchwork, body.api_key_id)
      assert.deepEqual([key.kind, key.name, key.createdBy, key.userId], ['rk', 'Acme Notes', connected.id, undefined])
      assert.ok(livesBy.includes(`consent:${key.consentId}`))
      assert.ok(!(await latchwork.dump()).includes(body.api_key.slice(11, 54)), 'its text is nowhere')
      const refreshed = await refresh(latchwork, body.refresh_token)
      assert.deepEqual([refreshed.status, refreshed.body.api_key], [200, undefined])

      refuses(await latchwork.call('GET', '/v1/keys', { bearer: body.api_key }), 401, 'credential_invalid') // remembered from now on
      await takeBack(latchwork, browser)
      assert.equal(await works(latchwork, body.api_key), false)
      assert.equal((await asRoot(latchwork, 'POST', '/v1/keys/verify', { key: body.api_key })).body.code, 'REVOKED')
      assert.deepEqual((await asRoot(latchwork, 'GET', `/v1/keys?accountId=${key.accountId}&state=active`)).body.items, [])
      assert.equal((await read(latchwork, key.id)).revokedReason, 'consent_ended')
      assert.deepEqual(
        (await eventsOf(latchwork, key.id)).filter((type) => type.startsWith('key.')),
        ['key.created', 'key.revoked'],
      )
    })

    it('E1 K17: what a person takes back, and a code that comes twice, stands in the history of each key, with who, where and why', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const first = await connect(latchwork, browser)
      await ask(latchwork, browser, ['notes:write'], SCOPE, { prompt: 'consent' })
      const second = await connect(latchwork, browser)
      const third = await connect(latchwork, browser)
      await takeBack(latchwork, browser)
      const histories = await Promise.all([first, second, third].map(({ api_key_id }) => historyOf(latchwork, api_key_id)))
      const taken = 'key.revoked consent_ended user 127.0.0.1'
      const rolled = 'key.rolled - client 127.0.0.1'
      assert.deepEqual(histories, [['key.changed consent_narrowed user 127.0.0.1', rolled, 'key.ended rolled client 127.0.0.1'], [rolled, taken], [taken]])

      const other = await newBrowser(latchwork)
      const without = await connect(latchwork, other)
      await ask(latchwork, other, ['api_key'], SCOPE, { prompt: 'consent' })
      assert.deepEqual(await historyOf(latchwork, without.api_key_id), ['key.revoked consent_narrowed user 127.0.0.1'])
      const authorization = await ask(latchwork, await newBrowser(latchwork))
      const twice = (await redeem(latchwork, authorization)).body
      await redeem(latchwork, authorization)
      assert.deepEqual(await historyOf(latchwork, twice.api_key_id), ['key.revoked code_replayed client 127.0.0.1'])
    })

    it('K17: no key is made where the person left it out, or the client did not ask for it by name', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const without = await connect(latchwork, browser, ['api_key'])
      assert.deepEqual([without.api_key, without.scope], [undefined, 'openid notes:read notes:write'])
      const plain = await redeem(latchwork, await ask(latchwork, await newBrowser(latchwork), [], 'openid notes:read'))
      assert.equal(plain.body.api_key, undefined)
      const { url, verifier } = authorizationUrl(latchwork, { scope: undefined })
      const code = (await allow(await newBrowser(latchwork), url)).searchParams.get('code') ?? ''
      const silent = await redeem(latchwork, { code, verifier, state: '', redirectUri: connected.redirectUris[0], browser, response: new URLSearchParams() })
      assert.deepEqual([silent.status, silent.body.api_key, /api_key/.test(silent.body.scope)], [200, undefined, false])
      const fewer = await connect(latchwork, await newBrowser(latchwork), ['notes:write'])
      assert.deepEqual((await known(latchwork, fewer.api_key)).record.principal.scopes, ['notes:read'])
    })

    it('K17 K10 O17: what an operator takes from the client, its keys lose at once; with the scope api_key they end. Given again, it comes again', async () => {
      const latchwork = rigOf()
      const body = await connect(latchwork, await newBrowser(latchwork))
      const change = async (scopes: readonly string[]) =>
        assert.equal((await asRoot(latchwork, 'PATCH', `/v1/clients/${connected.id}`, { scopes })).status, 200)
      const scopesNow = async () => (await known(latchwork, body.api_key)).record.principal.scopes
      assert.deepEqual(await scopesNow(), ['notes:read', 'notes:write'])
      await change(connected.scopes.filter((scope) => scope !== 'notes:write'))
      assert.deepEqual(await scopesNow(), ['notes:read'])
      assert.equal((await asRoot(latchwork, 'POST', '/v1/keys/verify', { key: body.api_key, scopes: ['notes:write'] })).body.code, 'SCOPE_INSUFFICIENT')
      await change(connected.scopes.filter((scope) => scope !== 'api_key'))
      assert.equal(await works(latchwork, body.api_key), false)
      await change(connected.scopes)
      assert.ok(await works(latchwork, body.api_key))
      assert.deepEqual(await scopesNow(), ['notes:read', 'notes:write'])
    })

    it('K17 O4: a code that comes twice ends the key it bought, also where it is remembered (RFC 6749 §4.1.2)', async () => {
      const latchwork = rigOf()
      const authorization = await ask(latchwork, await newBrowser(latchwork))
      const wrong = await redeem(latchwork, authorization, { code_verifier: 'x'.repeat(43) })
      refuses(wrong, 400, 'invalid_grant')
      const { body } = await redeem(latchwork, authorization)
      assert.match(body.api_key, KEY, 'a stranger with the code alone has burnt nothing')
      refuses(await latchwork.call('GET', '/v1/keys', { bearer: body.api_key }), 401, 'credential_invalid')
      refuses(await redeem(latchwork, authorization), 400, 'invalid_grant', /already used/)
      assert.equal((await asRoot(latchwork, 'POST', '/v1/keys/verify', { key: body.api_key })).body.code, 'REVOKED')
      assert.equal((await read(latchwork, body.api_key_id)).revokedReason, 'code_replayed')
    })

    it('K17 O4: also where the grant had ended before the code came twice', async () => {
      const latchwork = rigOf()
      const authorization = await ask(latchwork, await newBrowser(latchwork))
      const { body } = await redeem(latchwork, authorization)
      await latchwork.form('/revoke', { token: body.refresh_token }, basic(connected.id))
      assert.equal(await works(latchwork, body.api_key), true, 'the key lives by the consent')
      refuses(await redeem(latchwork, authorization), 400, 'invalid_grant')
      assert.equal(await works(latchwork, body.api_key), false)
    })

    it('K17 R1: 20 redemptions at once make one key at most, and none that lives', async () => {
      const latchwork = rigOf()
      const authorization = await ask(latchwork, await newBrowser(latchwork))
      const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(latchwork, authorization)))
      const made = answers.filter(({ status }) => status === 200)
      assert.ok(made.length <= 1)
      const rows = await latchwork.query(
        `select api_keys.id from api_keys join codes on codes.grant_id = api_keys.grant_id where codes.digest = '${digestOf(authorization.code)}'`,
      )
      assert.ok(rows.length <= 1)
      for (const { body } of made) assert.equal(await works(latchwork, body.api_key), false)
    })

    it('K17: signing out and the end of a grant leave the key alone', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const body = await connect(latchwork, browser)
      const page = await browser.open(`${latchwork.issuer}/logout`)
      await browser.submit(page, 'logout-confirm')
      assert.equal((await refresh(latchwork, body.refresh_token)).status, 400, 'the grant ended with the session')
      assert.equal(await works(latchwork, body.api_key), true)
    })

    it('K17: a second authorization replaces the key; the former works for a day, the one before it no longer; what operators set stays', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const first = await connect(latchwork, browser)
      const limits = [{ name: 'hourly', count: 5, periodSeconds: 3600 }]
      const set = { networks: ['192.0.2.0/24'], limits, credits: { remaining: 7 } }
      assert.equal((await asRoot(latchwork, 'PATCH', `/v1/keys/${first.api_key_id}`, set)).status, 200)
      const second = await connect(latchwork, browser)
      const former = await read(latchwork, first.api_key_id)
      assert.deepEqual([former.replacedBy, Date.parse(former.expiresAt) - latchwork.now() > DAY - HOUR], [second.api_key_id, true])
      const { networks, limits: kept, credits } = await read(latchwork, second.api_key_id)
      assert.deepEqual({ networks, limits: kept, credits }, set)
      assert.deepEqual([await works(latchwork, first.api_key), await works(latchwork, second.api_key)], [true, true])
      const third = await connect(latchwork, browser)
      assert.deepEqual(await Promise.all([first, second, third].map(({ api_key }) => works(latchwork, api_key))), [false, true, true])
      latchwork.advance(DAY)
      assert.deepEqual(await Promise.all([second, third].map(({ api_key }) => works(latchwork, api_key))), [false, true])
      const { key, secret } = (await asRoot(latchwork, 'POST', `/v1/keys/${third.api_key_id}/roll`, { overlapSeconds: 0 })).body
      assert.equal(await works(latchwork, secret), true)
      const fourth = await connect(latchwork, await signedInAgain(latchwork, browser))
      assert.equal((await read(latchwork, key.id)).replacedBy, fourth.api_key_id, 'a rolled key is replaced like another')
      await takeBack(latchwork, browser)
      assert.deepEqual([await works(latchwork, secret), await works(latchwork, fourth.api_key)], [false, false])
    })

    it('K17: what the person leaves out the second time, the key loses at once; the key itself ends so, too', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const { api_key: key } = await connect(latchwork, browser)
      refuses(await latchwork.call('GET', '/v1/keys', { bearer: key }), 401, 'credential_invalid') // remembered
      await ask(latchwork, browser, ['notes:write'], SCOPE, { prompt: 'consent' })
      const verify = async (scope: string) => (await asRoot(latchwork, 'POST', '/v1/keys/verify', { key, scopes: [scope] })).body.code
      assert.deepEqual([await verify('notes:read'), await verify('notes:write')], ['VALID', 'SCOPE_INSUFFICIENT'])
      await ask(latchwork, browser, ['api_key'], SCOPE, { prompt: 'consent' })
      assert.equal(await verify('notes:read'), 'REVOKED')
    })

    it('K17: what is left out on the page of a device, the key loses too', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const { api_key: key } = await connect(latchwork, browser)
      const verify = async (scope: string) => (await asRoot(latchwork, 'POST', '/v1/keys/verify', { key, scopes: [scope] })).body.code
      assert.equal(await verify('notes:write'), 'VALID')
      const asked = await latchwork.form('/device_authorization', { scope: 'openid notes:read notes:write' }, basic(connected.id))
      const device = { deviceCode: asked.body.device_code, userCode: asked.body.user_code, completeUri: asked.body.verification_uri_complete }
      await allowDevice(latchwork, browser, device, { 'consent-scope-3': false })
      assert.deepEqual([await verify('notes:read'), await verify('notes:write')], ['VALID', 'SCOPE_INSUFFICIENT'])
    })

    it('K17 O7: a code that was still out when the person left something out buys tokens and a key without it', async () => {
      const latchwork = rigOf()
      const browser = await newBrowser(latchwork)
      const waiting = await ask(latchwork, browser)
      await ask(latchwork, browser, ['notes:write'], SCOPE, { prompt: 'consent' })
      const { status, body } = await redeem(latchwork, waiting)
      assert.equal(status, 200, JSON.stringify(body))
      assert.match(body.api_key, KEY)
      const { principal } = (await asRoot(latchwork, 'POST', '/v1/verify', { credential: body.api_key })).body.record
      for (const scopes of [body.scope.split(' '), principal.scopes]) assert.ok(scopes.includes('notes:read') && !scopes.includes('notes:write'), scopes.join())
    })
  },
  { config },
)

/** The day that went by ended no session; a fresh look at the account page is enough. */
async function signedInAgain(latchwork: Latchwork, browser: WebBrowser): Promise<WebBrowser> {
  assert.equal((await browser.open(`${latchwork.issuer}/account`)).status, 200)
  return browser
}

describe('who can have a key on the consent screen', () => {
  it('K17: a client that keeps a secret and asks a person; nobody else is registered for it', async (t) => {
    const latchwork = await startLatchwork(t)
    const register = (more: object): Promise<Answer> =>
      asRoot(latchwork, 'POST', '/v1/clients', {
        name: 'x',
        redirectUris: ['https://app.example/cb'],
        scopes: ['notes:read', 'api_key'],
        audiences: [API],
        ...more,
      })
    refuses(await register({ authenticationMethod: 'none' }), 400, 'client_invalid', /api_key/)
    refuses(await register({ grantTypes: ['client_credentials'], redirectUris: [] }), 400, 'client_invalid', /api_key/)
    const { status, body } = await register({ grantTypes: ['authorization_code', 'client_credentials'] })
    assert.equal(status, 201)
    const client = { authorization: `Basic ${Buffer.from(`${body.client.id}:${body.secret}`).toString('base64')}` }
    refuses(await latchwork.form('/token', { grant_type: 'client_credentials', scope: 'notes:read api_key' }, client), 400, 'invalid_scope')
    const own = await latchwork.form('/token', { grant_type: 'client_credentials' }, client)
    assert.deepEqual([own.body.scope, own.body.api_key], ['notes:read', undefined])
    const { url } = authorizationUrl(latchwork, { scope: 'api_key' })
    const target = new URL((await (await signUp(latchwork)).open(url)).location ?? '')
    assert.equal(target.searchParams.get('error'), 'invalid_scope', 'a client that is not registered for it')
  })

  it('O8 K17: a token aimed at one API does not carry api_key or the scopes of others; the key does, and the client is told (RFC 9068 §2.2.3)', async (t) => {
    const FILES = 'https://files.example.test'
    const apis = [
      { identifier: API, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] },
      { identifier: FILES, name: 'Files', scopes: [{ name: 'files:read', description: 'Read your files' }] },
    ]
    const client = { ...connected, scopes: ['notes:read', 'files:read', 'api_key'], audiences: [API, FILES] }
    const latchwork = await startLatchwork(t, { config: { apis, clients: [client] } })
    const asked = await ask(latchwork, await newBrowser(latchwork), [], 'notes:read files:read api_key')
    const { body } = await redeem(latchwork, asked, { resource: FILES })
    assert.equal(body.scope, 'files:read api_key')
    assert.equal((await latchwork.form('/introspect', { token: body.access_token }, basic('app'))).body.scope, 'files:read')
    assert.deepEqual((await known(latchwork, body.api_key)).record.principal.scopes, ['notes:read', 'files:read'])
  })

  it('K8 K17: where keys must have networks, none is made there', async (t) => {
    const latchwork = await startLatchwork(t, { config: { ...config, keys: { requireNetworks: true } } })
    const { url } = authorizationUrl(latchwork, { scope: SCOPE })
    const target = new URL((await (await signUp(latchwork)).open(url)).location ?? '')
    assert.deepEqual([target.searchParams.get('error'), /networks/.test(target.searchParams.get('error_description') ?? '')], ['invalid_scope', true])
  })

  it('K5 K6 K17: such a key lives as long as policy lets it, and does not count among the keys an account makes', async (t) => {
    const latchwork = await startLatchwork(t, { config: { ...config, keys: { maxPerAccount: 1, live: { requireExpiry: true } } } })
    const browser = await newBrowser(latchwork)
    const body = await connect(latchwork, browser)
    const key = await read(latchwork, body.api_key_id)
    assert.ok(Math.abs(Date.parse(key.expiresAt) - latchwork.now() - 90 * DAY) < HOUR)
    const expiresAt = new Date(latchwork.now() + DAY).toISOString()
    const own = () => asRoot(latchwork, 'POST', '/v1/keys', { accountId: key.accountId, name: 'own', kind: 'rk', expiresAt })
    assert.equal((await own()).status, 201)
    refuses(await own(), 409, 'key_limit_reached')
    assert.match((await connect(latchwork, browser)).api_key, KEY)
  })
})

it('K17: an application that was authorized without a key does not get one by asking silently', async (t) => {
  const latchwork = await startLatchwork(t, { config })
  const { browser } = await authorize(latchwork, { scope: 'openid notes:read' })
  const { url } = authorizationUrl(latchwork, { scope: 'openid notes:read api_key', prompt: 'none' })
  const target = new URL((await browser.open(url)).location ?? '')
  assert.equal(target.searchParams.get('error'), 'consent_required')
})

describeOnPostgres('connected accounts over two nodes', (start) => {
  it('K10 K17: a permission taken back at one node ends the key at the other, where it was remembered', async (t) => {
    const [one, two] = [await start(t, { config }), await start(t, { config })]
    const browser = await newBrowser(one)
    const { api_key: key } = await connect(one, browser)
    const code = async () => (await asRoot(two, 'POST', '/v1/keys/verify', { key })).body.code
    assert.equal(await code(), 'VALID')
    await takeBack(one, browser)
    const began = performance.now()
    await until(async () => (await code()) === 'REVOKED', 'the other node refuses', 2000)
    t.diagnostic(`refused after ${Math.round(performance.now() - began)} ms`)
  })
})
