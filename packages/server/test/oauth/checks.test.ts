/** Every cell of the matrix of checks: the request that fails there, and the answer the page promises. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Authorization, authorizationUrl, authorize, basic, redeem, refresh, signUp, takeBack } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, API, type Latchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { clientOf, JWT_API, machineOf, startWith } from '../kit/token-clients.ts'
import type { WebBrowser } from '../kit/web-browser.ts'
import { type CheckName, checks, type Endpoint } from './checks-table.ts'

interface Scene {
  readonly latchwork: Latchwork
  readonly browser: WebBrowser
  /** Signed in, and never asked anything yet. */
  readonly fresh: () => Promise<WebBrowser>
  readonly code: (parameters?: Record<string, string>) => Promise<Authorization>
  readonly tokens: (parameters?: Record<string, string>) => Promise<Answer['body']>
}

let people = 0
const newPerson = (latchwork: Latchwork) => {
  people += 1
  return signUp(latchwork, { email: `check-${people}@example.com`, password: 'correct horse battery staple', name: 'A person' })
}

const OFFLINE = { scope: 'openid notes:read offline_access' }

async function sceneOf(latchwork: Latchwork): Promise<Scene> {
  latchwork.advance(10 * 60_000) // so many new people at once would be refused
  const browser = await newPerson(latchwork)
  await authorize(latchwork, OFFLINE, browser)
  const code = (parameters = {}) => authorize(latchwork, { ...OFFLINE, ...parameters }, browser)
  const tokens = async (parameters = {}) => (await redeem(latchwork, await code(parameters))).body
  return { latchwork, browser, fresh: () => newPerson(latchwork), code, tokens }
}

type Told = Answer | string
type Trial = (scene: Scene) => Promise<Told>

/** What `/authorize` tells: the error at the client, or `page`. */
const ask =
  (change: Record<string, string | undefined>, more = '', who: (scene: Scene) => WebBrowser | Promise<WebBrowser> = ({ browser }) => browser): Trial =>
  async (scene) => {
    const { latchwork } = scene
    const { url } = authorizationUrl(latchwork, change)
    const page = await (await who(scene)).get(`${url}${more}`)
    if (page.location === undefined) return 'page'
    const told = new URL(page.location, latchwork.issuer).searchParams
    assert.deepEqual([told.get('state'), told.get('iss')], ['the state', latchwork.issuer])
    return told.get('error') ?? 'no error'
  }

const post =
  (path: string, fields: Record<string, string> | URLSearchParams, headers: Record<string, string> = basic('app')): Trial =>
  ({ latchwork }) =>
    latchwork.form(path, fields, headers)
const json =
  (path: string): Trial =>
  ({ latchwork }) =>
    latchwork.call('POST', path, { body: { grant_type: 'refresh_token', token: 'x' }, headers: basic('app') })
const token = (grant: string, fields: Record<string, string> = {}, headers = basic('app')): Trial => post('/token', { grant_type: grant, ...fields }, headers)
const repeated = (path: string, text: string): Trial => post(path, new URLSearchParams(text))
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })

const machineToken = 'client_credentials'
const hours = (count: number): number => count * 3_600_000

/** Each endpoint with the given credentials of a client. */
const everywhere = (headers: Record<string, string>): Partial<Record<Endpoint, Trial>> => ({
  code: async (scene) => redeem(scene.latchwork, await scene.code(), {}, headers as { authorization: string }),
  refresh: async (scene) => refresh(scene.latchwork, (await scene.tokens()).refresh_token, {}, headers as { authorization: string }),
  client: token(machineToken, {}, headers as { authorization: string }),
  introspect: post('/introspect', { token: 'x' }, headers),
  revoke: post('/revoke', { token: 'x' }, headers),
})

/** What is presented at each endpoint where a token of one kind belongs. */
const presenting = (what: (scene: Scene) => Promise<Partial<Record<Endpoint, string>>>): Partial<Record<Endpoint, Trial>> => ({
  code: async (scene) => redeem(scene.latchwork, { ...(await scene.code()), code: (await what(scene)).code ?? '' }),
  refresh: async (scene) => refresh(scene.latchwork, (await what(scene)).refresh ?? ''),
  introspect: async (scene) => scene.latchwork.form('/introspect', { token: (await what(scene)).introspect ?? '' }, basic('app')),
  revoke: async (scene) => scene.latchwork.form('/revoke', { token: (await what(scene)).revoke ?? '' }, basic('app')),
  userinfo: async (scene) => scene.latchwork.call('GET', '/userinfo', { bearer: (await what(scene)).userinfo ?? '' }),
})

