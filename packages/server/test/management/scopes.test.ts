import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { managementScopes } from '@latchwork/api-keys'
import { mintKey, mintToken } from '@latchwork/kernel'
import { Type } from 'typebox'
import { createApp } from '../../src/http/app.ts'
import { createLog } from '../../src/http/log.ts'
import { authorize, redeem } from '../kit/authorize.ts'
import { signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, type Latchwork, refuses, startLatchwork, system } from '../kit/start-latchwork.ts'

interface Route {
  readonly method: string
  readonly path: string
  /** The scope the document names; `undefined` where it names no security. */
  readonly scope: string | undefined
  /** For a person, by the token of their session. */
  readonly isOfPerson: boolean
}

const DOCUMENTED_OPEN = ['/v1/leaks', '/v1/sessions/sign-up', '/v1/sessions/sign-in', '/v1/sessions/refresh', '/v1/sessions/sign-out']

async function routesOf(latchwork: Latchwork): Promise<readonly Route[]> {
  const { body } = await latchwork.call('GET', '/openapi.json')
  assert.match(body.openapi, /^3\.1/)
  type Operation = { readonly security?: unknown; readonly description?: string }
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(() => path.startsWith('/v1/'))
      .map(([method, { security, description }]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{id\}/, 'none_0000000000000000000000'),
        isOfPerson: JSON.stringify(security) === '[{"session":[]}]',
        scope: security === undefined ? undefined : /scope `([a-z_]+:[a-z]+)`/.exec(description ?? '')?.[1],
      })),
  )
}

