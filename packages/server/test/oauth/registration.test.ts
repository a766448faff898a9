/** Clients that register themselves (RFC 7591) and manage that (RFC 7592), under the operator's policy. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { mintToken } from '@latchwork/kernel'
import { decodeJwt } from 'jose'
import { assertedBy, newClientKey } from '../kit/assertion.ts'
import { authorizationUrl, authorize, basic, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { rawRequest, sendRaw } from '../kit/raw-http.ts'
import { startSecureHost } from '../kit/secure-host.ts'
import { type Answer, API, type Latchwork, refuses, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'

const CALLBACK = 'https://app.example.test/cb'
const open = { mode: 'open', scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'], audiences: [API], perAddressPerHour: 1000 }
const started = (t: TestContext, registration: Readonly<Record<string, unknown>> = {}, more: Wishes['config'] = {}) =>
  startLatchwork(t, { config: { registration: { ...open, ...registration }, ...more } })

const register = (latchwork: Latchwork, body: unknown, bearer?: string): Promise<Answer> =>
  latchwork.call('POST', '/register', { body, ...(bearer === undefined ? {} : { bearer }) })
const initialToken = async (latchwork: Latchwork): Promise<string> =>
  (await latchwork.call('POST', '/v1/initial-access-tokens', { bearer: latchwork.rootKey, body: { name: 'Known' } })).body.secret
const own = (latchwork: Latchwork, method: string, { body }: Answer, change?: unknown, token?: string): Promise<Answer> =>
  latchwork.call(method, new URL(body.registration_client_uri).pathname, {
    bearer: token ?? body.registration_access_token,
    ...(change === undefined ? {} : { body: change }),
  })

describe('dynamic registration', () => {
  it('O15: is not there unless the operator opens it', async (t) => {
    const latchwork = await startLatchwork(t)
    assert.equal((await register(latchwork, { redirect_uris: [CALLBACK] })).status, 404)
    const { body } = await latchwork.call('GET', '/.well-known/openid-configuration')
    assert.equal(body.registration_endpoint, undefined)
  })

  it('O15: answers as RFC 7591 §3.2.1 says, with what it has made of what was asked', async (t) => {
    const latchwork = await started(t)
    assert.equal((await latchwork.call('GET', '/.well-known/openid-configuration')).body.registration_endpoint, `${latchwork.issuer}/register`)
    const answer = await register(latchwork, {
      client_name: 'Reader',
      redirect_uris: [CALLBACK],
      client_uri: 'https://app.example.test/',
      logo_uri: 'https://app.example.test/logo.png',
      policy_uri: 'https://app.example.test/policy',
      tos_uri: 'https://app.example.test/terms',
      contacts: ['ops@example.test'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      post_logout_redirect_uris: ['https://app.example.test/bye'],
      id_token_signed_response_alg: 'RS256',
      default_max_age: 3600,
      request_uris: ['https://app.example.test/r'],
      scope: 'openid notes:read notes:write',
      x_unknown: { deep: true },
    })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const { client_id, client_secret, registration_access_token, registration_client_uri, client_id_issued_at, ...rest } = answer.body
    assert.match(client_secret, /^lw_cs_/)
    assert.match(registration_access_token, /^lw_ra_[0-9A-Za-z]{49}$/)
    assert.equal(registration_client_uri, `${latchwork.issuer}/register/${client_id}`)
    assert.ok(Number.isInteger(client_id_issued_at) && Math.abs(client_id_issued_at - latchwork.now() / 1000) < 60)
    assert.deepEqual(rest, {
      client_secret_expires_at: 0,
      client_name: 'Reader',
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: [CALLBACK],
      client_uri: 'https://app.example.test/',
      logo_uri: 'https://app.example.test/logo.png',
      policy_uri: 'https://app.example.test/policy',
      tos_uri: 'https://app.example.test/terms',
      contacts: ['ops@example.test'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      post_logout_redirect_uris: ['https://app.example.test/bye'],
      id_token_signed_response_alg: 'RS256',
      default_max_age: 3600,
      scope: 'openid notes:read',
    })
  })

  it('O15: what was registered works: code, tokens, refresh', async (t) => {
    const latchwork = await started(t)
    const { body } = await register(latchwork, { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'] })
    const code = await authorize(latchwork, { client_id: body.client_id, redirect_uri: CALLBACK, scope: 'openid notes:read' })
    const tokens = await redeem(latchwork, code, {}, basic(body.client_id, body.client_secret))
    assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
    assert.ok(tokens.body.refresh_token)
    assert.ok(await isActive(latchwork, tokens.body.access_token))
  })

  it('O15 7.1: internal members gain nothing', async (t) => {
    const latchwork = await started(t)
    const privileged = {
      isAssured: true,
      is_assured: true,
      settings: { isAssured: true },
      profile: 'oidc-compat',
      accountId: 'acc_test',
      account_id: 'acc_test',
      audiences: ['x'],
      environment: 'test',
      id: 'app',
      client_id: 'app',
      client_secret: 'mine',
      ownerId: 'x',
      retryWindowSeconds: 600,
      createdAt: 0,
      disabledAt: 1,
    }
    const { status, body } = await register(latchwork, { redirect_uris: [CALLBACK], ...privileged })
    assert.equal(status, 201)
    const seen = await latchwork.call('GET', `/v1/clients/${body.client_id}`, { bearer: latchwork.rootKey })
    const { name: _name, id, createdAt: _createdAt, scopes: _scopes, ...client } = seen.body
    assert.match(id, /^cli_/)
    assert.notEqual(body.client_secret, 'mine')
    assert.deepEqual(client, {
      profile: 'oauth21',
      applicationType: 'web',
      authenticationMethod: 'client_secret_basic',
      environment: 'live',
      redirectUris: [CALLBACK],
      grantTypes: ['authorization_code'],
      audiences: [API],
      settings: { isDynamic: true },
    })
  })

  const tables: Readonly<Record<string, readonly (readonly [string, Readonly<Record<string, unknown>>])[]>> = {
    invalid_redirect_uri: [
      ['none', { redirect_uris: [] }],
      ['absent', { redirect_uris: undefined }],
      ['a text', { redirect_uris: CALLBACK }],
      ['plain http', { redirect_uris: ['http://app.example.test/cb'] }],
      ['a fragment', { redirect_uris: [`${CALLBACK}#x`] }],
      ['a script', { redirect_uris: ['javascript:alert(1)'] }],
      ['a wildcard', { redirect_uris: ['https://*.example.test/cb'] }],
      ['a private scheme of a web application', { redirect_uris: ['cursor://cb'], application_type: 'web' }],
    ],
    invalid_client_metadata: [
      ['ID tokens unsigned', { id_token_signed_response_alg: 'none' }],
      ['UserInfo unsigned by name', { userinfo_signed_response_alg: 'none' }],
      ['another algorithm', { id_token_signed_response_alg: 'HS256' }],
      ['implicit alone', { response_types: ['token'] }],
      ['password alone', { grant_types: ['password'] }],
      ['refresh alone', { grant_types: ['refresh_token'] }],
      ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
      ['certificates where they are off', { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'x.example' }],
      ['no keys', { token_endpoint_auth_method: 'private_key_jwt' }],
      ['keys twice', { jwks: { keys: [newClientKey().jwk] }, jwks_uri: 'https://app.example.test/jwks' }],
      ['keys that are none', { jwks: { keys: 'x' } }],
      ['keys over http', { jwks_uri: 'http://app.example.test/jwks' }],
      ['a logo that is a script', { logo_uri: 'javascript:alert(1)' }],
      ['a homepage that is a script', { client_uri: 'data:text/html,x' }],
      ['a homepage that seems to be another', { client_uri: 'https://bank.example@evil.example/' }],
      ['a homepage without end', { client_uri: `https://app.example.test/${'x'.repeat(2000)}` }],
      ['a policy that is no address', { policy_uri: 'x' }],
      ['login begun over http', { initiate_login_uri: 'http://app.example.test/login' }],
      ['logout to a page with a fragment', { post_logout_redirect_uris: ['https://app.example.test/#x'] }],
      ['back-channel over http', { backchannel_logout_uri: 'http://app.example.test/out' }],
      ['front-channel elsewhere', { frontchannel_logout_uri: 'https://other.example.test/out' }],
      ['another type of application', { application_type: 'desktop' }],
      ['a max age that is none', { default_max_age: -1 }],
      ['a max age as text', { default_max_age: '1' }],
      ['another subject type', { subject_type: 'private' }],
      ['pairwise at two hosts', { subject_type: 'pairwise', redirect_uris: [CALLBACK, 'https://two.example.test/cb'] }],
      ['a sector that cannot be reached', { sector_identifier_uri: 'https://127.0.0.1:1/s' }],
      ['encryption without keys', { id_token_encrypted_response_alg: 'RSA-OAEP-256' }],
      ['an encryption of long ago', { id_token_encrypted_response_alg: 'RSA1_5', jwks_uri: 'https://app.example.test/jwks' }],
      ['enc without alg', { id_token_encrypted_response_enc: 'A128GCM', jwks_uri: 'https://app.example.test/jwks' }],
      ['a name of controls', { contacts: ['a\u0007'] }],
      ['a name that is no text', { client_name: 7 }],
      ['a name without end', { client_name: 'x'.repeat(101) }],
    ],
  }
  for (const [error, rows] of Object.entries(tables)) {
    it(`O15: ${rows.length} requests are ${error}, and write nothing (RFC 7591 §3.2.2)`, async (t) => {
      const latchwork = await started(t)
      const count = async () => (await latchwork.call('GET', '/v1/clients', { bearer: latchwork.rootKey })).body.items.length
      const before = await count()
      for (const [title, change] of rows) {
        const { status, body } = await register(latchwork, { redirect_uris: [CALLBACK], ...change })
        assert.deepEqual([status, body.error], [400, error], `${title}: ${JSON.stringify(body)}`)
      }
      assert.equal(await count(), before)
    })
  }

  it('O15: a body that is no JSON object is refused', async (t) => {
    const latchwork = await started(t)
    for (const body of [[], 'null', '"x"', '7']) assert.equal((await register(latchwork, body)).status, 400, JSON.stringify(body))
    refuses(await register(latchwork, '{"redirect_uris":[],"redirect_uris":[]}'), 400, 'invalid_request')
    assert.equal((await latchwork.form('/register', { redirect_uris: CALLBACK })).status, 400)
  })

  it('O15: what a public client may not use is narrowed, not refused; loopback and private schemes make it native (clients in the wild 3, 4, 11)', async (t) => {
    const latchwork = await started(t)
    const { status, body } = await register(latchwork, {
      client_name: 'MCP client',
      redirect_uris: ['http://localhost:33418/cb', 'http://127.0.0.1/cb', 'cursor://anysphere.cursor/cb'],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'implicit', 'urn:example:other'],
      response_types: ['code', 'token'],
      scope: 'openid notes:read claudeai unknown',
    })
    assert.equal(status, 201, JSON.stringify(body))
    assert.equal(body.client_secret, undefined)
    assert.deepEqual(
      [body.application_type, body.grant_types, body.response_types, body.scope],
      ['native', ['authorization_code', 'refresh_token'], ['code'], 'openid notes:read'],
    )
    const redirectUri = 'http://localhost:50123/cb'
    const code = await authorize(latchwork, { client_id: body.client_id, redirect_uri: redirectUri, scope: undefined })
    const tokens = await latchwork.form('/token', {
      grant_type: 'authorization_code',
      code: code.code,
      code_verifier: code.verifier,
      redirect_uri: redirectUri,
      client_id: body.client_id,
    })
    assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
    assert.ok(tokens.body.refresh_token, 'its grant_types list it')
  })

  it('O15 O7: whom nobody knows has no token that no person was asked for: client_credentials is left out, and does not come with a change', async (t) => {
    const latchwork = await started(t)
    const alone = { grant_types: ['client_credentials'], scope: 'notes:read' }
    refuses(await register(latchwork, alone), 400, 'invalid_client_metadata', /initial access token/)
    const both = { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'client_credentials'] }
    const made = await register(latchwork, both)
    assert.deepEqual([made.status, made.body.grant_types], [201, ['authorization_code']])
    const { client_id: id, client_secret: secret } = made.body
    const token = () => latchwork.form('/token', { grant_type: 'client_credentials' }, basic(id, secret))
    refuses(await token(), 400, 'unauthorized_client')
    const change = { ...both, client_id: id }
    assert.deepEqual((await own(latchwork, 'PUT', made, change)).body.grant_types, ['authorization_code'])
    const grantTypes = ['authorization_code', 'client_credentials']
    await latchwork.call('PATCH', `/v1/clients/${id}`, { bearer: latchwork.rootKey, body: { grantTypes } })
    assert.deepEqual((await own(latchwork, 'PUT', made, change)).body.grant_types, grantTypes, 'what an operator gave stays')
    assert.equal((await token()).status, 200)
    assert.deepEqual((await register(latchwork, alone, await initialToken(latchwork))).body.grant_types, ['client_credentials'])
  })

  it('O3 O15: one address on the person’s own machine makes a client native that does not say; each address is judged by its own kind (clients in the wild 11)', async (t) => {
    const latchwork = await started(t)
    const [scheme, page, loopback] = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ]
    const uris = [scheme, page, loopback]
    const made = await register(latchwork, { client_name: 'Cursor', redirect_uris: uris, token_endpoint_auth_method: 'none' })
    assert.deepEqual([made.status, made.body.application_type, made.body.redirect_uris], [201, 'native', uris], JSON.stringify(made.body))
    const browser = await signUp(latchwork)
    const statusAt = async (redirect_uri: string) =>
      (await browser.open(authorizationUrl(latchwork, { client_id: made.body.client_id, redirect_uri, scope: 'openid' }).url)).status
    for (const good of [...uris, 'http://localhost:50123/callback']) assert.equal(await statusAt(good), 200, good)
    for (const bad of [
      'https://www.cursor.com:8443/agents/mcp/oauth/callback',
      `${page}/`,
      `${scheme}/`,
      'http://127.0.0.1:8787/callback',
      'http://www.cursor.com/agents/mcp/oauth/callback',
    ])
      assert.equal(await statusAt(bad), 400, bad)
    for (const [redirect_uris, type] of [
      [[page], 'web'],
      [[page, loopback], 'native'],
      [[page, scheme], 'native'],
    ] as const)
      assert.equal((await register(latchwork, { redirect_uris })).body.application_type, type, redirect_uris.join(' '))
    const web = await register(latchwork, { redirect_uris: [page, loopback], application_type: 'web' })
    assert.deepEqual([web.status, web.body.application_type], [201, 'web'], 'who says is heeded')
    refuses(await register(latchwork, { redirect_uris: uris, application_type: 'web' }), 400, 'invalid_redirect_uri', /private scheme/)
    for (const wrong of ['http://www.cursor.com/cb', `${page}#x`, 'javascript:alert(1)'])
      refuses(await register(latchwork, { redirect_uris: [...uris, wrong] }), 400, 'invalid_redirect_uri')
  })

  it('O15: who names no scope, or none that policy allows, gets all that it allows (RFC 7591 §2)', async (t) => {
    const latchwork = await started(t)
    for (const scope of [undefined, '', 'claudeai', 'mcp:tools notes:write'])
      assert.equal((await register(latchwork, { redirect_uris: [CALLBACK], scope })).body.scope, open.scopes.join(' '), String(scope))
    assert.equal((await register(latchwork, { redirect_uris: [CALLBACK], scope: 'claudeai notes:read' })).body.scope, 'notes:read')
  })

  it('O15: an empty text counts as not sent, in a registration and in its replacement (clients in the wild fill in what they have not)', async (t) => {
    const latchwork = await started(t)
    const names = ['client_name', 'client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri', 'software_id', 'software_version', 'application_type']
    const empty = Object.fromEntries(
      [...names, 'scope', 'token_endpoint_auth_method', 'id_token_signed_response_alg', 'subject_type'].map((name) => [name, '']),
    )
    const without = await register(latchwork, { redirect_uris: [CALLBACK] })
    const { status, body } = await register(latchwork, { redirect_uris: [CALLBACK], ...empty })
    assert.deepEqual([status, Object.keys(body)], [201, Object.keys(without.body)])
    assert.deepEqual([body.token_endpoint_auth_method, body.application_type, body.scope], ['client_secret_basic', 'web', without.body.scope])
    const sent = { ...empty, client_id: body.client_id, client_secret: '', redirect_uris: [CALLBACK] }
    const replaced = await latchwork.call('PUT', `/register/${body.client_id}`, { bearer: body.registration_access_token, body: sent })
    assert.deepEqual([replaced.status, replaced.body.logo_uri], [200, undefined])
    refuses(await register(latchwork, { redirect_uris: '' }), 400, 'invalid_redirect_uri')
  })

  it('O15: policy holds redirect hosts', async (t) => {
    const latchwork = await started(t, { redirectHosts: ['app.example.test', '*.trusted.test'] })
    for (const uri of [CALLBACK, 'https://a.trusted.test/cb', 'https://a.b.trusted.test/cb', 'http://localhost/cb'])
      assert.equal((await register(latchwork, { redirect_uris: [uri] })).status, 201, uri)
    for (const uri of ['https://trusted.test/cb', 'https://eviltrusted.test/cb', 'https://app.example.test.evil.test/cb', 'http://localhost.evil.test/cb'])
      refuses(await register(latchwork, { redirect_uris: [uri] }), 400, 'invalid_redirect_uri')
  })

  it('O15: an empty body that is said to be JSON ends a registration, and makes none', async (t) => {
    const latchwork = await started(t)
    const { body } = await register(latchwork, { redirect_uris: [CALLBACK] })
    const { pathname } = new URL(body.registration_client_uri)
    const own = [`Authorization: Bearer ${body.registration_access_token}`]
    const nothing = (line: string, headers: readonly string[]) =>
      sendRaw(latchwork, rawRequest(latchwork, `${line} HTTP/1.1`, ['Content-Type: application/json', 'Content-Length: 0', ...headers]))
    refuses(await nothing('POST /register', []), 400, 'invalid_client_metadata')
    refuses(await nothing(`PUT ${pathname}`, own), 400, 'invalid_client_metadata')
    assert.equal((await nothing(`DELETE ${pathname}`, own)).status, 204)
  })

  it('O15 K13: two Authorization headers are two credentials', async (t) => {
    const latchwork = await started(t)
    const { body } = await register(latchwork, { redirect_uris: [CALLBACK] })
    const bearer = `Authorization: Bearer ${body.registration_access_token}`
    const line = `GET ${new URL(body.registration_client_uri).pathname} HTTP/1.1`
    assert.equal((await sendRaw(latchwork, rawRequest(latchwork, line, [bearer]))).status, 200)
    refuses(await sendRaw(latchwork, rawRequest(latchwork, line, [bearer, 'Authorization: Bearer x'])), 400, 'invalid_request', /exactly one/)
  })

  it('O15: browsers of any origin may ask (clients in the wild 12)', async (t) => {
    const latchwork = await started(t)
    for (const path of ['/register', '/register/cli_x']) {
      const { status, headers } = await latchwork.call('OPTIONS', path)
      assert.deepEqual([status, headers.get('access-control-allow-origin')], [204, '*'])
    }
    assert.equal((await register(latchwork, { redirect_uris: [] })).headers.get('access-control-allow-origin'), '*')
  })

  it('O15: a sector document must list every redirect URI (OpenID Connect Registration §5)', async (t) => {
    let listed: unknown = [CALLBACK, 'https://two.example.test/cb']
    const host = await startSecureHost(t, () => listed)
    const latchwork = await started(t, {}, { outbound: host.outbound })
    const wish = {
      redirect_uris: [CALLBACK, 'https://two.example.test/cb'],
      subject_type: 'pairwise',
      sector_identifier_uri: `${host.url}/sector`,
    }
    const good = await register(latchwork, wish)
    assert.deepEqual([good.status, good.body.sector_identifier_uri], [201, wish.sector_identifier_uri], JSON.stringify(good.body))
    for (const wrong of [[], [CALLBACK], { redirect_uris: wish.redirect_uris }, [...wish.redirect_uris, 7], null, undefined]) {
      listed = wrong
      refuses(await register(latchwork, wish), 400, 'invalid_client_metadata', /sector_identifier_uri/)
    }
  })

  it('O6 O15: ports of one host are one sector, and need no document (OpenID Connect Core §8.1)', async (t) => {
    const latchwork = await started(t)
    const wish = { redirect_uris: [CALLBACK, CALLBACK.replace('/cb', ':8443/cb')], subject_type: 'pairwise' }
    const { status, body } = await register(latchwork, wish)
    assert.deepEqual([status, body.subject_type], [201, 'pairwise'], JSON.stringify(body))
  })

  it('O6 O15: no change of its own gives people another name at a client, nor the one they have at another host (OpenID Connect Core §8.1, §12.2)', async (t) => {
    const latchwork = await started(t)
    const browser = await signUp(latchwork)
    const wish = { redirect_uris: [CALLBACK], subject_type: 'pairwise', grant_types: ['authorization_code', 'refresh_token'], scope: 'openid' }
    const made = await register(latchwork, wish)
    const { client_id: id, client_secret: secret } = made.body
    const answer = await redeem(
      latchwork,
      await authorize(latchwork, { client_id: id, redirect_uri: CALLBACK, scope: 'openid' }, browser),
      {},
      basic(id, secret),
    )
    const subject = decodeJwt(answer.body.id_token).sub
    const { subject_type: _, ...publicly } = wish
    for (const change of [{ ...wish, redirect_uris: ['https://other.example.test/cb'] }, publicly])
      refuses(await own(latchwork, 'PUT', made, { client_id: id, ...change }), 400, 'invalid_client_metadata', /called otherwise/)
    const kept = await own(latchwork, 'PUT', made, { client_id: id, ...wish, redirect_uris: [`${CALLBACK}/two`] })
    assert.equal(kept.status, 200, JSON.stringify(kept.body))
    const refreshed = await refresh(latchwork, answer.body.refresh_token, {}, basic(id, secret))
    assert.equal(decodeJwt(refreshed.body.id_token).sub, subject)
    const open = await register(latchwork, publicly)
    refuses(await own(latchwork, 'PUT', open, { client_id: open.body.client_id, ...wish }), 400, 'invalid_client_metadata', /called otherwise/)
  })

  it('O13 O15: a client with keys at its jwks_uri rotates them by itself', async (t) => {
    const [old, young] = [newClientKey('old'), newClientKey('young')]
    let keys = [old.jwk]
    const host = await startSecureHost(t, () => ({ keys }))
    const latchwork = await started(t, {}, { outbound: host.outbound })
    const metadata = {
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks_uri: `${host.url}/jwks`,
      scope: 'notes:read',
    }
    const { body } = await register(latchwork, metadata, await initialToken(latchwork))
    assert.equal(body.client_secret, undefined)
    const ask = (key: typeof old) => latchwork.form('/token', { grant_type: 'client_credentials', ...assertedBy(latchwork, body.client_id, key) })
    assert.equal((await ask(old)).status, 200)
    keys = [young.jwk]
    latchwork.advance(6000)
    assert.equal((await ask(young)).status, 200)
    refuses(await ask(old), 401, 'invalid_client')
  })
})

describe('initial access tokens', () => {
  const make = async (latchwork: Latchwork, body: Readonly<Record<string, unknown>>) =>
    (await latchwork.call('POST', '/v1/initial-access-tokens', { bearer: latchwork.rootKey, body: { name: 'onboarding', ...body } })).body

  it('O15: open the door where policy says so, as often as they say and as long', async (t) => {
    const latchwork = await started(t, { mode: 'token' })
    const good = { redirect_uris: [CALLBACK] }
    const bare = await register(latchwork, good)
    refuses(bare, 401, 'invalid_request')
    assert.match(bare.headers.get('www-authenticate') ?? '', /^Bearer/)
    for (const wrong of ['x', mintToken('initial_access_token').reveal(), mintToken('access_token').reveal(), latchwork.rootKey])
      refuses(await register(latchwork, good, wrong), 401, 'invalid_token')
    const once = await make(latchwork, {})
    assert.match(once.secret, /^lw_ia_/)
    refuses(await register(latchwork, { redirect_uris: [] }, once.secret), 400, 'invalid_redirect_uri')
    assert.equal((await register(latchwork, good, once.secret)).status, 201, 'what was refused has used nothing up')
    refuses(await register(latchwork, good, once.secret), 401, 'invalid_token')
    const many = await make(latchwork, { uses: null, lifetimeSeconds: 3600 })
    for (let time = 0; time < 3; time++) assert.equal((await register(latchwork, good, many.secret)).status, 201)
    latchwork.advance(3_601_000)
    refuses(await register(latchwork, good, many.secret), 401, 'invalid_token')
    const ended = await make(latchwork, { uses: null })
    assert.equal((await latchwork.call('DELETE', `/v1/initial-access-tokens/${ended.token.id}`, { bearer: latchwork.rootKey })).status, 204)
    refuses(await register(latchwork, good, ended.secret), 401, 'invalid_token')
    const list = await latchwork.call('GET', '/v1/initial-access-tokens', { bearer: latchwork.rootKey })
    assert.deepEqual(list.body.items.map(({ id }: { readonly id: string }) => id).sort(), [once, many, ended].map(({ token }) => token.id).sort())
    assert.ok(!JSON.stringify(list.body).includes(many.secret))
  })
})

describeOnEachEngine('registration under pressure', (start) => {
  it('O15 R1: a token for five registers five of 40 at once', async (t) => {
    const latchwork = await start(t, { config: { registration: { ...open, mode: 'token' } } })
    const { body } = await latchwork.call('POST', '/v1/initial-access-tokens', { bearer: latchwork.rootKey, body: { name: 'five', uses: 5 } })
    const answers = await Promise.all(Array.from({ length: 40 }, () => register(latchwork, { redirect_uris: [CALLBACK] }, body.secret)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 5)
    for (const { status } of answers) assert.ok(status === 201 || status === 401, String(status))
  })

  it('O15 14.4: registrations are limited per address, and those that nobody uses are removed', async (t) => {
    const latchwork = await start(t, { config: { registration: { ...open, perAddressPerHour: 30 } } })
    const answers = await Promise.all(Array.from({ length: 60 }, () => register(latchwork, { redirect_uris: [CALLBACK] })))
    const made = answers.filter(({ status }) => status === 201)
    assert.ok(made.length <= 30 && made.length >= 25, `${made.length}`) // on a shared database, registrations of the test before count too
    for (const { status, body, headers } of answers.filter((answer) => answer.status !== 201)) {
      assert.deepEqual([status, body.error], [429, 'slow_down'])
      assert.ok(Number(headers.get('retry-after')) > 0)
    }
    const used = made[0] ?? assert.fail()
    const browser = await signUp(latchwork, { email: `u${Math.random()}@example.com`, password: 'correct horse battery staple', name: 'Ada' })
    await authorize(latchwork, { client_id: used.body.client_id, redirect_uri: CALLBACK, scope: 'openid' }, browser)
    latchwork.advance(29 * 86_400_000)
    await latchwork.server.installation.clientChores.run()
    const exists = async ({ body }: Answer) => (await latchwork.call('GET', `/v1/clients/${body.client_id}`, { bearer: latchwork.rootKey })).status === 200
    assert.ok(await exists(made[1] ?? assert.fail()))
    latchwork.advance(2 * 86_400_000)
    await latchwork.server.installation.clientChores.run()
    for (const answer of made.slice(1)) assert.equal(await exists(answer), false)
    assert.ok(await exists(used))
    const dead = made[1]?.body
    const answer = await latchwork.form('/token', { grant_type: 'authorization_code', code: 'x' }, basic(dead.client_id, dead.client_secret))
    refuses(answer, 401, 'invalid_client') // so that the client registers anew (clients in the wild 9)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  })
})

describe('a client manages its registration', () => {
  const metadata = {
    client_name: 'Reader',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token'],
    logo_uri: 'https://app.example.test/l.png',
  }

  it('O15: reads, replaces and ends it (RFC 7592 §2)', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, metadata)
    const { client_secret, client_secret_expires_at: _expiresAt, ...known } = made.body
    const read = await own(latchwork, 'GET', made)
    assert.deepEqual([read.status, read.body], [200, known])
    const id = made.body.client_id
    const replaced = await own(latchwork, 'PUT', made, { client_id: id, client_secret, redirect_uris: ['https://app.example.test/two'] })
    assert.equal(replaced.status, 200, JSON.stringify(replaced.body))
    assert.deepEqual(
      [replaced.body.redirect_uris, replaced.body.logo_uri, replaced.body.client_name],
      [['https://app.example.test/two'], undefined, 'app.example.test'],
    )
    refuses(await own(latchwork, 'PUT', made, metadata), 400, 'invalid_client_metadata')
    refuses(await own(latchwork, 'PUT', made, { ...metadata, client_id: 'app' }), 400, 'invalid_client_metadata')
    refuses(await own(latchwork, 'PUT', made, { ...metadata, client_id: id, client_secret: 'chosen' }), 400, 'invalid_client_metadata')
    const ended = await own(latchwork, 'DELETE', made)
    assert.equal(ended.status, 204)
    for (const method of ['GET', 'DELETE']) refuses(await own(latchwork, method, made), 401, 'invalid_token')
    refuses(await latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: 'x' }, basic(id, client_secret)), 401, 'invalid_client')
  })

  it('O15: ends what people gave it, with it', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, metadata)
    const code = await authorize(latchwork, { client_id: made.body.client_id, redirect_uri: CALLBACK, scope: 'openid notes:read' })
    const { body } = await redeem(latchwork, code, {}, basic(made.body.client_id, made.body.client_secret))
    assert.ok(await isActive(latchwork, body.access_token))
    assert.equal((await own(latchwork, 'DELETE', made)).status, 204)
    assert.equal(await isActive(latchwork, body.access_token), false)
  })

  it('O15: a change of method makes a secret, or ends it', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, { ...metadata, token_endpoint_auth_method: 'none' })
    const base = { ...metadata, client_id: made.body.client_id }
    const confidential = await own(latchwork, 'PUT', made, { ...base, token_endpoint_auth_method: 'client_secret_post' })
    assert.match(confidential.body.client_secret, /^lw_cs_/)
    assert.equal(confidential.body.client_secret_expires_at, 0)
    const again = await own(latchwork, 'PUT', made, { ...base, token_endpoint_auth_method: 'client_secret_basic' })
    assert.equal(again.body.client_secret, undefined, 'it has one')
    await own(latchwork, 'PUT', made, { ...base, token_endpoint_auth_method: 'none' })
    const { secrets } = (await latchwork.server.installation.store.oauth.findClient(made.body.client_id)) ?? assert.fail()
    assert.deepEqual(secrets, [])
  })

  it("O15 5.3: another's token, no token, and the token of a disabled client open nothing; disabled stays disabled", async (t) => {
    const latchwork = await started(t)
    const [one, two] = [await register(latchwork, metadata), await register(latchwork, metadata)]
    for (const token of [two.body.registration_access_token, 'x', one.body.client_secret, latchwork.rootKey, mintToken('registration_token').reveal()])
      for (const method of ['GET', 'PUT', 'DELETE'])
        refuses(await own(latchwork, method, one, method === 'PUT' ? metadata : undefined, token), 401, 'invalid_token')
    refuses(await latchwork.call('GET', `/register/${one.body.client_id}`), 401, 'invalid_request')
    const disabled = await latchwork.call('DELETE', `/v1/clients/${one.body.client_id}`, { bearer: latchwork.rootKey })
    assert.equal(disabled.status, 204)
    refuses(await own(latchwork, 'PUT', one, { ...metadata, client_id: one.body.client_id }), 401, 'invalid_token')
    const seen = await latchwork.call('GET', `/v1/clients/${one.body.client_id}`, { bearer: latchwork.rootKey })
    assert.ok(seen.body.disabledAt)
  })

  it('O15 7.1: what an operator has set stays when the client replaces its registration', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, { ...metadata, idTokenScopeClaims: true })
    const path = `/v1/clients/${made.body.client_id}`
    const settings = async () => (await latchwork.call('GET', path, { bearer: latchwork.rootKey })).body.settings
    assert.equal((await settings()).idTokenScopeClaims, undefined, 'a client cannot ask for it')
    const change = { settings: { requireState: true, idTokenScopeClaims: true } }
    const assured = await latchwork.call('PATCH', path, { bearer: latchwork.rootKey, body: change })
    assert.equal(assured.status, 200, JSON.stringify(assured.body))
    await own(latchwork, 'PUT', made, { ...metadata, client_id: made.body.client_id, isAssured: true, requireState: false, idTokenScopeClaims: false })
    const { isAssured, isDynamic, requireState, idTokenScopeClaims } = await settings()
    assert.deepEqual([requireState, idTokenScopeClaims, isAssured, isDynamic], [true, true, undefined, true])
  })

  it('O7 O15: an operator can vouch for one that registered itself, until it changes anything of itself', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, metadata)
    const client_id = made.body.client_id as string
    const settings = async () => (await latchwork.call('GET', `/v1/clients/${client_id}`, { bearer: latchwork.rootKey })).body.settings
    const vouch = () => latchwork.call('PATCH', `/v1/clients/${client_id}`, { bearer: latchwork.rootKey, body: { settings: { isAssured: true } } })
    assert.equal((await vouch()).status, 200)
    const same = { ...metadata, client_id }
    assert.equal((await own(latchwork, 'PUT', made, same)).status, 200)
    assert.equal((await settings()).isAssured, true, 'the same again is no change')
    const browser = await signUp(latchwork)
    const ask = (more: Readonly<Record<string, string>> = {}) =>
      browser.get(authorizationUrl(latchwork, { client_id, redirect_uri: CALLBACK, scope: 'openid', ...more }).url)
    const first = await ask()
    assert.match(first.text, /Verified by/)
    assert.match(first.text, /id="consent-maker">Somebody known to the operators of/)
    assert.doesNotMatch(first.text, /id="consent-unverified"/)
    await browser.submit(first, 'consent-allow')
    assert.ok(new URL((await ask({ prompt: 'none' })).location ?? '').searchParams.has('code'), 'what was allowed is remembered')
    for (const change of [{ client_name: 'Another' }, { redirect_uris: [CALLBACK, 'https://app.example.test/more'] }, { contacts: ['ada@example.com'] }]) {
      assert.equal((await vouch()).status, 200)
      assert.equal((await own(latchwork, 'PUT', made, { ...same, ...change })).status, 200)
      assert.equal((await settings()).isAssured, undefined, JSON.stringify(change))
    }
    const silent = await ask({ prompt: 'none' })
    assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'consent_required')
  })

  it('O7 O15: who is given a token that vouches registers clients that are vouched for; nothing a client says does the same', async (t) => {
    const latchwork = await started(t, { mode: 'token' })
    const tokenFor = async (more: object) => {
      const { status, body } = await latchwork.call('POST', '/v1/initial-access-tokens', { bearer: latchwork.rootKey, body: { name: 'For Acme', ...more } })
      assert.equal(status, 201, JSON.stringify(body))
      return body
    }
    const isAssured = async (bearer: string) => {
      const made = await register(latchwork, { ...metadata, isAssured: true, is_assured: true, vouches: true }, bearer)
      assert.equal(made.status, 201, JSON.stringify(made.body))
      const { body } = await latchwork.call('GET', `/v1/clients/${made.body.client_id}`, { bearer: latchwork.rootKey })
      return [body.settings.isAssured, body.settings.isDynamic]
    }
    const vouching = await tokenFor({ vouches: true, uses: 2 })
    assert.equal(vouching.token.vouches, true)
    assert.deepEqual(await isAssured(vouching.secret), [true, true])
    assert.deepEqual(await isAssured((await tokenFor({})).secret), [undefined, true])
    assert.deepEqual(await isAssured((await tokenFor({ vouches: false })).secret), [undefined, true])
    const { items } = (await latchwork.call('GET', '/v1/initial-access-tokens', { bearer: latchwork.rootKey })).body
    assert.deepEqual(
      items.map((token: { vouches?: boolean }) => token.vouches),
      [undefined, undefined, true],
    )
  })

  it('O15 5.3: the scopes an operator has left it are the most it can take back', async (t) => {
    const latchwork = await started(t)
    const { scope: _, ...anything } = metadata as Record<string, unknown>
    const made = await register(latchwork, anything)
    const all: readonly string[] = made.body.scope.split(' ')
    const [kept = '', also = ''] = all
    assert.ok(all.length > 2, all.join())
    const path = `/v1/clients/${made.body.client_id}`
    const narrowed = await latchwork.call('PATCH', path, { bearer: latchwork.rootKey, body: { scopes: [kept, also] } })
    assert.deepEqual(narrowed.body.client.settings.mostScopes, [kept, also])
    const replace = async (scope: object) => (await own(latchwork, 'PUT', made, { ...anything, ...scope, client_id: made.body.client_id })).body.scope
    assert.equal(await replace({}), `${kept} ${also}`)
    assert.equal(await replace({ scope: all.join(' ') }), `${kept} ${also}`)
    assert.equal(await replace({ scope: kept }), kept)
    assert.equal(await replace({ scope: all.join(' ') }), `${kept} ${also}`)
    await latchwork.call('PATCH', path, { bearer: latchwork.rootKey, body: { settings: { mostScopes: null } } })
    assert.deepEqual((await replace({ scope: all.join(' ') })).split(' ').sort(), [...all].sort())
  })

  it('O15 5.3: an API that an operator has taken away it does not take back, nor scopes with it', async (t) => {
    const latchwork = await started(t)
    const made = await register(latchwork, { ...metadata, scope: 'openid' })
    const path = `/v1/clients/${made.body.client_id}`
    assert.deepEqual((await latchwork.call('GET', path, { bearer: latchwork.rootKey })).body.audiences, [API])
    const narrowed = await latchwork.call('PATCH', path, { bearer: latchwork.rootKey, body: { audiences: [] } })
    assert.deepEqual([narrowed.status, narrowed.body.client.audiences], [200, []], JSON.stringify(narrowed.body))
    const replaced = await own(latchwork, 'PUT', made, { ...metadata, scope: 'openid notes:read', client_id: made.body.client_id })
    assert.deepEqual([replaced.status, replaced.body.scope], [200, 'openid'], JSON.stringify(replaced.body))
    assert.deepEqual((await latchwork.call('GET', path, { bearer: latchwork.rootKey })).body.audiences, [])
  })
})
