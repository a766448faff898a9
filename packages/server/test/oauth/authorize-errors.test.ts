/** RFC 6749 §4.1.2.1: what is wrong with a request whose client and address are known good is told there, with `state` and `iss`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizationUrl, authorize, basic, pkce, redeem, refresh, signUp } from '../kit/authorize.ts'
import { type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { type Visit, webBrowser } from '../kit/web-browser.ts'

type Change = Readonly<Record<string, string | undefined>>

const CALLBACK = testClients.web.redirectUris[0]
const { challenge } = pkce()
const long = (length: number): string => 'x'.repeat(length)

const faults: readonly (readonly [title: string, change: Change, error: string])[] = [
  ['response_type missing', { response_type: undefined }, 'invalid_request'],
  ['response_type empty', { response_type: '' }, 'invalid_request'],
  ...['token', 'id_token', 'code id_token', 'code token', 'code id_token token', 'none', 'CODE', ' code', 'code code'].map(
    (response_type) => [`response_type=${response_type}`, { response_type }, 'unsupported_response_type'] as const,
  ),
  ...['fragment', 'query.jwt', 'jwt', 'web_message', 'QUERY'].map(
    (response_mode) => [`response_mode=${response_mode}`, { response_mode }, 'invalid_request'] as const,
  ),

  ['PKCE absent', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  ['a method without challenge', { code_challenge: undefined }, 'invalid_request'],
  ['an empty challenge', { code_challenge: '' }, 'invalid_request'],
  ['a challenge without method, which would be plain', { code_challenge_method: undefined }, 'invalid_request'],
  ...['plain', 's256', 'S512', 'S256 '].map((method) => [`code_challenge_method=${method}`, { code_challenge_method: method }, 'invalid_request'] as const),
  ...[long(42), long(44), long(128), `${challenge}=`, `${challenge.slice(1)}+`, `${challenge.slice(1)}/`, `${challenge.slice(1)} `, `${challenge}\n`].map(
    (code_challenge) => [`code_challenge=${JSON.stringify(code_challenge)}`, { code_challenge }, 'invalid_request'] as const,
  ),

  ['no scope but one nobody has, since beside another it is left out (OpenID Connect Core §3.1.2.1)', { scope: 'admin:all' }, 'invalid_scope'],
  ['a scope with a quote', { scope: 'openid "' }, 'invalid_scope'],
  ['a scope with a backslash', { scope: 'openid \\' }, 'invalid_scope'],
  ['a tab between scopes', { scope: 'openid\temail' }, 'invalid_scope'],
  ['a scope in other letters', { scope: 'OpenID' }, 'invalid_scope'],
  ['no scope but a wildcard that is not registered, and is not read as what it would cover', { scope: 'notes:* *:*' }, 'invalid_scope'],
  ['257 scopes', { scope: Array.from({ length: 257 }, (_, index) => `s${index}`).join(' ') }, 'invalid_scope'],
  ['a scope of 129 characters', { scope: long(129) }, 'invalid_scope'],

  ['a resource nobody registered', { resource: 'https://other.example.test' }, 'invalid_target'],
  ['a relative resource', { resource: '/notes' }, 'invalid_target'],
  ['a resource with a fragment', { resource: 'https://api.example.test#x' }, 'invalid_target'],
  ['a resource with a path more', { resource: 'https://api.example.test/notes' }, 'invalid_target'],
  ['a resource in other letters', { resource: 'https://API.example.test' }, 'invalid_target'],

  ['state too long', { state: long(4097) }, 'invalid_request'],
  ['nonce too long', { nonce: long(513) }, 'invalid_request'],
  ['prompt unknown', { prompt: 'maybe' }, 'invalid_request'],
  ['prompt in other letters', { prompt: 'None' }, 'invalid_request'],
  ['prompt=none with another', { prompt: 'none login' }, 'invalid_request'],
  ...['-1', '1.5', 'soon', '0x10', '1e3', ' 1'].map((max_age) => [`max_age=${max_age}`, { max_age }, 'invalid_request'] as const),
  ['a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
  ['a request URI', { request_uri: 'https://evil.test/request' }, 'request_uri_not_supported'],
  ['a pushed request URI', { request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'request_uri_not_supported'],
]

const repeatable = [
  'response_type',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'prompt',
  'max_age',
  'login_hint',
  'response_mode',
  'request',
  'request_uri',
]

function toldAtClient(latchwork: Latchwork, page: Visit, error: string, state: string | undefined, about: string): void {
  assert.equal(page.status, 303, `${about}: ${page.text}`)
  assert.ok(page.location?.startsWith(`${CALLBACK}?`), `${about} → ${page.location}`)
  const told = new URL(page.location ?? '').searchParams
  assert.equal(told.get('error'), error, `${about} → ${page.location}`)
  assert.equal(told.get('state'), state ?? null, about)
  assert.equal(told.get('iss'), latchwork.issuer, about)
  assert.match(told.get('error_description') ?? '', /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, about) // RFC 6749 appendix A.8
  assert.deepEqual([told.get('code'), told.getAll('error').length, page.headers.get('cache-control')], [null, 1, 'no-store'], about)
}

describe('GET /authorize, once the client and its address are known good', () => {
  for (const whose of ['signed in', 'signed out'] as const) {
    it(`O1 O5: ${faults.length} faults are told to the client with state and iss (${whose})`, async (t) => {
      const latchwork = await startLatchwork(t)
      const browser = whose === 'signed in' ? await signUp(latchwork) : webBrowser()
      for (const [title, change, error] of faults) {
        const page = await browser.get(authorizationUrl(latchwork, change).url)
        toldAtClient(latchwork, page, error, change['state'] ?? 'the state', title)
      }
    })
  }

  it('O15: a scope that nobody has, or the client is not registered for, breaks no request: it is left out, and the token response says so (RFC 6749 §3.3, §5.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const [asked, told] of [
      ['openid admin:all notes:read', 'openid notes:read'],
      ['phone address openid claudeai', 'openid'],
      ['notes:read notes:* api_key', 'notes:read'],
    ] as const) {
      const { status, body } = await redeem(latchwork, await authorize(latchwork, { scope: asked }, browser))
      assert.deepEqual([status, body.scope, body.api_key], [200, told, undefined], asked)
    }
  })

  it('O15: spaces too many in scope change no word of it, at any endpoint (mcp 2.3 sends ` offline_access` to an API that names no scope)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const [asked, told] of [
      [' offline_access', 'offline_access'],
      ['openid  notes:read ', 'openid notes:read'],
      ['  ', 'openid profile email notes:read notes:write'],
    ] as const) {
      const { status, body } = await redeem(latchwork, await authorize(latchwork, { scope: asked }, browser))
      assert.deepEqual([status, body.scope], [200, told], asked)
    }
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid notes:read notes:write' }, browser))
    const narrowed = await refresh(latchwork, body.refresh_token, { scope: ' notes:read  openid' })
    assert.deepEqual([narrowed.status, narrowed.body.scope], [200, 'notes:read openid'])
    const client = { grant_type: 'client_credentials', scope: 'notes:read ' }
    assert.equal((await latchwork.form('/token', client, basic(testClients.machine.id))).body.scope, 'notes:read')
  })

  it('O5: a repeated parameter (RFC 6749 §3.1); of a repeated state neither is told', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const name of repeatable) {
      const { url } = authorizationUrl(latchwork, { [name]: undefined })
      for (const values of [`${name}=a&${name}=b`, `${name}=a&${name}=a`, `${name}=&${name}=`]) {
        toldAtClient(latchwork, await browser.get(`${url}&${values}`), 'invalid_request', 'the state', values)
      }
    }
    toldAtClient(latchwork, await browser.get(`${authorizationUrl(latchwork).url}&state=another`), 'invalid_request', undefined, 'state twice')
  })

  it('O5: state comes back to the letter, whatever it is made of', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = webBrowser()
    for (const state of ['a b+c%20', '&=?#/\\"\'<>', 'ünï ✓ 𝕏', long(4096), '\r\nset-cookie: a=b', '__proto__']) {
      toldAtClient(latchwork, await browser.get(authorizationUrl(latchwork, { state, prompt: 'none' }).url), 'login_required', state, state)
    }
    toldAtClient(latchwork, await browser.get(authorizationUrl(latchwork, { state: undefined, prompt: 'none' }).url), 'login_required', undefined, 'none')
    toldAtClient(latchwork, await browser.get(authorizationUrl(latchwork, { state: '', prompt: 'none' }).url), 'login_required', undefined, 'empty')
  })

  it('O5: a client that is not registered for the code flow', async (t) => {
    const client = { ...testClients.machine, redirectUris: [CALLBACK], authenticationMethod: 'client_secret_basic', secretDigests: ['A'.repeat(43)] }
    const latchwork = await startLatchwork(t, { config: { clients: [client] } })
    const page = await webBrowser().get(authorizationUrl(latchwork, { client_id: 'machine', scope: 'notes:read' }).url)
    toldAtClient(latchwork, page, 'unauthorized_client', 'the state', 'machine')
  })

  it('O1 O5: errors go by form_post to who asked for it', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const [change, error] of [
      [{ prompt: 'none' }, 'consent_required'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ code_challenge: undefined }, 'invalid_request'],
    ] as const) {
      const page = await browser.get(authorizationUrl(latchwork, { response_mode: 'form_post', ...change }).url)
      assert.deepEqual([page.status, page.location], [200, undefined])
      assert.match(page.text, new RegExp(`<form method="post" action="${CALLBACK}"`))
      const told = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]))
      assert.deepEqual([told['error'], told['state'], told['iss'], told['code']], [error, 'the state', latchwork.issuer, undefined])
      assert.match(page.headers.get('content-security-policy') ?? '', /form-action [^;]*http:\/\/127\.0\.0\.1:(9|\*)/)
    }
  })
})
