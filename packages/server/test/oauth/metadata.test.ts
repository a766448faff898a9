/** RFC 8414, OpenID Connect Discovery: the document tells the truth, all of it, and nothing else is so. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { grantTypes, openidScopes } from '@latchwork/oauth'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { assertedBy, newClientKey, signingClient } from '../kit/assertion.ts'
import { allow, authorizationUrl, authorize, basic, redeem, refresh, signUp } from '../kit/authorize.ts'
import { allowDevice, DEVICE_GRANT, poll, startDevice } from '../kit/device.ts'
import { fillProfile } from '../kit/profile.ts'
import { type Answer, declaredClients, type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

type Metadata = Readonly<Record<string, unknown>>

async function published(latchwork: Latchwork, path = '/.well-known/oauth-authorization-server'): Promise<Metadata> {
  const answer = await latchwork.call('GET', path)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(answer.headers.get('cache-control') ?? '', /max-age=\d+/)
  return answer.body
}

const wordsOf = (metadata: Metadata, name: string): readonly string[] => metadata[name] as readonly string[]
const pathOf = (latchwork: Latchwork, url: unknown): string => String(url).slice(latchwork.issuer.length)

/** What the authorization endpoint says to a request: the error at the client, or `code`, or `page`. */
async function saysTo(latchwork: Latchwork, browser: Awaited<ReturnType<typeof signUp>>, change: Record<string, string | undefined>): Promise<string> {
  const page = await browser.get(authorizationUrl(latchwork, change).url)
  if (page.location === undefined) return 'page'
  const told = new URL(page.location).searchParams
  return told.get('error') ?? (told.has('code') ? 'code' : 'elsewhere')
}

