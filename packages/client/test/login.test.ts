import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { ClientFailure, type LoginTalk, login } from '../src/index.ts'
import { signIdToken, startAuthorizationServer, storeFor, wishFor } from './authorization-server.ts'

type Json = Readonly<Record<string, unknown>>

/** A code login whose browser comes back at once; what the ID token says is up to `change`. */
async function logInByCode(t: TestContext, makeIdToken: (honest: Json) => Promise<string | undefined>, back: Readonly<Record<string, string>> = {}) {
  let asked = new URL('http://nowhere.example')
  const server = await startAuthorizationServer(t, async (form) => {
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (challenge !== asked.searchParams.get('code_challenge')) return { status: 400, body: { error: 'invalid_grant' } }
    const idToken = await makeIdToken({ iss: server.url, aud: 'cli', sub: 'ada', nonce: asked.searchParams.get('nonce') })
    return { body: { access_token: 'at', token_type: 'Bearer', expires_in: 60, ...(idToken === undefined ? {} : { id_token: idToken }) } }
  })
  const talk: LoginTalk = {
    say: () => {},
    wait: async () => {},
    now: Date.now,
    openBrowser(url) {
      asked = new URL(url)
      const callback = new URL(asked.searchParams.get('redirect_uri') ?? '')
      const answer = { code: 'c', state: asked.searchParams.get('state') ?? '', iss: server.url, ...back }
      for (const [name, value] of Object.entries(answer)) callback.searchParams.set(name, value)
      void fetch(callback)
    },
  }
  const store = storeFor(t)
  return { store, server, done: login(store, wishFor(server.url, 'code'), talk, false) }
}

describe('a login by code', () => {
  it('C1: keeps the tokens when everything fits: state, iss, PKCE, nonce, audience, signature', async (t) => {
    const { store, done, server } = await logInByCode(t, signIdToken)
    await done
    assert.equal((await store.read('me')).secrets.tokens?.accessToken, 'at')
    assert.match(server.posted[0]?.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  })

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const wrong: Readonly<Record<string, (honest: Json) => Promise<string | undefined>>> = {
    'another nonce': (honest) => signIdToken({ ...honest, nonce: 'of somebody else' }),
    'no nonce': ({ nonce: _nonce, ...honest }) => signIdToken(honest),
    'another audience': (honest) => signIdToken({ ...honest, aud: 'other' }),
    'another issuer': (honest) => signIdToken({ ...honest, iss: 'https://evil.example' }),
    "a stranger's signature": (honest) => signIdToken(honest, stranger),
    'no ID token at all': async () => undefined,
  }
  for (const [what, makeIdToken] of Object.entries(wrong)) {
    it(`C1: keeps nothing after ${what} (OpenID Connect Core §3.1.3.7)`, async (t) => {
      const { store, done } = await logInByCode(t, makeIdToken)
      await assert.rejects(done, (error) => error instanceof ClientFailure)
      assert.equal(store.has('me'), false)
    })
  }

  it('C1: sends no code anywhere when iss is another (RFC 9207 §2.4)', async (t) => {
    const { server, done } = await logInByCode(t, signIdToken, { iss: 'https://evil.example' })
    await assert.rejects(done, ClientFailure)
    assert.deepEqual(server.posted, [])
  })
})

describe('a login by device', () => {
  it('C1: waits as long as it is told: the interval, 5 s more after slow_down, longer when the server is away (RFC 8628 §3.5)', async (t) => {
    const answers = [
      { error: 'authorization_pending' },
      { error: 'slow_down' },
      { error: 'authorization_pending' },
      undefined,
      { error: 'authorization_pending' },
    ]
    const waits: number[] = []
    const said: string[] = []
    const server = await startAuthorizationServer(t, async () => {
      const next = answers.shift()
      if (next !== undefined) return { status: 400, body: next }
      if (answers.length > 0) return { status: 503, body: {} }
      return { body: { access_token: 'at', token_type: 'Bearer', id_token: await signIdToken({ iss: server.url, aud: 'cli', sub: 'ada' }) } }
    })
    const talk: LoginTalk = {
      say: (text) => void said.push(text),
      openBrowser: () => {},
      now: () => 0,
      wait: async (milliseconds) => void waits.push(milliseconds / 1000),
    }
    const store = storeFor(t)
    await login(store, wishFor(server.url, 'device'), talk, false)
    assert.deepEqual(waits, [5, 5, 10, 10, 20, 20])
    assert.match(said.join('\n'), /Go to http:\S+\/go\nand enter ABCD-EFGH/)
    assert.equal((await store.read('me')).secrets.tokens?.accessToken, 'at')
  })

  it('C1: ends when the code ran out, and when the person says no', async (t) => {
    for (const [error, reason] of [
      ['expired_token', /ran out/],
      ['access_denied', /said no/],
    ] as const) {
      const server = await startAuthorizationServer(t, () => ({ status: 400, body: { error } }))
      const talk: LoginTalk = { say: () => {}, openBrowser: () => {}, now: () => 0, wait: async () => {} }
      await assert.rejects(login(storeFor(t), wishFor(server.url, 'device'), talk, false), { code: 'login_refused', message: reason })
    }
    let clock = 0
    const server = await startAuthorizationServer(t, () => ({ status: 400, body: { error: 'authorization_pending' } }))
    const talk: LoginTalk = {
      say: () => {},
      openBrowser: () => {},
      now: () => clock,
      wait: async (milliseconds) => {
        clock += milliseconds
      },
    }
    await assert.rejects(login(storeFor(t), wishFor(server.url, 'device'), talk, false), { code: 'login_refused', message: /ran out/ })
    assert.equal(clock, 600_000)
  })
})

describe('a server', () => {
  it('C1: of another name than the one asked for, or whose token endpoint is in clear, gets no secret (RFC 8414 §3.3)', async (t) => {
    const talk: LoginTalk = { say: () => {}, openBrowser: () => {}, now: () => 0, wait: async () => {} }
    for (const [code, more] of [
      ['server_answer', () => ({ issuer: 'https://other.example' })],
      ['address_refused', () => ({ token_endpoint: 'http://api.example.com/token' })],
    ] as const) {
      const server = await startAuthorizationServer(t, () => ({ body: { access_token: 'at', token_type: 'Bearer' } }), more)
      const wish = {
        ...wishFor(server.url, 'client-credentials'),
        client: { id: 'cli', authentication: 'client_secret_basic' },
        secrets: { clientSecret: 's' },
      } as const
      await assert.rejects(login(storeFor(t), wish, talk, false), { code })
      assert.deepEqual(server.posted, [])
    }
  })
})
