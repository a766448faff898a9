/** RFC 6749 §4.1.3, RFC 7636 §4.6: what a code buys, for whom, and what it takes. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { type Authorization, allow, authorizationUrl, authorize, basic, isActive, person, redeem, refresh, signUp } from '../kit/authorize.ts'
import { allowDevice, DEVICE_GRANT, poll, startDevice } from '../kit/device.ts'
import { API, type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const FILES = 'https://files.example.test'
const asOther = { client_id: 'other', client_secret: testSecret }

/** What the token endpoint would get from `authorization`, as a body to alter. */
function bodyOf({ code, verifier, redirectUri }: Authorization): URLSearchParams {
  return new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri })
}

describe('POST /token, its parameters', () => {
  it('R6: missing, empty, repeated and odd ones are a typed 4xx, and burn no code', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork)
    const faults: readonly (readonly [title: string, change: (body: URLSearchParams) => void, error: string])[] = [
      ...['grant_type', 'code', 'code_verifier'].flatMap((name) => [
        [`${name} missing`, (body: URLSearchParams) => body.delete(name), 'invalid_request'] as const,
        [`${name} empty`, (body: URLSearchParams) => body.set(name, ''), 'invalid_request'] as const,
      ]),
      ...['grant_type', 'code', 'code_verifier', 'redirect_uri'].flatMap((name) => [
        [`${name} twice`, (body: URLSearchParams) => body.append(name, body.get(name) ?? ''), 'invalid_request'] as const,
        [`${name} and an empty one`, (body: URLSearchParams) => body.append(name, ''), 'invalid_request'] as const,
      ]),
      ...['password', 'implicit', 'Authorization_code', 'urn:ietf:params:oauth:grant-type:saml2-bearer', 'constructor', '__proto__', 'x'.repeat(1000)].map(
        (grantType) => [`grant_type=${grantType}`, (body: URLSearchParams) => body.set('grant_type', grantType), 'unsupported_grant_type'] as const,
      ),
      ['client_credentials, for which it is not registered', (body) => body.set('grant_type', 'client_credentials'), 'unauthorized_client'],
      ...['x'.repeat(50_000), `${authorization.code}x`, authorization.code.slice(0, -1), authorization.code.toLowerCase(), ` ${authorization.code}`].map(
        (code) => [`code=${code.slice(0, 60)}`, (body: URLSearchParams) => body.set('code', code), 'invalid_grant'] as const,
      ),
      ...['x'.repeat(42), 'x'.repeat(43), 'x'.repeat(129), `${authorization.verifier} `, authorization.verifier.toUpperCase(), 'ü'.repeat(43)].map(
        (verifier) => [`code_verifier=${verifier}`, (body: URLSearchParams) => body.set('code_verifier', verifier), 'invalid_grant'] as const,
      ),
      ...[`${authorization.redirectUri}/`, authorization.redirectUri.toUpperCase(), 'http://127.0.0.1:10/callback', `${authorization.redirectUri}?`, 'x'].map(
        (redirectUri) => [`redirect_uri=${redirectUri}`, (body: URLSearchParams) => body.set('redirect_uri', redirectUri), 'invalid_grant'] as const,
      ),
      ['a resource it was not given for', (body) => body.set('resource', FILES), 'invalid_target'],
      ['two resources, one of them good', (body) => [API, FILES].forEach((resource) => void body.append('resource', resource)), 'invalid_target'],
    ]
    for (const [title, change, error] of faults) {
      const body = bodyOf(authorization)
      change(body)
      const answer = await latchwork.form('/token', body, basic('app'))
      assert.deepEqual([answer.status, answer.body.error], [400, error], `${title}: ${JSON.stringify(answer.body)}`)
      assert.match(answer.body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, title) // RFC 6749 §5.2
      assert.deepEqual([answer.headers.get('cache-control'), answer.headers.get('www-authenticate')], ['no-store', null], title)
    }
    assert.equal((await redeem(latchwork, authorization)).status, 200, 'the code is as good as before')
  })

  it('O1 O4: beside PKCE the redirect URI need not be sent again (OAuth 2.1 §10.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const change of [(body: URLSearchParams) => body.delete('redirect_uri'), (body: URLSearchParams) => body.set('redirect_uri', '')]) {
      const authorization = await authorize(latchwork, {}, browser)
      const body = bodyOf(authorization)
      change(body)
      const unproven = new URLSearchParams(body)
      unproven.set('code_verifier', 'x'.repeat(43))
      refuses(await latchwork.form('/token', unproven, basic('app')), 400, 'invalid_grant')
      unproven.delete('code_verifier')
      refuses(await latchwork.form('/token', unproven, basic('app')), 400, 'invalid_request', /code_verifier/)
      refuses(await redeem(latchwork, authorization, { redirect_uri: 'http://127.0.0.1:9/other' }), 400, 'invalid_grant')
      assert.equal((await latchwork.form('/token', body, basic('app'))).status, 200)
      refuses(await latchwork.form('/token', body, basic('app')), 400, 'invalid_grant', /already used/)
    }
  })

  it('R6: other bodies, other methods, other media types', async (t) => {
    const latchwork = await startLatchwork(t)
    const fields = Object.fromEntries(bodyOf(await authorize(latchwork)))
    const headers = basic('app')
    for (const [status, body, type] of [
      [415, JSON.stringify(fields), 'application/json'],
      [415, new URLSearchParams(fields).toString(), 'text/plain'],
      [415, new URLSearchParams(fields).toString(), 'multipart/form-data; boundary=x'],
      [400, 'grant_type=%zz', 'application/x-www-form-urlencoded'],
      [400, 'grant_type=%ff', 'application/x-www-form-urlencoded'],
      [400, 'grant_type=authorization_code&code=a%00b', 'application/x-www-form-urlencoded'],
      [400, 'a=1&'.repeat(101), 'application/x-www-form-urlencoded'],
      [413, `code=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded'],
    ] as const) {
      const answer = await latchwork.call('POST', '/token', { body, headers: { ...headers, 'content-type': type } })
      assert.deepEqual([answer.status, answer.body.error], [status, 'invalid_request'], `${type} ${body.slice(0, 40)}: ${JSON.stringify(answer.body)}`)
    }
    assert.equal((await latchwork.call('POST', '/token', { headers })).status, 415, 'no body')
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await latchwork.call(method, `/token?${new URLSearchParams(fields)}`, { headers })
      assert.deepEqual([answer.status, answer.headers.get('allow')?.includes('POST')], [405, true], method)
    }
    const inQuery = await latchwork.form(`/token?${new URLSearchParams(fields)}`, { grant_type: 'authorization_code' }, headers)
    assert.deepEqual([inQuery.status, inQuery.body.error], [400, 'invalid_request'], 'what stands in the address does not count')
  })

  it('O2 O15: no cache keeps what holds tokens or credentials, nor the refusals beside it, of HTTP/1.0 neither (RFC 6749 §5.1)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { registration: { mode: 'open' } } })
    const grant = { grant_type: 'client_credentials' }
    const inAnotherForm = { ...basic('machine'), 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    const answers = [
      await latchwork.form('/token', grant, basic('machine')),
      await latchwork.form('/token', grant, inAnotherForm),
      await latchwork.form('/token', grant, basic('machine', 'wrong')),
      await latchwork.form('/token', {}, inAnotherForm),
      await latchwork.form('/device_authorization', { client_id: 'tv' }),
      await latchwork.call('POST', '/register', { body: { redirect_uris: ['https://app.example.test/cb'] } }),
    ]
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers.get('cache-control'), headers.get('pragma')]),
      [200, 200, 401, 400, 200, 201].map((status) => [status, 'no-store', 'no-cache']),
    )
  })

  it('O9 O14: browser-based applications of any origin may read answers and refusals (CORS)', async (t) => {
    const latchwork = await startLatchwork(t)
    const origin = { origin: 'https://app.example.test' }
    const asked = [
      ['/token', 'POST', 'authorization'],
      ['/revoke', 'POST', 'authorization'],
      ['/userinfo', 'POST', 'authorization'],
      ['/device_authorization', 'POST', 'authorization'],
      ['/jwks', 'GET', 'x-trace'],
      ['/.well-known/openid-configuration', 'GET', 'mcp-protocol-version'],
      ['/.well-known/oauth-authorization-server', 'GET', 'mcp-protocol-version'],
    ] as const
    const answers = [
      await latchwork.form('/token', {}, origin),
      await latchwork.form('/device_authorization', {}, origin),
      await latchwork.form('/revoke', {}, origin),
      await latchwork.call('GET', '/userinfo', { headers: origin }),
      await latchwork.call('GET', '/jwks', { headers: origin }),
      await latchwork.call('GET', '/.well-known/openid-configuration', { headers: origin }),
      ...(await Promise.all(
        asked.map(([path, method, names]) =>
          latchwork.call('OPTIONS', path, {
            headers: { ...origin, 'access-control-request-method': method, 'access-control-request-headers': names },
          }),
        ),
      )),
    ]
    for (const { headers } of answers)
      assert.deepEqual([headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')], ['*', null])
    for (const [index, { status, headers }] of answers.slice(-asked.length).entries()) {
      const [path, method, name] = asked[index] ?? assert.fail()
      const list = (header: string) => (headers.get(header) ?? '').split(', ')
      assert.ok(status === 204 && list('access-control-allow-methods').includes(method), path)
      const allowed = list('access-control-allow-headers')
      assert.ok(allowed.includes(name) || (name !== 'authorization' && allowed.includes('*')), path) // Fetch: the star is not for Authorization
    }
    for (const path of ['/introspect', '/authorize', '/login', '/consent', '/v1/keys', '/nothing']) {
      assert.equal((await latchwork.call('GET', path, { headers: origin })).headers.get('access-control-allow-origin'), null, path)
    }
  })
})

describe('POST /token, grant_type=authorization_code, against thieves', () => {
  it('O4: a code lives 60 seconds (1.3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const [early, late] = [await authorize(latchwork, {}, browser), await authorize(latchwork, {}, browser)]
    latchwork.advance(55_000)
    assert.equal((await redeem(latchwork, early)).status, 200)
    latchwork.advance(6_000)
    refuses(await redeem(latchwork, late), 400, 'invalid_grant', /60 seconds/)
    refuses(await redeem(latchwork, early), 400, 'invalid_grant', /already used/)
  })

  it('O4: the code of one client in the hands of another is refused alone and with every other fault, and stays good (4.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork)
    for (const fault of [{}, { code_verifier: 'x'.repeat(43) }, { redirect_uri: testClients.other.redirectUris[0] }]) {
      const { reference: _one, ...foreign } = (await latchwork.form('/token', { ...Object.fromEntries(bodyOf(authorization)), ...fault, ...asOther })).body
      const unknown = await latchwork.form('/token', { ...Object.fromEntries(bodyOf(authorization)), code: `lw_ac_${'0'.repeat(49)}`, ...asOther })
      const { reference: _other, ...told } = unknown.body
      assert.deepEqual([foreign.error, foreign], ['invalid_grant', told], 'foreign and unknown are answered alike')
    }
    latchwork.advance(30_000)
    const answer = await redeem(latchwork, authorization)
    assert.equal(answer.status, 200)
    refuses(await latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token, ...asOther }), 400, 'invalid_grant')
    refuses(
      await latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token, client_id: 'cli-app' }),
      400,
      'invalid_grant',
    )
    refuses(await latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: answer.body.refresh_token, client_id: 'app' }), 401, 'invalid_client')
    assert.ok(await isActive(latchwork, answer.body.access_token))
    assert.equal((await refresh(latchwork, answer.body.refresh_token)).status, 200, 'the owner’s still works')
  })

  it('O4: a used code in a stranger’s hands ends nothing: only its own client, with its verifier, can replay it', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork)
    const { body } = await redeem(latchwork, authorization)
    refuses(await latchwork.form('/token', { ...Object.fromEntries(bodyOf(authorization)), ...asOther }), 400, 'invalid_grant')
    refuses(await redeem(latchwork, authorization, { code_verifier: 'x'.repeat(43) }), 400, 'invalid_grant')
    refuses(await redeem(latchwork, authorization, { redirect_uri: 'http://127.0.0.1:9/other' }), 400, 'invalid_grant')
    assert.ok(await isActive(latchwork, body.access_token))
    latchwork.advance(24 * 3600_000)
    const next = await refresh(latchwork, body.refresh_token)
    refuses(await redeem(latchwork, authorization), 400, 'invalid_grant', /already used/)
    assert.equal(await isActive(latchwork, next.body.access_token), false, 'a day later a replay still ends the grant')
    const events = await latchwork.call('GET', '/v1/events?type=code.replayed', { bearer: latchwork.rootKey })
    assert.equal(events.body.items.length, 1)
  })

  it('O4 K13 V1: every other kind of credential in the slot of a code or a refresh token is unknown there, and not used up (1.5, 4.4)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const unused = await authorize(latchwork, {}, browser)
    const { body: tokens } = await redeem(latchwork, await authorize(latchwork, {}, browser))
    const account = await latchwork.call('POST', '/v1/accounts', { bearer: latchwork.rootKey, body: { name: 'Acme' } })
    const key = await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body: { accountId: account.body.id, name: 'k' } })
    const session = await latchwork.call('POST', '/v1/sessions/sign-in', {
      body: { email: person.email, password: person.password },
      headers: { origin: latchwork.issuer },
    })
    const cookies = [...browser.cookies.entries()]
    const credentials: Readonly<Record<string, string>> = {
      code: unused.code,
      'access token': tokens.access_token,
      'refresh token': tokens.refresh_token,
      'ID token': tokens.id_token,
      'client secret': testSecret,
      'root key': latchwork.rootKey,
      'API key': key.body.secret,
      'session token': session.body.accessToken,
      ...Object.fromEntries(cookies.map(([name, value]) => [`cookie ${name}`, value])),
      'operator link': new URL(latchwork.server.operatorLink ?? '').searchParams.get('link') ?? '',
    }
    assert.ok(cookies.length >= 3)
    for (const [title, text] of Object.entries(credentials)) {
      assert.ok(text.length > 20, title)
      if (title !== 'code') {
        const answer = await redeem(latchwork, unused, { code: text })
        assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'], `${title} as a code`)
      }
      if (title !== 'refresh token') {
        const answer = await refresh(latchwork, text)
        assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'], `${title} as a refresh token`)
      }
      if (title !== 'access token') {
        assert.ok([400, 401].includes((await latchwork.call('GET', '/userinfo', { bearer: text })).status), `${title} as an access token`)
      }
      const known = await latchwork.form('/introspect', { token: text }, basic('app'))
      assert.equal(known.body.active, ['access token', 'refresh token'].includes(title), title)
    }
    assert.equal((await redeem(latchwork, unused)).status, 200)
    assert.ok(await isActive(latchwork, tokens.access_token))
    assert.equal((await refresh(latchwork, tokens.refresh_token)).status, 200)
    assert.equal((await latchwork.call('GET', '/v1/clients', { bearer: latchwork.rootKey })).status, 200)
    assert.equal((await browser.get(`${latchwork.issuer}/account`)).status, 200)
  })
})

describe('POST /token, resource and scope (RFC 8707)', () => {
  const apis = [
    { identifier: API, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] },
    { identifier: FILES, name: 'Files', scopes: [{ name: 'files:read', description: 'Read your files' }] },
  ]
  const both = { ...testClients.web, scopes: ['openid', 'email', 'notes:read', 'files:read'], audiences: [API, FILES], secretDigests: [digestOf(testSecret)] }

  async function audienceOf(latchwork: Latchwork, token: string): Promise<unknown> {
    return (await latchwork.form('/introspect', { token }, basic('app'))).body.aud
  }

  it('O8: authorize r1, ask r2 at token and refresh → invalid_target; ask none, three refreshes → still r1 (4.2)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { apis, clients: [both] } })
    const authorization = await authorize(latchwork, { scope: 'notes:read', resource: API })
    refuses(await redeem(latchwork, authorization, { resource: FILES }), 400, 'invalid_target')
    let { body } = await redeem(latchwork, authorization)
    assert.equal(await audienceOf(latchwork, body.access_token), API)
    for (let time = 1; time <= 3; time++) {
      refuses(await refresh(latchwork, body.refresh_token, { resource: FILES }), 400, 'invalid_target')
      body = (await refresh(latchwork, body.refresh_token)).body
      assert.equal(await audienceOf(latchwork, body.access_token), API, `refresh ${time}`)
    }
    const slash = await refresh(latchwork, body.refresh_token, { resource: `${API}/` })
    assert.equal(await audienceOf(latchwork, slash.body.access_token), API, 'an empty path and / are one')
  })

  it('O8: a token can be aimed at one of two APIs, and the next at the other; a resource named twice is one', async (t) => {
    const latchwork = await startLatchwork(t, { config: { apis, clients: [both] } })
    const browser = await signUp(latchwork)
    const { url, verifier } = authorizationUrl(latchwork, { scope: 'notes:read files:read' })
    const twice = [API, API, `${API}/`, FILES].map((resource) => `&resource=${encodeURIComponent(resource)}`).join('')
    const back = await allow(browser, `${url}${twice}`)
    const authorization = { code: back.searchParams.get('code') ?? '', verifier, redirectUri: both.redirectUris[0] } as Authorization
    const first = await redeem(latchwork, authorization, { resource: API })
    assert.equal(await audienceOf(latchwork, first.body.access_token), API)
    const second = await refresh(latchwork, first.body.refresh_token, { resource: FILES })
    assert.equal(await audienceOf(latchwork, second.body.access_token), FILES)
    const third = await refresh(latchwork, second.body.refresh_token)
    assert.deepEqual(await audienceOf(latchwork, third.body.access_token), [API, FILES])
  })

  it('O15: resource without scope means the scopes of that API, in every grant that has a scope (RFC 6749 §3.3, RFC 8707 §2)', async (t) => {
    const client = {
      ...both,
      scopes: [...both.scopes, 'offline_access'],
      grantTypes: [...both.grantTypes, 'client_credentials', DEVICE_GRANT],
    }
    const latchwork = await startLatchwork(t, { config: { apis, clients: [client] } })
    const ask = (fields: Record<string, string>) => latchwork.form('/token', { grant_type: 'client_credentials', ...fields }, basic('app'))
    const browser = await signUp(latchwork)
    for (const [resource, own] of [
      [API, 'notes:read'],
      [FILES, 'files:read'],
    ] as const) {
      const coded = await redeem(latchwork, await authorize(latchwork, { scope: undefined, resource }, browser))
      assert.equal(coded.body.scope, `openid email ${own}`)
      assert.deepEqual(await audienceOf(latchwork, coded.body.access_token), [resource, latchwork.issuer])
      const program = await ask({ resource })
      assert.deepEqual([program.status, program.body.scope], [200, own])
      assert.equal(await audienceOf(latchwork, program.body.access_token), resource)
      const device = await latchwork.form('/device_authorization', { resource }, basic('app'))
      await allowDevice(latchwork, browser, { deviceCode: '', userCode: device.body.user_code, completeUri: '' })
      const watched = await latchwork.form('/token', { grant_type: DEVICE_GRANT, device_code: device.body.device_code }, basic('app'))
      assert.equal(watched.body.scope, `openid email ${own}`)
    }
    assert.equal((await ask({})).body.scope, 'notes:read files:read')
  })

  it('O15: with resource, scopes of other APIs are left out; none left is refused (RFC 6749 §3.3)', async (t) => {
    const client = { ...both, grantTypes: [...both.grantTypes, 'client_credentials'] }
    const latchwork = await startLatchwork(t, { config: { apis, clients: [client] } })
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'notes:read files:read', resource: FILES }))
    assert.deepEqual([body.scope, await audienceOf(latchwork, body.access_token)], ['files:read', FILES])
    refuses(await refresh(latchwork, body.refresh_token, { scope: 'notes:read' }), 400, 'invalid_scope')
    const ask = (scope: string) => latchwork.form('/token', { grant_type: 'client_credentials', scope, resource: FILES }, basic('app'))
    assert.equal((await ask('notes:read files:read')).body.scope, 'files:read')
    refuses(await ask('notes:read'), 400, 'invalid_scope')
    refuses(await ask('files:read admin:all'), 400, 'invalid_scope')
  })

  it('O8: a token aimed at one API carries its scopes alone, UserInfo’s beside them; the grant keeps all (RFC 9068 §2.2.3, RFC 8707 §2.2)', async (t) => {
    const client = { ...both, scopes: [...both.scopes, 'offline_access'] }
    for (const tokenFormat of ['opaque', 'jwt'] as const) {
      const latchwork = await startLatchwork(t, { config: { apis: apis.map((api) => ({ ...api, tokenFormat })), clients: [client] } })
      const known = async (token: string) => (await latchwork.form('/introspect', { token }, basic('app'))).body
      const authorization = await authorize(latchwork, { scope: 'openid email notes:read files:read' })
      const first = await redeem(latchwork, authorization, { resource: API })
      assert.deepEqual([first.body.scope, (await known(first.body.access_token)).scope], Array(2).fill('openid email notes:read'))
      if (tokenFormat === 'jwt') assert.equal(JSON.parse(atob(first.body.access_token.split('.')[1])).scope, 'openid email notes:read')
      const second = await refresh(latchwork, first.body.refresh_token, { resource: FILES })
      assert.deepEqual([second.body.scope, (await known(second.body.access_token)).scope], Array(2).fill('openid email files:read'))
      const none = await refresh(latchwork, second.body.refresh_token, { resource: FILES, scope: 'notes:read' })
      assert.deepEqual([none.status, none.body.scope, (await known(none.body.access_token)).scope], [200, '', ''], 'a token that may do nothing there')
      const whole = await refresh(latchwork, none.body.refresh_token)
      assert.equal(whole.body.scope, 'openid email notes:read files:read')
      const lasting = await redeem(latchwork, await authorize(latchwork, { scope: 'notes:read files:read offline_access' }, authorization.browser), {
        resource: API,
      })
      assert.deepEqual([lasting.body.scope, (await known(lasting.body.access_token)).scope], ['notes:read offline_access', 'notes:read'], 'no API reads it')
    }
  })

  it('O9: a refresh may ask for less scope, never for more; the next one has all again (RFC 6749 §6)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { apis, clients: [both] } })
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid email notes:read' }))
    for (const scope of ['files:read', 'openid files:read', 'notes:*', 'offline_access', 'NOTES:READ']) {
      refuses(await refresh(latchwork, body.refresh_token, { scope }), 400, 'invalid_scope')
    }
    const less = await refresh(latchwork, body.refresh_token, { scope: 'notes:read' })
    assert.deepEqual([less.body.scope, less.body.id_token], ['notes:read', undefined])
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: less.body.access_token })).status, 403)
    const all = await refresh(latchwork, less.body.refresh_token)
    assert.equal(all.body.scope, 'openid email notes:read')
    assert.ok(all.body.id_token)
  })

  it('O7 O9: a refresh that repeats what was sent to /authorize gets what was given then (Authlib and requests-oauthlib repeat it; RFC 6749 §3.3, §6)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const scope = 'openid profile email address notes:read notes:write'
    const { url, verifier } = authorizationUrl(latchwork, { scope })
    const target = await allow(browser, url, { 'consent-scope-2': false, 'consent-scope-5': false })
    const authorization = { code: target.searchParams.get('code') ?? '', verifier, redirectUri: testClients.web.redirectUris[0] } as Authorization
    let { body } = await redeem(latchwork, authorization)
    assert.equal(body.scope, 'openid email notes:read')
    for (const [asked, told] of [
      [scope, 'openid email notes:read'],
      ['openid profile', 'openid'],
      [scope, 'openid email notes:read'],
    ] as const) {
      const answer = await refresh(latchwork, body.refresh_token, { scope: asked })
      assert.deepEqual([answer.status, answer.body.scope], [200, told], asked)
      const seen = await latchwork.form('/introspect', { token: answer.body.access_token }, basic('app'))
      assert.equal(seen.body.scope, told)
      body = answer.body
    }
    for (const asked of ['profile', 'profile address', 'openid offline_access', 'openid phone'])
      refuses(await refresh(latchwork, body.refresh_token, { scope: asked }), 400, 'invalid_scope')
    const person = await latchwork.call('GET', '/userinfo', { bearer: body.access_token })
    assert.deepEqual(Object.keys(person.body), ['sub', 'email', 'email_verified'])
  })

  it('O2 O7 O9: so does that of a device, for what the person left out', async (t) => {
    const latchwork = await startLatchwork(t)
    const client = { client_id: testClients.television.id }
    const device = await startDevice(latchwork, { scope: 'openid notes:read notes:write' })
    await allowDevice(latchwork, await signUp(latchwork), device, { 'consent-scope-3': false })
    const { body } = await poll(latchwork, device)
    assert.equal(body.scope, 'openid notes:read')
    const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token, scope: 'openid notes:read notes:write', ...client }
    const again = await latchwork.form('/token', fields)
    assert.deepEqual([again.status, again.body.scope], [200, 'openid notes:read'])
  })

  it('O7 O8: what a client is no longer registered for is gone from its next token', async (t) => {
    const latchwork = await startLatchwork(t, { config: { apis, clients: [both] } })
    const { oauth } = latchwork.server.installation
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid notes:read files:read' }))
    const { client, secrets } = (await oauth.store.findClient('app')) ?? assert.fail('the client')
    const secretDigests = secrets.map(({ digest }) => digest)
    const journal = { events: [], revocations: [] }
    await oauth.store.declareClient({ ...client, scopes: ['notes:read'], audiences: [API] }, secretDigests, latchwork.now(), () => journal)
    const less = await refresh(latchwork, body.refresh_token, { scope: 'openid notes:read files:read' })
    assert.deepEqual([less.body.scope, less.body.id_token], ['notes:read', undefined])
    assert.deepEqual(await audienceOf(latchwork, less.body.access_token), [API, latchwork.issuer])
    refuses(await refresh(latchwork, less.body.refresh_token, { resource: FILES }), 400, 'invalid_target')
  })

  it('O2 O8: client credentials: registered scopes and APIs alone, and nothing of a person', async (t) => {
    const latchwork = await startLatchwork(t)
    const ask = (fields: Record<string, string>) => latchwork.form('/token', { grant_type: 'client_credentials', ...fields }, basic('machine'))
    for (const scope of ['openid', 'notes:read openid', 'offline_access', 'admin:all', '*:*', 'notes:*']) refuses(await ask({ scope }), 400, 'invalid_scope')
    for (const resource of [FILES, 'urn:x', latchwork.issuer]) refuses(await ask({ resource }), 400, 'invalid_target')
    const { body } = await ask({ scope: 'notes:read', resource: API })
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type'])
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).status, 401)
  })
})