describe('metadata', () => {
  it('O14: one document at both addresses, with the issuer to the letter', async (t) => {
    const latchwork = await startLatchwork(t)
    const metadata = await published(latchwork)
    assert.deepEqual(await published(latchwork, '/.well-known/openid-configuration'), metadata)
    assert.equal(metadata['issuer'], latchwork.issuer)
    const { response } = await authorize(latchwork)
    assert.equal(response.get('iss'), metadata['issuer'], 'RFC 9207 §2.4: compared as plain strings')
  })

  it('O14: every endpoint in it is there, by the methods it needs and no other', async (t) => {
    const latchwork = await startLatchwork(t)
    const metadata = await published(latchwork)
    const methods: Readonly<Record<string, readonly string[]>> = {
      authorization_endpoint: ['GET', 'POST'],
      token_endpoint: ['POST'],
      introspection_endpoint: ['POST'],
      revocation_endpoint: ['POST'],
      userinfo_endpoint: ['GET', 'POST'],
      jwks_uri: ['GET'],
      device_authorization_endpoint: ['POST'],
      end_session_endpoint: ['GET', 'POST'],
    }
    const listed = Object.keys(metadata).filter((name) => /_endpoint$|_uri$/.test(name))
    assert.deepEqual(listed.sort(), Object.keys(methods).sort())
    for (const [name, allowed] of Object.entries(methods)) {
      assert.ok(String(metadata[name]).startsWith(`${latchwork.issuer}/`), name)
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const { status } = await latchwork.call(method, pathOf(latchwork, metadata[name]))
        assert.equal(status === 405, !allowed.includes(method), `${method} ${metadata[name]}: ${status}`)
        assert.notEqual(status, 404)
      }
    }
  })

  it('O14: what it does not list is not there: endpoints of other grants and profiles', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const path of ['/par', '/register', '/bc-authorize', '/.well-known/openid-federation', '/.well-known/oauth-protected-resource']) {
      for (const method of ['GET', 'POST']) assert.equal((await latchwork.call(method, path)).status, 404, path)
    }
  })

  it('O1 O14: response types and modes, PKCE methods and prompts: each listed one works, no other does', async (t) => {
    const latchwork = await startLatchwork(t)
    const metadata = await published(latchwork)
    const browser = await signUp(latchwork)
    await allow(browser, authorizationUrl(latchwork).url)
    for (const type of ['code', 'token', 'id_token', 'code token', 'code id_token', 'id_token token', 'code id_token token', 'none']) {
      const works = (await saysTo(latchwork, browser, { response_type: type })) === 'code'
      assert.equal(works, wordsOf(metadata, 'response_types_supported').includes(type), type)
    }
    for (const mode of ['query', 'fragment', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt', 'web_message']) {
      const works = ['code', 'page'].includes(await saysTo(latchwork, browser, { response_mode: mode }))
      assert.equal(works, wordsOf(metadata, 'response_modes_supported').includes(mode), mode)
    }
    for (const method of ['S256', 'plain', 'S512', 's256']) {
      const works = (await saysTo(latchwork, browser, { code_challenge_method: method })) === 'code'
      assert.equal(works, wordsOf(metadata, 'code_challenge_methods_supported').includes(method), method)
    }
    for (const prompt of ['none', 'login', 'consent', 'select_account', 'create', 'maybe']) {
      const works = (await saysTo(latchwork, browser, { prompt })) !== 'invalid_request'
      assert.equal(works, wordsOf(metadata, 'prompt_values_supported').includes(prompt), prompt)
    }
    assert.equal(metadata['request_parameter_supported'], (await saysTo(latchwork, browser, { request: 'e30.e30.' })) === 'code')
    assert.equal(metadata['request_uri_parameter_supported'], (await saysTo(latchwork, browser, { request_uri: 'https://app.example.test/r' })) === 'code')
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
  })

  it('O2 O14: grant types: each listed one buys a token, no other is known', async (t) => {
    const latchwork = await startLatchwork(t)
    const metadata = await published(latchwork)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const bought: Readonly<Record<string, () => Promise<Answer>>> = {
      authorization_code: async () => redeem(latchwork, await authorize(latchwork, {}, await signUp(latchwork, bob))),
      refresh_token: () => refresh(latchwork, body.refresh_token),
      client_credentials: () => latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine')),
      [DEVICE_GRANT]: async () => {
        const device = await startDevice(latchwork)
        await allowDevice(latchwork, await signUp(latchwork, carol), device)
        return poll(latchwork, device)
      },
    }
    assert.deepEqual([...wordsOf(metadata, 'grant_types_supported')].sort(), Object.keys(bought).sort())
    assert.deepEqual(metadata['grant_types_supported'], grantTypes)
    for (const [grantType, buy] of Object.entries(bought)) assert.equal((await buy()).status, 200, grantType)
    for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'urn:ietf:params:oauth:grant-type:token-exchange']) {
      assert.equal((await latchwork.form('/token', { grant_type }, basic('app'))).body.error, 'unsupported_grant_type')
    }
  })

  it('O13 O14: authentication methods at each endpoint: each listed one works, no other does', async (t) => {
    const key = newClientKey()
    const signer = signingClient('signer', key, { grantTypes: ['refresh_token', 'client_credentials'] })
    const latchwork = await startLatchwork(t, { config: { clients: [...declaredClients, signer] } })
    const metadata = await published(latchwork)
    const assertion = { client_assertion: 'e30.e30.x', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
    const ways: Readonly<Record<string, { fields: Record<string, string>; headers: Record<string, string> }>> = {
      client_secret_basic: { fields: {}, headers: { ...basic(testClients.web.id) } },
      client_secret_post: { fields: { client_id: testClients.other.id, client_secret: testSecret }, headers: {} },
      none: { fields: { client_id: testClients.public.id }, headers: {} },
      client_secret_jwt: { fields: { client_id: testClients.other.id, ...assertion }, headers: {} },
      tls_client_auth: { fields: { client_id: testClients.web.id }, headers: {} },
    }
    for (const [endpoint, fields] of [
      ['token', { grant_type: 'refresh_token', refresh_token: 'x' }],
      ['introspection', { token: 'x' }],
      ['revocation', { token: 'x' }],
    ] as const) {
      const listed = wordsOf(metadata, `${endpoint}_endpoint_auth_methods_supported`)
      const all = { ...ways, private_key_jwt: { fields: assertedBy(latchwork, 'signer', key), headers: {} } }
      for (const [method, way] of Object.entries(all)) {
        const answer = await latchwork.form(pathOf(latchwork, metadata[`${endpoint}_endpoint`]), { ...fields, ...way.fields }, way.headers)
        assert.equal(answer.status !== 401, listed.includes(method), `${method} at ${endpoint}`)
      }
    }
  })

  it('O6 O14: scopes, claims, subjects and the algorithm of ID tokens are those of real answers', async (t) => {
    const clients = declaredClients.map((client) => (client.id === 'app' ? { ...client, scopes: [...client.scopes, 'address', 'phone'] } : client))
    const latchwork = await startLatchwork(t, { config: { clients } })
    const metadata = await published(latchwork)
    const scopes = wordsOf(metadata, 'scopes_supported')
    assert.deepEqual([...scopes].sort(), [...Object.keys(openidScopes), 'notes:read', 'notes:write'].sort())
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: scopes.join(' ') }))
    assert.equal(body.scope, scopes.join(' '), 'each of them can be had')
    // Each of them is signed with in openid.test.ts; RS256 is what a client gets that says nothing (Registration §2).
    assert.deepEqual(metadata['id_token_signing_alg_values_supported'], ['RS256', 'PS256', 'ES256', 'Ed25519'])
    assert.equal(decodeProtectedHeader(body.id_token).alg, 'RS256')
    const browser = await signUp(latchwork, bob)
    await fillProfile(latchwork, bob.email)
    const online = await redeem(latchwork, await authorize(latchwork, { scope: 'openid email profile address phone' }, browser))
    const told = (await latchwork.call('GET', '/userinfo', { bearer: online.body.access_token })).body
    const claims = decodeJwt(online.body.id_token)
    assert.deepEqual([...wordsOf(metadata, 'claims_supported')].sort(), [...new Set([...Object.keys(claims), ...Object.keys(told)])].sort())
    assert.equal(claims.sub, told.sub)
    assert.deepEqual(metadata['subject_types_supported'], ['public', 'pairwise'])
    assert.deepEqual(metadata['acr_values_supported'], [claims['acr']])
    const { code, verifier, redirectUri } = await authorize(
      latchwork,
      { client_id: 'other', redirect_uri: testClients.other.redirectUris[0], scope: 'openid' },
      browser,
    )
    const elsewhere = {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: redirectUri,
      client_id: 'other',
      client_secret: testSecret,
    }
    const { id_token } = (await latchwork.form('/token', elsewhere)).body
    assert.equal(decodeJwt(id_token).sub, told.sub, 'public: one subject for every client')
  })
})