const trials: Readonly<Record<CheckName, Partial<Record<Endpoint, Trial>>>> = {
  once: {
    authorize: ask({}, '&scope=openid'),
    code: repeated('/token', 'grant_type=authorization_code&code=a&code=b'),
    refresh: repeated('/token', 'grant_type=refresh_token&refresh_token=a&refresh_token=b'),
    client: repeated('/token', 'grant_type=client_credentials&grant_type=client_credentials'),
    introspect: repeated('/introspect', 'token=a&token=b'),
    revoke: repeated('/revoke', 'token=a&token=b'),
    userinfo: repeated('/userinfo', 'access_token=a&access_token=b'),
  },
  form: { code: json('/token'), refresh: json('/token'), client: json('/token'), introspect: json('/introspect'), revoke: json('/revoke') },
  clientKnown: { authorize: ask({ client_id: 'nobody' }), ...everywhere(basic('nobody')) },
  clientProven: everywhere(basic('app', `${testSecret.slice(0, -1)}x`)),
  grantAllowed: {
    authorize: ask({ client_id: 'refresher' }),
    code: token('authorization_code', { code: 'x' }, basic('machine')),
    refresh: token('refresh_token', { refresh_token: 'x' }, basic('machine')),
    client: token(machineToken),
  },
  redirectUri: {
    authorize: ask({ redirect_uri: 'http://127.0.0.1:9/callback/' }),
    code: async (scene) => redeem(scene.latchwork, await scene.code(), { redirect_uri: 'http://127.0.0.1:9/other' }),
  },
  requestObject: { authorize: ask({ request: 'x' }) },
  requestUri: { authorize: ask({ request_uri: 'urn:x' }) },
  registration: { authorize: ask({ registration: '{}' }) },
  responseType: { authorize: ask({ response_type: 'token' }) },
  responseMode: { authorize: ask({ response_mode: 'fragment' }) },
  pkce: {
    authorize: ask({ code_challenge_method: 'plain' }),
    code: async (scene) => redeem(scene.latchwork, await scene.code(), { code_verifier: 'x'.repeat(43) }),
  },
  scope: {
    authorize: ask({ scope: 'admin' }),
    refresh: async (scene) => refresh(scene.latchwork, (await scene.tokens()).refresh_token, { scope: 'openid email' }),
    client: token(machineToken, { scope: 'notes:write' }, basic('machine')),
    userinfo: async (scene) => {
      const { latchwork } = scene
      const own = await latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine-here'))
      return latchwork.call('GET', '/userinfo', { bearer: own.body.access_token })
    },
  },
  resource: {
    authorize: ask({ resource: 'https://other.example' }),
    code: async (scene) => redeem(scene.latchwork, await scene.code(), { resource: JWT_API }),
    refresh: async (scene) => refresh(scene.latchwork, (await scene.tokens()).refresh_token, { resource: JWT_API }),
    client: token(machineToken, { resource: 'https://other.example' }, basic('machine')),
    userinfo: async (scene) => scene.latchwork.call('GET', '/userinfo', { bearer: (await scene.tokens({ scope: 'notes:read' })).access_token }),
  },
  prompt: { authorize: ask({ prompt: 'none login' }) },
  claims: { authorize: ask({ claims: '[]' }) },
  hint: { authorize: ask({ id_token_hint: 'eyJ.eyJ.x' }) },
  signedIn: {
    authorize: async ({ latchwork }) => {
      const answer = await fetch(authorizationUrl(latchwork, { prompt: 'none' }).url, { redirect: 'manual' })
      return new URL(answer.headers.get('location') ?? '').searchParams.get('error') ?? ''
    },
  },
  rightPerson: {
    authorize: async (scene) => {
      const { id_token } = await scene.tokens()
      return ask({ prompt: 'none', id_token_hint: id_token }, '', ({ fresh }) => fresh())(scene)
    },
  },
  acr: { authorize: ask({ claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:x' } } }) }) },
  consent: { authorize: ask({ prompt: 'none' }, '', ({ fresh }) => fresh()) },
  form_of_token: presenting(async () => ({ code: 'x', refresh: 'lw_rt_x', introspect: 'eyJ.eyJ.x', revoke: 'lw_at_x', userinfo: 'lw_at_x' })),
  ofKind: presenting(async (scene) => {
    const { access_token, refresh_token, id_token } = await scene.tokens()
    return { code: access_token, refresh: access_token, introspect: id_token, revoke: id_token, userinfo: refresh_token }
  }),
  ownToken: {
    code: async (scene) => redeem(scene.latchwork, await scene.code(), {}, basic('other')),
    refresh: async (scene) => refresh(scene.latchwork, (await scene.tokens()).refresh_token, {}, basic('other')),
    introspect: async (scene) => scene.latchwork.form('/introspect', { token: (await scene.tokens()).access_token }, basic('other')),
    revoke: async (scene) => scene.latchwork.form('/revoke', { token: (await scene.tokens()).access_token }, basic('other')),
  },
  inTime: {
    code: async (scene) => {
      const code = await scene.code()
      scene.latchwork.advance(61_000)
      return redeem(scene.latchwork, code)
    },
    ...Object.fromEntries(Object.entries(presenting(late)).filter(([endpoint]) => endpoint !== 'code')),
  },
  alive: {
    code: async (scene) => {
      const browser = await scene.fresh()
      const code = await authorize(scene.latchwork, OFFLINE, browser)
      await takeBack(scene.latchwork, browser)
      return redeem(scene.latchwork, code)
    },
    ...Object.fromEntries(Object.entries(presenting(ended)).filter(([endpoint]) => !['code', 'revoke'].includes(endpoint))),
  },
  singleUse: {
    code: async (scene) => {
      const code = await scene.code()
      await redeem(scene.latchwork, code)
      return redeem(scene.latchwork, code)
    },
    refresh: async (scene) => {
      const { refresh_token } = await scene.tokens()
      await refresh(scene.latchwork, refresh_token)
      return refresh(scene.latchwork, refresh_token)
    },
  },
  notInQuery: { userinfo: async (scene) => scene.latchwork.call('GET', `/userinfo?access_token=${(await scene.tokens()).access_token}`) },
  oneBearer: {
    code: async (scene) => redeem(scene.latchwork, await scene.code(), { client_secret: testSecret }),
    userinfo: async (scene) => {
      const { access_token } = await scene.tokens()
      return scene.latchwork.form('/userinfo', { access_token }, bearer(access_token))
    },
  },
}

async function late(scene: Scene): Promise<Partial<Record<Endpoint, string>>> {
  const { access_token, refresh_token } = await scene.tokens()
  scene.latchwork.advance(hours(24 * 31))
  return { refresh: refresh_token, introspect: access_token, revoke: access_token, userinfo: access_token }
}

async function ended(scene: Scene): Promise<Partial<Record<Endpoint, string>>> {
  const browser = await scene.fresh()
  const { body } = await redeem(scene.latchwork, await authorize(scene.latchwork, OFFLINE, browser))
  await takeBack(scene.latchwork, browser)
  return { refresh: body.refresh_token, introspect: body.access_token, userinfo: body.access_token }
}

/** The answer in the words of the table. */
function wordOf(told: Told): string {
  if (typeof told === 'string') return told
  const { status, body, headers } = told
  if (status === 200) return body?.active === false && Object.keys(body).length === 1 ? 'inactive' : Object.keys(body).length === 0 ? 'nothing' : 'granted'
  assert.ok(status >= 400 && status < 500, `${status}`)
  if (status === 401 || status === 403) assert.ok(headers.get('www-authenticate'), 'a challenge')
  return body.error
}

describe('the matrix of checks', () => {
  const latchworkOf = shared((t) =>
    startWith(t, [
      clientOf('app', {}, { audiences: [API, JWT_API], scopes: ['openid', 'email', 'offline_access', 'notes:read', 'files:read'] }),
      clientOf('other'),
      clientOf('refresher', {}, { grantTypes: ['refresh_token'] }),
      { ...machineOf('machine'), audiences: [API], scopes: ['notes:read'] },
      { ...machineOf('machine-here'), audiences: [], scopes: ['openid'] },
    ]),
  )
  for (const [name, row] of Object.entries(checks)) {
    it(`R6 O1 O10: ${row.check} (${row.law})`, async () => {
      const tried = trials[name as CheckName]
      assert.deepEqual(Object.keys(tried).sort(), Object.keys(row.cells).sort(), 'a trial for each cell')
      for (const [endpoint, expected] of Object.entries(row.cells)) {
        // A scene of its own: a check may end grants, or move the clock past a session.
        const scene = await sceneOf(latchworkOf())
        const trial = tried[endpoint as Endpoint] ?? assert.fail(endpoint)
        assert.equal(wordOf(await trial(scene)), expected, endpoint)
      }
    })
  }
})
