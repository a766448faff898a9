/** What is taken from a client ends at once in what is out already: a scope, an API, that it acts for itself (O10, O17, K10). */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Principal, Refusal } from '@latchwork/kernel'
import { createVerifier, type Verifier } from '@latchwork/verify'
import { authorize, basic, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine, describeOnPostgres } from '../kit/each-engine.ts'
import { signInDevice } from '../kit/front-end.ts'
import { type Answer, API, type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { apis, CALLBACK, clientOf, JWT_API, machineOf, startWith, tokensFor } from '../kit/token-clients.ts'
import { until } from '../kit/until.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

/** K10's bound is 100 ms from the commit; a test machine that is busy gets more. */
const BOUND_MS = 1500
/** What is given again counts in JWTs issued so much later (decision 0045). */
const GIVEN_AGAIN_MS = 61_000

let people = 0
function newPerson(latchwork: Latchwork): Promise<WebBrowser> {
  people += 1
  return signUp(latchwork, { email: `taken-${people}@example.com`, password: 'correct horse battery staple', name: 'A person' })
}

async function sdk(t: TestContext, latchwork: Latchwork, audience: string): Promise<Verifier> {
  const verifier = createVerifier({ issuer: latchwork.issuer, audience, rootKey: latchwork.rootKey, log: () => {}, clock: { now: latchwork.now } })
  t.after(() => verifier.close())
  await verifier.ready()
  return verifier
}

async function call(verifier: Verifier, token: string, scopes: readonly string[] = []): Promise<Principal | string> {
  try {
    return await verifier.authenticate({ method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` }, secure: true, loopback: true }, { scopes })
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error.code
  }
}

const works = async (verifier: Verifier, token: string, ...scopes: readonly string[]): Promise<boolean> =>
  typeof (await call(verifier, token, scopes)) === 'object'

const soon = (verifier: Verifier, token: string, code: string, ...scopes: readonly string[]): Promise<void> =>
  until(async () => (await call(verifier, token, scopes)) === code, `the SDK says ${code}`)

async function change(latchwork: Latchwork, id: string, body: object): Promise<void> {
  const answer = await latchwork.call('PATCH', `/v1/clients/${id}`, { bearer: latchwork.rootKey, body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
}

async function scopesOf(latchwork: Latchwork, token: string, client = 'app'): Promise<readonly string[] | undefined> {
  const { body } = await latchwork.form('/introspect', { token }, basic(client))
  return body.active ? body.scope.split(' ') : undefined
}

/** A data folder for several starts. */
async function folder(t: TestContext): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'latchwork-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  return data
}

/** Where it stood before, with another configuration. */
function startAgain(t: TestContext, { issuer }: Latchwork, data: string, config: Readonly<Record<string, unknown>>): Promise<Latchwork> {
  return startWith(t, [], { data, http: { port: Number(new URL(issuer).port) }, config: { issuer, ...config } })
}

const apisWithout = (...taken: readonly string[]) =>
  apis.filter(({ identifier }) => !taken.includes(identifier)).map((api) => ({ ...api, scopes: api.scopes.filter(({ name }) => !taken.includes(name)) }))

const EVERY = 'openid email offline_access notes:read notes:write files:read files:write'
const without = (...taken: readonly string[]) => ({ scopes: clientOf('app').scopes.filter((scope) => !taken.includes(scope)) })
const narrow = (latchwork: Latchwork, token: string, scope: string, resource: string): Promise<Answer> => refresh(latchwork, token, { scope, resource })

describeOnEachEngine('what an operator takes from a client', (start) => {
  it('O10 O17 K10: a scope: opaque tokens lose it, JWTs that carry it end, no refresh brings it; given again, it comes again', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const [notes, files] = [await sdk(t, latchwork, API), await sdk(t, latchwork, JWT_API)]
    const both = (await tokensFor(latchwork, 'app', { scope: EVERY }, await newPerson(latchwork))).body
    const opaque = (await narrow(latchwork, both.refresh_token, 'openid email notes:read notes:write', API)).body
    const writing = (await narrow(latchwork, opaque.refresh_token, 'files:read files:write', JWT_API)).body
    const reading = (await narrow(latchwork, writing.refresh_token, 'files:read', JWT_API)).body
    const own = (await latchwork.form('/token', { grant_type: 'client_credentials', scope: 'notes:read' }, basic('files-api'))).body
    assert.ok(await works(notes, opaque.access_token, 'notes:write'))
    assert.ok(await works(files, writing.access_token, 'files:write'))
    assert.ok(await works(files, reading.access_token, 'files:read'))
    assert.ok(await works(notes, own.access_token, 'notes:read'))
    assert.ok((await latchwork.call('GET', '/userinfo', { bearer: opaque.access_token })).body.email)

    await change(latchwork, 'app', without('notes:write', 'files:write', 'email'))
    assert.deepEqual(await scopesOf(latchwork, opaque.access_token), ['openid', 'notes:read'])
    assert.deepEqual(Object.keys((await latchwork.call('GET', '/userinfo', { bearer: opaque.access_token })).body), ['sub'])
    assert.equal(await isActive(latchwork, writing.access_token), false, 'a JWT cannot be narrowed')
    assert.ok(await isActive(latchwork, reading.access_token), 'it carries nothing that was taken')
    assert.deepEqual(await scopesOf(latchwork, reading.refresh_token), ['openid', 'offline_access', 'notes:read', 'files:read'])
    await soon(notes, opaque.access_token, 'scope_insufficient', 'notes:write')
    await soon(files, writing.access_token, 'credential_invalid')
    assert.ok(await works(notes, opaque.access_token, 'notes:read'))
    assert.ok(await works(files, reading.access_token, 'files:read'))
    assert.ok(await works(notes, own.access_token, 'notes:read'), 'another client’s')
    const refreshed = (await refresh(latchwork, reading.refresh_token, { scope: EVERY })).body
    assert.equal(refreshed.scope, 'openid offline_access notes:read files:read')

    await change(latchwork, 'app', without())
    await until(() => works(notes, opaque.access_token, 'notes:write'), 'the SDK hears of what is given, too', BOUND_MS)
    latchwork.advance(GIVEN_AGAIN_MS)
    const again = (await narrow(latchwork, refreshed.refresh_token, 'files:write', JWT_API)).body
    assert.ok(await works(files, again.access_token, 'files:write'))
    assert.ok(await isActive(latchwork, again.access_token))
    assert.equal(await call(files, writing.access_token), 'credential_invalid', 'what has ended stays so')
  })

  it('O10 K10: an API: tokens for it alone end, of those for others too the opaque ones go on at the others', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), machineOf('job')], {}, start)
    const [notes, files] = [await sdk(t, latchwork, API), await sdk(t, latchwork, JWT_API)]
    const both = (await tokensFor(latchwork, 'app', { scope: EVERY }, await newPerson(latchwork))).body
    const jwt = (await narrow(latchwork, both.refresh_token, 'files:read', JWT_API)).body
    const own = (await latchwork.form('/token', { grant_type: 'client_credentials', resource: JWT_API }, basic('job'))).body
    assert.ok((await works(notes, both.access_token)) && (await works(files, both.access_token)))
    assert.ok((await works(files, jwt.access_token)) && (await works(files, own.access_token)))

    await change(latchwork, 'app', { ...without('files:read', 'files:write', 'music:read'), audiences: [API] })
    await change(latchwork, 'job', { scopes: ['notes:read'], audiences: [API] })
    const { body } = await latchwork.form('/introspect', { token: both.access_token }, basic('app'))
    assert.deepEqual([body.aud, body.scope], [[API, latchwork.issuer], 'openid email offline_access notes:read notes:write'])
    for (const token of [jwt.access_token, own.access_token]) {
      assert.equal(await isActive(latchwork, token), false)
      await soon(files, token, 'credential_invalid')
    }
    await soon(files, both.access_token, 'credential_invalid')
    assert.ok(await works(notes, both.access_token, 'notes:write'))

    await change(latchwork, 'app', { scopes: ['openid', 'offline_access', 'files:read'], audiences: [JWT_API] })
    const left = await latchwork.form('/introspect', { token: both.access_token }, basic('app'))
    assert.deepEqual(
      [left.body.aud, left.body.scope],
      [[JWT_API, latchwork.issuer], 'openid offline_access files:read'],
      'as far as the client and the token go',
    )
    await soon(notes, both.access_token, 'credential_invalid')
  })

  it('O10 K10: that it acts for itself: its own tokens end; other grant types say only how the next ones are got', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), machineOf('night-job')], {}, start)
    const [notes, files] = [await sdk(t, latchwork, API), await sdk(t, latchwork, JWT_API)]
    const ask = (resource: string) => latchwork.form('/token', { grant_type: 'client_credentials', resource }, basic('night-job'))
    const [opaque, jwt] = [(await ask(API)).body.access_token, (await ask(JWT_API)).body.access_token]
    const person = (await tokensFor(latchwork, 'app', { scope: EVERY, resource: API }, await newPerson(latchwork))).body
    assert.ok((await works(notes, opaque)) && (await works(files, jwt)) && (await works(notes, person.access_token)))
    await change(latchwork, 'night-job', { grantTypes: [] })
    await change(latchwork, 'app', { grantTypes: ['authorization_code'] })
    for (const [verifier, token] of [
      [notes, opaque],
      [files, jwt],
    ] as const) {
      assert.equal(await isActive(latchwork, token), false)
      await soon(verifier, token, 'credential_invalid')
    }
    refuses(await ask(API), 400, 'unauthorized_client')
    assert.ok(await works(notes, person.access_token, 'notes:write'))
    assert.ok(await isActive(latchwork, person.access_token))
    assert.equal(await isActive(latchwork, person.refresh_token), false)
    refuses(await refresh(latchwork, person.refresh_token), 400, 'unauthorized_client')
  })

  it('O3 O10: a redirect URI: a code that was sent there buys nothing', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const code = await authorize(latchwork, { scope: EVERY }, await newPerson(latchwork))
    await change(latchwork, 'app', { redirectUris: ['https://elsewhere.example.com/callback'] })
    refuses(await redeem(latchwork, code), 400, 'invalid_grant')
  })

  it('O10 K10 R1: taken ∥ refreshed, again and again: after the answer no token works with what was taken, whoever was first', async (t) => {
    const latchwork = await startWith(t, [clientOf('app')], {}, start)
    const [notes, files] = [await sdk(t, latchwork, API), await sdk(t, latchwork, JWT_API)]
    let tokens = (await tokensFor(latchwork, 'app', { scope: EVERY }, await newPerson(latchwork))).body
    for (let round = 0; round < 8; round++) {
      const isJwt = round % 2 === 0
      const refreshed = narrow(latchwork, tokens.refresh_token, isJwt ? 'files:read files:write' : 'notes:read notes:write', isJwt ? JWT_API : API)
      // At each moment of the refresh: before it, in it, after it.
      for (let turn = 0; turn < round * 2; turn++) await new Promise(setImmediate)
      const [answer] = await Promise.all([refreshed, change(latchwork, 'app', without('notes:write', 'files:write'))])
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      tokens = answer.body
      const scopes = await scopesOf(latchwork, tokens.access_token)
      assert.ok(scopes?.some((scope) => scope.endsWith(':write')) !== true, `round ${round}: ${scopes}`)
      const needed = isJwt ? 'files:write' : 'notes:write'
      await until(async () => !(await works(isJwt ? files : notes, tokens.access_token, needed)), `round ${round}`, BOUND_MS)
      await change(latchwork, 'app', without())
      latchwork.advance(GIVEN_AGAIN_MS)
    }
  })
})

describeOnPostgres('what an operator takes from a client, on two servers', (start) => {
  it('K10 O10: taken at one, gone at the other and from an SDK that listens there within the bound; what the other mints at that moment, too', async (t) => {
    const clients = [clientOf('app')]
    const one = await startWith(t, clients, {}, start)
    const two = await startWith(t, clients, { config: { issuer: one.issuer } }, start)
    const address = `http://localhost:${two.server.address.port}`
    const info = async (token: string) => {
      const answer = await fetch(`${address}/userinfo`, { headers: { authorization: `Bearer ${token}` } })
      return { status: answer.status, body: (await answer.json()) as { readonly email?: string } }
    }
    const first = (await tokensFor(one, 'app', { scope: EVERY }, await newPerson(one))).body
    const jwt = (await narrow(one, first.refresh_token, 'openid email files:read', JWT_API)).body
    assert.ok((await info(first.access_token)).body.email && (await info(jwt.access_token)).body.email)
    const fields = { grant_type: 'refresh_token', refresh_token: jwt.refresh_token, scope: 'openid email files:read', resource: JWT_API }
    const minted = fetch(`${address}/token`, { method: 'POST', body: new URLSearchParams(fields), headers: basic('app') })
    await change(one, 'app', without('email'))
    const began = performance.now()
    await until(async () => (await info(jwt.access_token)).status === 401, 'the JWT ends', BOUND_MS)
    await until(async () => (await info(first.access_token)).body.email === undefined, 'the opaque token is narrowed', BOUND_MS)
    t.diagnostic(`the other server knows after ${Math.round(performance.now() - began)} ms`)
    const { access_token: raced } = (await (await minted).json()) as { readonly access_token: string }
    assert.equal((await info(raced)).body.email, undefined)
  })
})

describeOnPostgres('what the configuration takes, on servers that are restarted one after another', (start) => {
  it('O10 K10: ends everywhere with the first that has it; what others issue after that, with the last', async (t) => {
    const clients = [clientOf('app')]
    const one = await startWith(t, clients, {}, start)
    const files = await sdk(t, one, JWT_API)
    const first = (await tokensFor(one, 'app', { scope: 'openid offline_access files:read files:write', resource: JWT_API }, await newPerson(one))).body
    assert.ok(await works(files, first.access_token, 'files:write'))
    const narrowed = { issuer: one.issuer, clients: [], apis: apisWithout('files:write') }
    await startWith(t, [], { config: narrowed }, start)
    await soon(files, first.access_token, 'credential_invalid')
    one.advance(GIVEN_AGAIN_MS)
    const between = (await narrow(one, first.refresh_token, 'files:write', JWT_API)).body
    assert.ok(await works(files, between.access_token, 'files:write'), 'by the former configuration')
    await one.stop()
    await startWith(t, [], { http: { port: Number(new URL(one.issuer).port) }, config: narrowed, aheadMs: GIVEN_AGAIN_MS }, start)
    await soon(files, between.access_token, 'credential_invalid')
  })
})

describe('what a client or its developer lays down', () => {
  it('O10 O15 K10: by an update of its registration (RFC 7592 §2.2)', async (t) => {
    const registration = { mode: 'open', scopes: ['openid', 'offline_access', 'files:read', 'files:write'], audiences: [JWT_API] }
    const latchwork = await startWith(t, [], { config: { registration } })
    const files = await sdk(t, latchwork, JWT_API)
    const metadata = { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'] }
    const { body: made } = await latchwork.call('POST', '/register', { body: metadata })
    const code = await authorize(latchwork, { client_id: made.client_id, scope: 'openid offline_access files:read files:write' }, await newPerson(latchwork))
    const { body } = await redeem(latchwork, code, {}, basic(made.client_id, made.client_secret))
    assert.ok(await works(files, body.access_token, 'files:write'))
    const put = { ...metadata, client_id: made.client_id, scope: 'openid offline_access files:read' }
    const answer = await latchwork.call('PUT', `/register/${made.client_id}`, { bearer: made.registration_access_token, body: put })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    await soon(files, body.access_token, 'credential_invalid')
  })

  it('O10 O17 K10: by a change of an application of one’s own', async (t) => {
    const applications = { maxPerPerson: 1, scopes: ['openid', 'notes:*'], audiences: [API] }
    const latchwork = await startWith(t, [], { config: { applications } })
    const notes = await sdk(t, latchwork, API)
    const { accessToken: bearer } = await signInDevice(latchwork)
    const mine = { name: 'Mine', redirectUris: [CALLBACK], scopes: ['openid', 'notes:read', 'notes:write'], audiences: [API] }
    const { body: made } = await latchwork.call('POST', '/v1/me/applications', { bearer, body: mine })
    const code = await authorize(latchwork, { client_id: made.client.id, scope: 'openid notes:read notes:write' }, await newPerson(latchwork))
    const { body } = await redeem(latchwork, code, {}, basic(made.client.id, made.secret))
    assert.ok(await works(notes, body.access_token, 'notes:write'))
    const path = `/v1/me/applications/${made.client.id}`
    assert.equal((await latchwork.call('PATCH', path, { bearer, body: { scopes: ['openid', 'notes:read'] } })).status, 200)
    await soon(notes, body.access_token, 'scope_insufficient', 'notes:write')
    assert.ok(await works(notes, body.access_token, 'notes:read'))
  })
})

describe('what the configuration takes', () => {
  it('O10 O17 K10: from a client it declares, at the next start, and from an SDK that listens on', async (t) => {
    const data = await folder(t)
    const before = await startWith(t, [clientOf('app')], { data })
    const [notes, files] = [await sdk(t, before, API), await sdk(t, before, JWT_API)]
    const both = (await tokensFor(before, 'app', { scope: EVERY }, await newPerson(before))).body
    const jwt = (await narrow(before, both.refresh_token, 'files:read files:write', JWT_API)).body
    assert.ok((await works(files, jwt.access_token, 'files:write')) && (await works(notes, both.access_token, 'notes:write')))
    await before.stop()
    await startAgain(t, before, data, { clients: [clientOf('app', {}, without('notes:write', 'files:write'))] })
    await soon(files, jwt.access_token, 'credential_invalid')
    await soon(notes, both.access_token, 'scope_insufficient', 'notes:write')
    assert.ok(await works(notes, both.access_token, 'notes:read'))
  })

  it('O10 K10 E1: a scope that no API defines any more, and an API: in what clients have that nobody declares, in sessions, and from an SDK that listens on', async (t) => {
    const data = await folder(t)
    const before = await startWith(t, [], { data })
    const [notes, files] = [await sdk(t, before, API), await sdk(t, before, JWT_API)]
    const made = await before.call('POST', '/v1/clients', {
      bearer: before.rootKey,
      body: { name: 'Made', redirectUris: [CALLBACK], scopes: clientOf('app').scopes, audiences: clientOf('app').audiences },
    })
    const { client, secret } = made.body
    const as = basic(client.id, secret)
    const refreshed = async (token: string, scope: string, resource: string) =>
      (await before.form('/token', { grant_type: 'refresh_token', refresh_token: token, scope, resource }, as)).body
    const code = await authorize(before, { client_id: client.id, scope: EVERY }, await newPerson(before))
    const both = (await redeem(before, code, {}, as)).body
    const writing = await refreshed(both.refresh_token, 'files:read files:write', JWT_API)
    const reading = await refreshed(writing.refresh_token, 'files:read', JWT_API)
    const device = await signInDevice(before)
    assert.ok((await works(files, writing.access_token, 'files:write')) && (await works(files, reading.access_token)))
    assert.ok((await works(notes, both.access_token, 'notes:write')) && (await works(notes, device.accessToken, 'notes:write')))
    await before.stop()

    const narrowed = await startAgain(t, before, data, { clients: [], apis: apisWithout('notes:write', 'files:write') })
    await soon(files, writing.access_token, 'credential_invalid')
    await soon(notes, device.accessToken, 'credential_invalid')
    await soon(notes, both.access_token, 'scope_insufficient', 'notes:write')
    assert.ok((await works(files, reading.access_token, 'files:read')) && (await works(notes, both.access_token, 'notes:read')))
    const events = await fetch(`${before.issuer}/v1/events?type=configuration.narrowed`, { headers: { authorization: `Bearer ${narrowed.rootKey}` } })
    const { items } = (await events.json()) as { readonly items: readonly { readonly data: unknown }[] }
    assert.deepEqual(
      items.map(({ data }) => data),
      [{ taken: 'notes:write files:write' }],
    )
    await narrowed.stop()

    const gone = await startAgain(t, before, data, { clients: [], apis: apisWithout(JWT_API, 'notes:write') })
    await soon(files, reading.access_token, 'credential_invalid')
    assert.ok(await works(notes, both.access_token, 'notes:read'))
    await gone.stop()
    await startAgain(t, before, data, { clients: [], apis: apisWithout(JWT_API, 'notes:write') })
    assert.ok(await works(notes, both.access_token, 'notes:read'), 'a start that changes nothing takes nothing')
  })

  it('K7 K10: of a role, in the keys that carry it, where they are remembered, too', async (t) => {
    const data = await folder(t)
    const rolesOf = (...scopes: readonly string[]) => ({ roles: [{ name: 'deployer', scopes }] })
    const before = await startWith(t, [], { data, config: rolesOf('notes:read', 'notes:write') })
    const notes = await sdk(t, before, API)
    const body = { accountId: 'acc_test', name: 'CI', kind: 'rk', scopes: [], roles: ['deployer'] }
    const { body: key } = await before.call('POST', '/v1/keys', { bearer: before.rootKey, body })
    assert.ok(await works(notes, key.secret, 'notes:write'), JSON.stringify(key))
    await before.stop()
    await startAgain(t, before, data, rolesOf('notes:read'))
    await soon(notes, key.secret, 'scope_insufficient', 'notes:write')
    assert.ok(await works(notes, key.secret, 'notes:read'))
  })
})