const bob = { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' }
const carol = { ...bob, email: 'carol@example.com' }

describe('GET and POST /userinfo', () => {
  it('O14: is a protected resource that names its authorization server, to any origin (RFC 9728 §3, §5.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const path = '/.well-known/oauth-protected-resource/userinfo'
    assert.deepEqual(await published(latchwork, path), {
      resource: `${latchwork.issuer}/userinfo`,
      authorization_servers: [latchwork.issuer],
      scopes_supported: ['openid', 'profile', 'email', 'address', 'phone'],
      bearer_methods_supported: ['header', 'body'],
    })
    const answer = await latchwork.call('HEAD', path, { headers: { origin: 'https://spa.example.test' } })
    assert.deepEqual([answer.status, answer.body, answer.headers.get('access-control-allow-origin')], [200, '', '*'])
    for (const bearer of [undefined, 'lw_at_nothing']) {
      const { status, headers } = await latchwork.call('GET', '/userinfo', bearer === undefined ? {} : { bearer })
      assert.equal(status, 401)
      assert.match(headers.get('www-authenticate') ?? '', new RegExp(`resource_metadata="${latchwork.issuer}${path}"$`))
    }
  })

  it('O6: tells what the scopes allow, by either method, to the bearer of a living token alone (Core §5.3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const [scope, claims] of [
      ['openid', ['sub']],
      ['openid profile', ['name', 'sub', 'updated_at']],
      ['openid email', ['email', 'email_verified', 'sub']],
      ['openid profile email notes:read', ['email', 'email_verified', 'name', 'sub', 'updated_at']],
    ] as const) {
      const { body } = await redeem(latchwork, await authorize(latchwork, { scope }, browser))
      for (const method of ['GET', 'POST']) {
        const answer = await latchwork.call(method, '/userinfo', { bearer: body.access_token })
        assert.deepEqual([answer.status, Object.keys(answer.body).sort()], [200, claims], `${method} ${scope}`)
        assert.equal(answer.headers.get('cache-control'), 'no-store')
      }
    }
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'profile email notes:read' }, browser))
    const refused = await latchwork.call('GET', '/userinfo', { bearer: body.access_token })
    assert.ok([401, 403].includes(refused.status), 'without openid')
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer /)
  })

  it('O6 K13: no token, two tokens, a token in the address', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const bare = await latchwork.call('GET', '/userinfo')
    const challenge = `Bearer resource_metadata="${latchwork.issuer}/.well-known/oauth-protected-resource/userinfo"`
    assert.deepEqual([bare.status, bare.headers.get('www-authenticate')], [401, challenge], 'RFC 6750 §3.1: no error is told to who sent nothing')
    const inAddress = await latchwork.call('GET', `/userinfo?access_token=${body.access_token}`)
    assert.deepEqual([inAddress.status, inAddress.body.error], [400, 'invalid_request'])
    const two = await latchwork.call('GET', '/userinfo', { bearer: body.access_token, headers: { 'x-api-key': body.access_token } })
    assert.deepEqual([two.status, two.body.error], [400, 'invalid_request'])
    const damaged = await latchwork.call('GET', '/userinfo', { bearer: `${body.access_token}x` })
    assert.deepEqual([damaged.status, damaged.body.error], [401, 'invalid_token'])
    latchwork.advance(3600_000)
    const expired = await latchwork.call('GET', '/userinfo', { bearer: body.access_token })
    assert.deepEqual([expired.status, expired.body.error], [401, 'invalid_token'])
  })
})
