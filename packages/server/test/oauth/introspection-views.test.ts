/** Introspection by APIs, as a signed answer (RFC 9701), and of JWTs: who is told what, and that no forgery is told anything. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactDecrypt, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { basic, isActive, signUp } from '../kit/authorize.ts'
import { claimsOf } from '../kit/front-end.ts'
import { joseNegatives } from '../kit/jose-negatives.ts'
import { API, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { apis, clientOf, encryptionKey, JWT_API, machineOf, RSA_API, startWith, tokensFor } from '../kit/token-clients.ts'

const SIGNED = 'application/token-introspection+jwt'
const ask = (latchwork: Latchwork, token: string, headers: Record<string, string>) => latchwork.form('/introspect', { token }, headers)

describe('introspection by an API', () => {
  it('O10: an API is told of tokens for it alone, and of them what concerns it (4.5; RFC 7662 §2.1, RFC 9701 §5)', async (t) => {
    const latchwork = await startWith(t)
    const browser = await signUp(latchwork)
    const mixed = (await tokensFor(latchwork, 'app', { scope: 'openid notes:read files:read music:read' }, browser)).body
    const files = (await tokensFor(latchwork, 'app', { scope: 'files:read files:write' }, browser)).body
    const notes = (await tokensFor(latchwork, 'app', { scope: 'notes:read' }, browser)).body
    const seen = (await ask(latchwork, mixed.access_token, basic('files-api'))).body
    assert.deepEqual([seen.active, seen.aud, seen.scope, seen.client_id], [true, JWT_API, 'files:read', 'app'])
    const own = (await ask(latchwork, mixed.access_token, basic('app'))).body
    assert.deepEqual([own.aud, own.scope], [[API, JWT_API, RSA_API, latchwork.issuer], 'openid notes:read files:read music:read'])
    assert.deepEqual((await ask(latchwork, files.access_token, basic('files-api'))).body.scope, 'files:read files:write')
    const nothing: readonly [string, string][] = [
      [notes.access_token, 'files-api'],
      [files.access_token, 'music-api'],
      [mixed.refresh_token, 'files-api'],
      [files.id_token ?? 'x', 'files-api'],
    ]
    for (const [token, client] of nothing) assert.deepEqual((await ask(latchwork, token, basic(client))).body, { active: false }, client)
  })

  it('O10 K2: an API asks as a client of one environment, and knows no token of the other, opaque or JWT', async (t) => {
    const api = { ...apis[0], introspectionClients: ['live-api', 'test-api'] }
    const files = { ...apis[1], introspectionClients: ['live-api', 'test-api'] }
    const machine = (id: string, environment: string) => ({ ...machineOf(id), environment, scopes: ['notes:read', 'files:read'], audiences: [API, JWT_API] })
    const clients = [machine('live-api', 'live'), machine('test-api', 'test'), machine('live-app', 'live'), machine('test-app', 'test')]
    const latchwork = await startLatchwork(t, { config: { apis: [api, files], clients } })
    for (const resource of [API, JWT_API])
      for (const environment of ['live', 'test']) {
        const scope = resource === API ? 'notes:read' : 'files:read'
        const { body } = await latchwork.form('/token', { grant_type: 'client_credentials', scope, resource }, basic(`${environment}-app`))
        for (const asking of ['live', 'test']) {
          const told = (await ask(latchwork, body.access_token, basic(`${asking}-api`))).body
          assert.deepEqual(asking === environment ? [told.active, told.environment] : told, asking === environment ? [true, environment] : { active: false })
        }
        assert.equal((await ask(latchwork, body.access_token, { authorization: `Bearer ${latchwork.rootKey}` })).body.environment, environment)
      }
  })

  it('O10: JWTs are told of as they say, while they live: to their client, their API and a verifier', async (t) => {
    const latchwork = await startWith(t)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid files:read' })
    const claims = claimsOf(body.access_token)
    for (const headers of [basic('app'), { authorization: `Bearer ${latchwork.rootKey}` }]) {
      const { active, token_type, ...told } = (await ask(latchwork, body.access_token, headers)).body
      assert.deepEqual([active, token_type], [true, 'Bearer'])
      const { iss, sub, aud, client_id, scope, iat, exp, jti, environment, auth_time, acr } = claims
      assert.equal(environment, 'live')
      assert.deepEqual(told, { iss, sub, aud, client_id, scope, iat, exp, jti, environment, auth_time, acr })
    }
    latchwork.advance(600_000)
    assert.deepEqual((await ask(latchwork, body.access_token, basic('app'))).body, { active: false }, 'to the second')
  })
})

describe('signed introspection (RFC 9701)', () => {
  it('O10: a JWT of its own type for whoever asks for one, inactive answers too; JSON for everybody else', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('es', { introspectionSigningAlg: 'ES256' })])
    const browser = await signUp(latchwork)
    const jwks = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    for (const [client, alg] of [
      ['app', 'RS256'],
      ['es', 'ES256'],
    ] as const) {
      const { body } = await tokensFor(latchwork, client, { scope: 'openid notes:read' }, browser)
      const answer = await ask(latchwork, body.access_token, { ...basic(client), accept: SIGNED })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), SIGNED)
      const { payload, protectedHeader } = await jwtVerify(answer.body, jwks, { issuer: latchwork.issuer, audience: client, typ: 'token-introspection+jwt' })
      assert.deepEqual([protectedHeader.alg, Object.keys(payload).sort()], [alg, ['aud', 'iat', 'iss', 'token_introspection']])
      assert.deepEqual(payload['token_introspection'], (await ask(latchwork, body.access_token, basic(client))).body)
      const inactive = await ask(latchwork, 'x', { ...basic(client), accept: SIGNED })
      assert.deepEqual(decodeJwt(inactive.body)['token_introspection'], { active: false })
    }
    const { body } = await tokensFor(latchwork, 'app', { scope: 'notes:read' }, browser)
    for (const accept of ['application/json', '*/*', '', 'application/*', `${SIGNED};q=0.5, application/json`, `${SIGNED};q=0`, 'text/html']) {
      const answer = await ask(latchwork, body.access_token, { ...basic('app'), accept })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, accept)
      assert.match(answer.headers.get('vary') ?? '', /accept/i)
    }
    const verifier = await ask(latchwork, body.access_token, { authorization: `Bearer ${latchwork.rootKey}`, accept: `application/json;q=0.1, ${SIGNED}` })
    assert.match(String(decodeJwt(verifier.body)['aud']), /^root_/)
    refuses(await ask(latchwork, body.access_token, { ...basic('app', `${testSecret}x`), accept: SIGNED }), 401, 'invalid_client')
  })

  it('O10: oauth4webapi takes it, and an encrypted one opens to it', async (t) => {
    const key = encryptionKey('ec')
    const settings = { introspectionSigningAlg: 'ES256', introspectionEncryption: { alg: 'ECDH-ES+A256KW', enc: 'A128GCM' }, jwks: { keys: [key.jwk] } }
    const latchwork = await startWith(t, [clientOf('es', { introspectionSigningAlg: 'ES256' }), clientOf('shut', settings)])
    const browser = await signUp(latchwork)
    const insecure = { [oauth.allowInsecureRequests]: true } as const
    const as = await oauth.processDiscoveryResponse(new URL(latchwork.issuer), await oauth.discoveryRequest(new URL(latchwork.issuer), insecure))
    const { body } = await tokensFor(latchwork, 'es', { scope: 'openid files:read' }, browser)
    const self = { client_id: 'es', introspection_signed_response_alg: 'ES256' }
    const response = await oauth.introspectionRequest(as, self, oauth.ClientSecretBasic(testSecret), body.access_token, {
      ...insecure,
      requestJwtResponse: true,
    })
    const told = await oauth.processIntrospectionResponse(as, self, response)
    await oauth.validateApplicationLevelSignature(as, response, insecure)
    assert.deepEqual([told.active, told.client_id], [true, 'es'])
    const shut = (await tokensFor(latchwork, 'shut', { scope: 'files:read' }, browser)).body
    const answer = await ask(latchwork, shut.access_token, { ...basic('shut'), accept: SIGNED })
    assert.equal(answer.headers.get('content-type'), SIGNED)
    const opened = new TextDecoder().decode((await compactDecrypt(answer.body, key.privateKey)).plaintext)
    assert.equal(decodeProtectedHeader(opened).typ, 'token-introspection+jwt')
    assert.equal((decodeJwt(opened)['token_introspection'] as { active: boolean }).active, true)
  })
})

describe('forged access tokens', () => {
  it('J3 O10: no forgery of the matrix is active, ends anything, or lets anybody in, and none makes the server fetch', async (t) => {
    const latchwork = await startWith(t)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid files:read' })
    const { alg: _alg, ...header } = decodeProtectedHeader(body.access_token)
    const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const good = { header: { ...header, alg: 'ES256' as const }, claims: () => claimsOf(body.access_token), privateKey, trapUrl: `${latchwork.issuer}/trap` }
    const [first, second, third] = body.access_token.split('.')
    const spliced = Buffer.from(JSON.stringify({ ...claimsOf(body.access_token), sub: 'usr_other' })).toString('base64url')
    const forged = {
      ...joseNegatives(good),
      'the good signature under other claims': `${first}.${spliced}.${third}`,
      'padding of the good one': `${body.access_token}=`,
      'a dot more': `${body.access_token}.`,
      'half of it': `${first}.${second}`,
    }
    for (const [title, token] of Object.entries(forged)) {
      if (token === '' || token.length > 60_000) continue // refused as a body
      assert.deepEqual((await ask(latchwork, token, basic('app'))).body, { active: false }, title)
      assert.deepEqual((await ask(latchwork, token, { authorization: `Bearer ${latchwork.rootKey}` })).body, { active: false }, title)
      assert.equal((await latchwork.form('/revoke', { token }, basic('app'))).status, 200, title)
      const userInfo = await latchwork.form('/userinfo', { access_token: token })
      assert.ok([400, 401].includes(userInfo.status), `${title}: ${userInfo.status}`)
    }
    assert.ok(await isActive(latchwork, body.access_token))
    assert.equal(latchwork.log.filter((line) => line.includes('/trap')).length, 0)
  })

  it('J3 O10: what the server itself signed with wrong types of claims, or as another type, is no access token', async (t) => {
    const latchwork = await startWith(t)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid files:read' })
    const { keyRing } = latchwork.server.installation
    const claims = claimsOf(body.access_token)
    const odd: Readonly<Record<string, unknown>>[] = [
      { sub: 7 },
      { jti: null },
      { client_id: undefined },
      { aud: [] },
      { aud: [7] },
      { scope: ['files:read'] },
      { environment: 'both' },
      { environment: undefined },
      { subject_type: 'odd' },
      { grant_id: {} },
      { consent_id: '' },
      { sid: 7 },
      { account_id: [] },
      { exp: '9999999999' },
      { exp: claims.exp + 0.5 },
      { iat: claims.iat + 3600 },
    ]
    for (const change of odd) {
      const token = await keyRing.sign('ES256', 'at+jwt', { ...claims, ...change })
      assert.equal((await latchwork.call('GET', '/userinfo', { bearer: token })).status, 401, JSON.stringify(change))
    }
    for (const type of ['JWT', 'session+jwt', 'AT+JWT', 'application/at+jwt', 'logout+jwt']) {
      const token = await keyRing.sign('ES256', type, claims)
      assert.deepEqual((await ask(latchwork, token, basic('app'))).body, { active: false }, type)
      assert.equal((await latchwork.call('GET', '/userinfo', { bearer: token })).status, 401, type)
    }
  })
})
