/** JWT access tokens (RFC 9068): what they say, which APIs get them, and that whatever they live by ends them at every verifier within the bound (O8, O10, K10, J7). */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { type Principal, Refusal } from '@latchwork/kernel'
import { createVerifier, type Verifier } from '@latchwork/verify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { authorizationUrl, authorize, basic, isActive, redeem, refresh, signUp, takeBack } from '../kit/authorize.ts'
import { describeOnEachEngine, describeOnPostgres } from '../kit/each-engine.ts'
import { claimsOf } from '../kit/front-end.ts'
import { startOn } from '../kit/shared.ts'
import { API, type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { apis, clientOf, JWT_API, machineOf, RSA_API, startWith, tokensFor } from '../kit/token-clients.ts'
import { until } from '../kit/until.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const SCOPE = 'openid files:read offline_access'
/** K10's bound is 100 ms from the commit; a test machine that is busy gets more. */
const BOUND_MS = 1500

let people = 0
function newPerson(latchwork: Latchwork): Promise<WebBrowser> {
  people += 1
  return signUp(latchwork, { email: `jwt-${people}@example.com`, password: 'correct horse battery staple', name: 'A person' })
}

/** The SDK as an API runs it. */
async function sdk(t: TestContext, latchwork: Latchwork, audience = JWT_API, environment: 'live' | 'test' = 'live'): Promise<Verifier> {
  const verifier = createVerifier({ issuer: latchwork.issuer, audience, environment, rootKey: latchwork.rootKey, log: () => {}, clock: { now: latchwork.now } })
  t.after(() => verifier.close())
  await verifier.ready()
  return verifier
}

async function call(verifier: Verifier, token: string, scopes: readonly string[] = []): Promise<Principal | string> {
  const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` }, secure: true, loopback: true }
  try {
    return await verifier.authenticate(request, { scopes })
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error.code
  }
}

/** Refused by the SDK, by UserInfo and by introspection. Gives how long the SDK took to hear of it. */
async function endsEverywhere(latchwork: Latchwork, verifier: Verifier, token: string): Promise<number> {
  const began = performance.now()
  assert.equal(await isActive(latchwork, token), false, 'introspection knows at once')
  if (claimsOf(token).scope.includes('openid')) assert.equal((await latchwork.call('GET', '/userinfo', { bearer: token })).status, 401)
  await until(async () => (await call(verifier, token)) === 'credential_invalid', 'the SDK refuses', BOUND_MS)
  return performance.now() - began
}

describeOnEachEngine('JWT access tokens', (start) => {
  it('O8: what RFC 9068 §2.2 asks for, signed as the API wishes, for as long as it says; checked by jose and by oauth4webapi', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const browser = await newPerson(latchwork)
    const jwks = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    const cases = [
      { scope: 'openid files:read', aud: [JWT_API, latchwork.issuer], alg: 'ES256', seconds: 600 },
      { scope: 'files:read', aud: JWT_API, alg: 'ES256', seconds: 600 },
      { scope: 'music:read', aud: RSA_API, alg: 'RS256', seconds: 120 },
      { scope: 'music:read files:write', aud: [JWT_API, RSA_API], alg: 'ES256', seconds: 120 },
    ]
    for (const { scope, aud, alg, seconds } of cases) {
      const { body } = await tokensFor(latchwork, 'app', { scope }, browser)
      const audience = Array.isArray(aud) ? (aud[0] ?? '') : aud
      const { payload, protectedHeader } = await jwtVerify(body.access_token, jwks, { issuer: latchwork.issuer, audience, typ: 'at+jwt' })
      assert.deepEqual([protectedHeader.alg, payload.aud, payload['client_id'], payload['scope'], body.scope], [alg, aud, 'app', scope, scope])
      assert.deepEqual([Number(payload.exp) - Number(payload.iat), body.expires_in, body.token_type], [seconds, seconds, 'Bearer'])
      assert.match(String(payload.sub), /^usr_/)
      assert.match(String(payload.jti), /^tok_/)
      assert.deepEqual([payload['acr'], payload['amr'], payload['environment']], ['urn:latchwork:acr:one-factor', ['pwd'], 'live'])
      assert.ok(Number(payload['auth_time']) <= Number(payload.iat))
      const insecure = { [oauth.allowInsecureRequests]: true } as const
      const as = await oauth.processDiscoveryResponse(new URL(latchwork.issuer), await oauth.discoveryRequest(new URL(latchwork.issuer), insecure))
      const request = new Request('https://rs.example/', { headers: { authorization: `Bearer ${body.access_token}` } })
      if (alg === 'ES256') assert.equal((await oauth.validateJwtAccessToken(as, request, audience, insecure)).sub, payload.sub)
    }
  })

  it('O8: the API decides; UserInfo alone, and APIs that differ, get an opaque token; a narrower token may be a JWT (RFC 8707 §2.2)', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const browser = await newPerson(latchwork)
    const isJwt = (token: string): boolean => token.startsWith('eyJ')
    for (const [scope, expected] of [
      ['openid', false],
      ['openid notes:read', false],
      ['notes:read files:read', false],
      ['files:read', true],
      ['openid files:read music:read', true],
    ] as const) {
      const { body } = await tokensFor(latchwork, 'app', { scope }, browser)
      assert.equal(isJwt(body.access_token), expected, scope)
      assert.equal(body.expires_in, expected ? (scope.includes('music') ? 120 : 600) : scope === 'openid' || scope.includes('notes') ? 3600 : 0, scope)
    }
    const { body } = await tokensFor(latchwork, 'app', { scope: 'notes:read files:read offline_access' }, browser)
    assert.ok(!isJwt(body.access_token))
    const narrowed = await refresh(latchwork, body.refresh_token, { resource: JWT_API })
    assert.ok(isJwt(narrowed.body.access_token))
    assert.equal(claimsOf(narrowed.body.access_token).aud, JWT_API)
    const whole = await refresh(latchwork, narrowed.body.refresh_token)
    assert.ok(!isJwt(whole.body.access_token), 'without resource: the grant’s own, in the same form')
    refuses(await refresh(latchwork, whole.body.refresh_token, { resource: RSA_API }), 400, 'invalid_target')
    const slash = await refresh(latchwork, whole.body.refresh_token, { resource: `${JWT_API}/` })
    assert.equal(claimsOf(slash.body.access_token).aud, JWT_API)
    const both = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: slash.body.refresh_token })
    for (const resource of [JWT_API, API, JWT_API]) both.append('resource', resource)
    assert.ok(!isJwt((await latchwork.form('/token', both, basic('app'))).body.access_token), 'resource may be repeated')
  })

  it('O8 V1: the SDK and the server take it for who and what it says, and for nothing else', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('tester', {}, { environment: 'test' }), machineOf('robot')], {}, start)
    const { body } = await tokensFor(latchwork, 'app', { scope: SCOPE }, await newPerson(latchwork))
    const verifier = await sdk(t, latchwork)
    const who = await call(verifier, body.access_token, ['files:read'])
    assert.ok(typeof who === 'object')
    const { sub, jti, grant_id, account_id } = claimsOf(body.access_token)
    assert.deepEqual(
      { ...who, expiresAt: 0 },
      {
        mechanism: 'oauth',
        subject: sub,
        userId: sub,
        accountId: account_id,
        clientId: 'app',
        environment: 'live',
        scopes: SCOPE.split(' '),
        audience: [JWT_API, latchwork.issuer],
        credentialId: jti,
        fingerprint: '',
        expiresAt: 0,
        grantId: grant_id,
        revocationFresh: true,
      },
    )
    assert.equal(await call(verifier, body.access_token, ['files:write']), 'scope_insufficient')
    assert.equal(await call(await sdk(t, latchwork, RSA_API), body.access_token), 'credential_invalid', 'for another API')
    assert.equal((await latchwork.call('GET', '/v1/events', { bearer: body.access_token })).status, 401, 'not for the management API')
    assert.equal(await call(verifier, body.id_token), 'credential_invalid', 'an ID token is no access token')
    const robot = await latchwork.form('/token', { grant_type: 'client_credentials', resource: JWT_API, scope: 'files:read' }, basic('robot'))
    const itself = await call(verifier, robot.body.access_token)
    assert.ok(typeof itself === 'object')
    assert.deepEqual([itself.subject, itself.userId, itself.clientId, itself.grantId], ['robot', undefined, 'robot', undefined])
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: robot.body.access_token })).status, 401)
    const test = await tokensFor(latchwork, 'tester', { scope: 'files:read' }, await newPerson(latchwork))
    assert.equal(await call(verifier, test.body.access_token), 'credential_wrong_environment')
    latchwork.advance(606_000)
    assert.equal(await call(verifier, body.access_token), 'credential_expired')
    assert.equal(await isActive(latchwork, body.access_token), false)
  })

  it('K10 O4 O9 O10 O16 O17: everything it lives by ends it, at the server at once and at the SDK within the bound', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('doomed')], {}, start)
    const verifier = await sdk(t, latchwork)
    type Given = {
      readonly browser: WebBrowser
      readonly body: { readonly access_token: string; readonly refresh_token: string }
      readonly again: () => Promise<unknown>
    }
    const given = async (clientId = 'app', scope = SCOPE): Promise<Given> => {
      const browser = await newPerson(latchwork)
      const authorization = await authorize(latchwork, { client_id: clientId, scope }, browser)
      const { body } = await redeem(latchwork, authorization, {}, basic(clientId))
      assert.ok(typeof (await call(verifier, body.access_token)) === 'object', 'alive')
      assert.ok(await isActive(latchwork, body.access_token))
      return { browser, body, again: () => redeem(latchwork, authorization, {}, basic(clientId)) }
    }
    const signOut = async ({ browser }: Given) => browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    const endings: Readonly<Record<string, { readonly made?: () => Promise<Given>; readonly end: (made: Given) => Promise<unknown> }>> = {
      'revoked itself': { end: ({ body }) => latchwork.form('/revoke', { token: body.access_token }, basic('app')) },
      'its refresh token revoked': { end: ({ body }) => latchwork.form('/revoke', { token: body.refresh_token }, basic('app')) },
      'its code redeemed again': { end: ({ again }) => again() },
      'an old refresh token used': {
        end: async ({ body }) => {
          await refresh(latchwork, body.refresh_token)
          await refresh(latchwork, body.refresh_token)
        },
      },
      'the permission taken back': { end: ({ browser }) => takeBack(latchwork, browser) },
      'the person signed out': { made: () => given('app', 'openid files:read'), end: signOut },
      'the client disabled': { made: () => given('doomed'), end: () => latchwork.call('DELETE', '/v1/clients/doomed', { bearer: latchwork.rootKey }) },
    }
    const took: Record<string, number> = {}
    for (const [title, { made = given, end }] of Object.entries(endings)) {
      const tokens = await made()
      await end(tokens)
      took[title] = Math.round(await endsEverywhere(latchwork, verifier, tokens.body.access_token))
    }
    t.diagnostic(`ms until the SDK refused: ${JSON.stringify(took)}`)
    const offline = await given()
    await signOut(offline)
    assert.ok(await isActive(latchwork, offline.body.access_token), 'offline_access outlives the sign-out')
    assert.ok(typeof (await call(verifier, offline.body.access_token)) === 'object')
  })

  it('O7 O17 K10: a scope that is unticked later ends what carries it, at the server at once and at the SDK within the bound; allowed again, it works at once', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const verifier = await sdk(t, latchwork)
    const browser = await newPerson(latchwork)
    const scope = 'openid offline_access files:read files:write'
    const writing = (await tokensFor(latchwork, 'app', { scope }, browser)).body
    const reading = (await refresh(latchwork, writing.refresh_token, { scope: 'openid files:read' })).body
    for (const { access_token } of [writing, reading]) assert.ok(typeof (await call(verifier, access_token)) === 'object', 'alive')

    const page = await browser.open(authorizationUrl(latchwork, { client_id: 'app', scope, prompt: 'consent' }).url)
    const box = /<input id="([^"]+)"[^>]*value="files:write"/.exec(page.text)?.[1] ?? assert.fail('a box')
    await browser.submit(page, 'consent-allow', { [box]: false })
    await endsEverywhere(latchwork, verifier, writing.access_token)
    assert.ok(await isActive(latchwork, reading.access_token), 'it carries nothing that was taken')
    assert.ok(typeof (await call(verifier, reading.access_token)) === 'object')
    const refreshed = (await refresh(latchwork, reading.refresh_token)).body
    assert.equal(refreshed.scope, 'openid offline_access files:read')
    assert.ok(typeof (await call(verifier, refreshed.access_token)) === 'object')

    const again = (await tokensFor(latchwork, 'app', { scope }, browser)).body
    assert.equal(claimsOf(again.access_token).scope, scope)
    assert.ok(await isActive(latchwork, again.access_token))
    assert.ok(typeof (await call(verifier, again.access_token, ['files:write'])) === 'object')
    assert.equal(await isActive(latchwork, writing.access_token), false, 'what has ended stays so')
  })

  it('O10 R1: revoked a hundred times at once, it ends once; another client’s attempt ends nothing and is told nothing (RFC 7009 §2.1)', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('other')], {}, start)
    const { body } = await tokensFor(latchwork, 'app', { scope: SCOPE }, await newPerson(latchwork))
    const { jti } = claimsOf(body.access_token)
    const foreign = await latchwork.form('/revoke', { token: body.access_token }, basic('other'))
    assert.deepEqual([foreign.status, foreign.body], [200, {}])
    assert.ok(await isActive(latchwork, body.access_token))
    const answers = await Promise.all(Array.from({ length: 100 }, () => latchwork.form('/revoke', { token: body.access_token }, basic('app'))))
    for (const { status } of answers) assert.equal(status, 200)
    assert.equal(await isActive(latchwork, body.access_token), false)
    const events = await latchwork.call('GET', `/v1/events?type=token.revoked&limit=100`, { bearer: latchwork.rootKey })
    assert.equal(events.body.items.filter((event: { credentialId?: string }) => event.credentialId === jti).length, 1)
    const next = await refresh(latchwork, body.refresh_token)
    assert.ok(await isActive(latchwork, next.body.access_token), 'its grant lives on')
  })

  it('O4 R1: a code that buys a JWT works once too: of a hundred one wins, and what it won has ended', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const authorization = await authorize(latchwork, { scope: SCOPE }, await newPerson(latchwork))
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(latchwork, authorization)))
    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    assert.equal(await isActive(latchwork, won[0]?.body.access_token), false)
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: SCOPE }, await newPerson(latchwork)))
    const refreshed = await Promise.all(Array.from({ length: 100 }, () => refresh(latchwork, body.refresh_token)))
    const winner = refreshed.filter(({ status }) => status === 200)
    assert.equal(winner.length, 1)
    for (const token of [body.access_token, winner[0]?.body.access_token]) assert.equal(await isActive(latchwork, token), false)
  })
})

it('O8: of a JWT nothing is stored but its end', async (t) => {
  const rig = await startOn(t, 'sqlite', { config: { apis, clients: [clientOf('app'), machineOf('files-api'), machineOf('music-api')] } })
  const { body } = await tokensFor(rig, 'app', { scope: SCOPE }, await newPerson(rig))
  const dump = await rig.dump()
  assert.ok(!dump.includes(body.access_token.split('.')[2]))
  assert.deepEqual((await rig.query('select count(*) as count from access_tokens'))[0]?.['count'], 0)
  await rig.form('/revoke', { token: body.access_token }, basic('app'))
  assert.deepEqual(
    (await rig.query('select id from ended_tokens')).map(({ id }) => id),
    [claimsOf(body.access_token).jti],
  )
  rig.advance(24 * 3_600_000)
  await rig.server.installation.expiryChores.run()
  const { body: later } = await refresh(rig, body.refresh_token)
  await rig.form('/revoke', { token: later.access_token }, basic('app'))
  assert.deepEqual(
    (await rig.query('select id from ended_tokens')).map(({ id }) => id),
    [claimsOf(later.access_token).jti],
    'what has expired long since is forgotten',
  )
})

it('O6 O10: UserInfo and introspection read the grant itself, though no entry of the feed was heard', async (t) => {
  const rig = await startOn(t, 'sqlite', { config: { apis, clients: [clientOf('app'), machineOf('files-api'), machineOf('music-api')] } })
  for (const scope of ['openid files:read', 'openid notes:read']) {
    const { body } = await tokensFor(rig, 'app', { scope }, await newPerson(rig))
    assert.equal((await rig.call('GET', '/userinfo', { bearer: body.access_token })).status, 200)
    await rig.query("update grants set ended_at = 1, ended_reason = 'test' where kind = 'oauth' returning id")
    assert.equal((await rig.call('GET', '/userinfo', { bearer: body.access_token })).status, 401)
    assert.equal(await isActive(rig, body.access_token), false)
  }
})

describeOnPostgres('JWT access tokens on three servers', (start) => {
  it('K10 O10: revoked at one server, refused at the others and by an SDK that listens to a third', async (t) => {
    const config = [clientOf('app')]
    const first = await startWith(t, config, {}, start)
    const second = await startWith(t, config, { config: { issuer: first.issuer } }, start)
    const third = await startWith(t, config, { config: { issuer: first.issuer } }, start)
    const { body } = await tokensFor(first, 'app', { scope: SCOPE }, await newPerson(first))
    const address = (node: Latchwork): string => `http://localhost:${node.server.address.port}`
    const ask = async (node: Latchwork): Promise<number> => {
      const answer = await fetch(`${address(node)}/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } })
      await answer.body?.cancel()
      return answer.status
    }
    for (const node of [first, second, third]) assert.equal(await ask(node), 200)
    const began = performance.now()
    assert.equal((await first.form('/revoke', { token: body.access_token }, basic('app'))).status, 200)
    for (const node of [first, second, third]) await until(async () => (await ask(node)) === 401, 'refused', BOUND_MS)
    t.diagnostic(`all three refuse after ${Math.round(performance.now() - began)} ms`)
  })
})