/** Calls the route without a body: whoever is let in is told of the body, the id, or gets a list; nobody else is. */
async function ask(latchwork: Latchwork, route: Route, headers: Readonly<Record<string, string>>): Promise<Pick<Answer, 'status' | 'body'>> {
  if (route.path !== '/v1/revocations') return latchwork.call(route.method, route.path, { headers })
  const end = new AbortController()
  const response = await fetch(`${latchwork.issuer}${route.path}`, { headers, signal: end.signal })
  const answer = response.status === 200 ? { status: 200, body: '' } : { status: response.status, body: await response.json() }
  end.abort()
  return answer
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

describe('who may call what', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('V3: /openapi.json names every route of /v1, and every one of them but those of sessions is protected', async () => {
    const routes = await routesOf(latchworkOf())
    assert.ok(routes.length >= 15)
    assert.deepEqual(
      routes
        .filter(({ scope, isOfPerson }) => scope === undefined && !isOfPerson)
        .map(({ path }) => path)
        .sort(),
      [...DOCUMENTED_OPEN].sort(),
    )
    for (const { path, isOfPerson } of routes) assert.equal(isOfPerson, path.startsWith('/v1/me/'), path)
    for (const { scope } of routes) if (scope !== undefined) assert.ok(Object.hasOwn(managementScopes, scope), scope)
  })

  it('R1: /openapi.json says of each call that makes something that it takes an Idempotency-Key', async () => {
    const { body } = await latchworkOf().call('GET', '/openapi.json')
    type Parameter = { readonly in: string; readonly name: string }
    type Operation = { readonly parameters?: readonly Parameter[] }
    const takes = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { parameters = [] }]) => parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'idempotency-key'))
        .map(([method]) => `${method} ${path}`),
    )
    const makes = ['accounts', 'clients', 'keys', 'keys/import', 'keys/{id}/roll', 'me/applications', 'me/tokens', 'root-keys'].map(
      (path) => `post /v1/${path}`,
    )
    for (const call of makes) assert.ok(takes.includes(call), `${call} is not among ${takes.join(', ')}`)
  })

  it('K7 9.1: a root key with one scope × every route: exactly the documented cells, by either carrier', async (t) => {
    const latchwork = latchworkOf()
    const routes = (await routesOf(latchwork)).filter(({ scope }) => scope !== undefined)
    let cells = 0
    for (const scope of Object.keys(managementScopes)) {
      const made = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: scope, scopes: [scope] } })
      for (const route of routes)
        for (const headers of [bearer(made.body.secret), { 'x-api-key': made.body.secret }]) {
          const { status, body } = await ask(latchwork, route, headers)
          const cell = `${scope} at ${route.method} ${route.path}: ${status} ${JSON.stringify(body)}`
          if (scope === route.scope) assert.ok([200, 400, 404].includes(status), cell)
          else {
            assert.equal(status, 403, cell)
            assert.equal(body.code, 'scope_insufficient', cell)
            assert.deepEqual(body.neededScopes, [route.scope], cell)
          }
          cells++
        }
    }
    t.diagnostic(`${cells} cells`)
  })

  it('E4 7.4 4.9: without a credential, or with any other than a root key, every protected route refuses, whatever else is sent', async (t) => {
    const latchwork = latchworkOf()
    const { installation } = latchwork.server
    const account = 'acc_test'
    const key = await latchwork.server.issueKey({ accountId: account, kind: 'sk', environment: 'live', name: 'x', scopes: ['*:*'] })
    const device = await signInDevice(latchwork)
    const granted = await redeem(latchwork, await authorize(latchwork))
    const revoked = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'gone', scopes: ['*:*'] } })
    assert.equal((await latchwork.call('DELETE', `/v1/root-keys/${revoked.body.rootKey.id}`, { bearer: latchwork.rootKey })).status, 204)
    const wrong: readonly [string, Readonly<Record<string, string>>, number, string][] = [
      ['nothing', {}, 401, 'credential_missing'],
      ['an API key of every scope', bearer(key.secret.reveal()), 401, 'credential_invalid'],
      ['a session token', bearer(device.accessToken), 401, 'credential_invalid'],
      ['an OAuth access token', bearer(granted.body.access_token), 401, 'credential_invalid'],
      ['a refresh token', bearer(granted.body.refresh_token), 401, 'credential_invalid'],
      ['an ID token', bearer(granted.body.id_token), 401, 'credential_invalid'],
      ['an unknown root key', bearer(mintToken('root_key').reveal()), 401, 'credential_invalid'],
      ['a revoked root key', bearer(revoked.body.secret), 401, 'credential_invalid'],
      [
        'a root key with a letter changed',
        bearer(`${latchwork.rootKey.slice(0, -1)}${latchwork.rootKey.endsWith('0') ? '1' : '0'}`),
        401,
        'credential_malformed',
      ],
      ['an unknown key of another brand', bearer(mintKey('sk', 'live', 'acme').reveal()), 401, 'credential_invalid'],
      ['a cookie', { cookie: `__Host-lw_login=${latchwork.rootKey}; root_key=${latchwork.rootKey}` }, 401, 'credential_missing'],
      ['the root key as Basic', { authorization: `Basic ${Buffer.from(`root:${latchwork.rootKey}`).toString('base64')}` }, 401, 'credential_missing'],
      ['two credentials', { ...bearer(latchwork.rootKey), 'x-api-key': latchwork.rootKey }, 400, 'credential_ambiguous'],
    ]
    const before = await installation.store.apiKeys.listRootKeys({ limit: 100 })
    const protectedRoutes = (await routesOf(latchwork)).filter(({ scope }) => scope !== undefined)
    for (const route of protectedRoutes)
      for (const [what, headers, status, code] of wrong) {
        const answer = await latchwork.call(route.method, route.path, { headers })
        refuses(answer, status, code)
        assert.equal(answer.headers.has('www-authenticate'), true, `${what} at ${route.method} ${route.path}`)
      }
    t.diagnostic(`${protectedRoutes.length} routes × ${wrong.length}`)
    // The same with bodies of every kind: who is not let in learns nothing from them (the body is not even read).
    for (const body of ['{"name":', '[]', '{"name":"x","scopes":["*:*"]}', `"${'x'.repeat(70_000)}"`])
      refuses(await latchwork.call('POST', '/v1/root-keys', { body }), 401, 'credential_missing')
    assert.deepEqual(await installation.store.apiKeys.listRootKeys({ limit: 100 }), before)
  })

  it('K13: a credential in the address is refused even beside a good one, and is not repeated', async () => {
    const latchwork = latchworkOf()
    const secret = mintKey('sk', 'live', 'lw').reveal()
    for (const query of [`access_token=x`, `api_key=${secret}`, `${secret}`, `a=b&x=%20${secret}`, `Access_Token=${secret}`]) {
      const answer = await latchwork.call('GET', `/v1/keys?${query}`, { bearer: latchwork.rootKey })
      refuses(answer, 400, 'credential_in_query')
      assert.ok(!JSON.stringify(answer.body).includes(secret))
      assert.ok(!JSON.stringify([...answer.headers]).includes(secret))
    }
    assert.ok(!latchwork.log.join('').includes(secret.slice(11, 24)))
  })

  it('9.1: a new route of /v1 that does not say who may call it cannot be mounted', async () => {
    const { installation } = latchworkOf().server
    const site = { installation, issuer: 'http://x', headers: {}, clock: installation.clock } as unknown as Parameters<typeof createApp>[0]
    const app = await createApp(site, createLog({ level: 'fatal', format: 'json' }))
    assert.throws(() => app.get('/v1/new', { schema: { response: { 200: Type.Null() } } }, async () => null), /GET \/v1\/new does not say who may call it/)
    assert.throws(() => app.post('/v1/keys/:id/new', { schema: { security: [{ rootKey: [] }] } }, async () => null), /does not say/)
    await app.close()
  })

  it('K7 7.3: a root key makes root keys of no more than its own scopes', async () => {
    const latchwork = latchworkOf()
    const { secret } = await (async () => {
      const made = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'x', scopes: ['root_keys:write', 'keys:*'] } })
      return made.body
    })()
    const make = (scopes: readonly string[]) => latchwork.call('POST', '/v1/root-keys', { bearer: secret, body: { name: 'y', scopes } })
    refuses(
      await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'x', scopes: ['keys:read', 'notes:read'] } }),
      400,
      'scope_invalid',
      /^Scope 2 opens nothing/,
    )
    for (const scopes of [['*:*'], ['events:read'], ['*:read'], ['keys:read', 'clients:read'], ['*:write'], ['root_keys:*']])
      refuses(await make(scopes), 403, 'scope_exceeds_maker')
    for (const scopes of [['keys:read'], ['keys:*'], ['root_keys:write', 'keys:write']]) assert.equal((await make(scopes)).status, 201)
    for (const scopes of [[], [''], ['a b'], ['keys:read '], ['x'.repeat(200)]]) assert.equal((await make(scopes)).status, 400, JSON.stringify(scopes))
  })

  it('E4 K4: root keys are listed, newest first, by name, scopes and ends; revoked ones say when', async () => {
    const latchwork = latchworkOf()
    const call = (method: string, path: string, body?: unknown) => latchwork.call(method, path, { bearer: latchwork.rootKey, ...(body ? { body } : {}) })
    const [one, two] = [
      await call('POST', '/v1/root-keys', { name: 'listed', scopes: ['keys:read'] }),
      await call('POST', '/v1/root-keys', { name: 'ended', scopes: ['*:*'] }),
    ]
    assert.equal((await call('DELETE', `/v1/root-keys/${two.body.rootKey.id}`)).status, 204)
    const { status, body } = await call('GET', '/v1/root-keys')
    assert.equal(status, 200)
    const [newest, before] = body.items
    assert.deepEqual(before, one.body.rootKey)
    assert.deepEqual({ ...newest, revokedAt: undefined }, { ...two.body.rootKey, revokedAt: undefined })
    assert.match(newest.revokedAt, /^20\d\d-/)
    assert.ok(![one, two].some(({ body: made }) => JSON.stringify(body).includes(made.secret.slice(9, 40))))
  })

  it('E1: who called, what, from where: each act names the root key', async () => {
    const latchwork = latchworkOf()
    const made = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'named', scopes: ['events:read'] } })
    const { items } = (await latchwork.call('GET', `/v1/events?credentialId=${made.body.rootKey.id}`, { bearer: latchwork.rootKey })).body
    assert.equal(items.length, 1)
    assert.equal(items[0].type, 'root_key.created')
    assert.equal(items[0].actor.kind, 'root_key')
    assert.equal(items[0].fingerprint, made.body.rootKey.fingerprint)
    assert.ok(items[0].address)
    assert.notEqual(items[0].actor.id, system.id)
  })
})
