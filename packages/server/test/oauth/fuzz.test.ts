/** Requests made by chance from a fixed seed, on both engines: none crashes, hangs, or is answered with a fault of ours (R6). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { authorizationUrl, basic, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const ROUNDS = 400

/** Mulberry32: the same numbers for the same seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const names = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method'],
  ...['prompt', 'max_age', 'login_hint', 'resource', 'request', 'request_uri', 'lw_proof_after', 'grant_type', 'code', 'code_verifier', 'refresh_token'],
  ...['token', 'token_type_hint', 'client_assertion', '__proto__', 'constructor', 'toString', '', '\u{1f511}', 'a[b]', 'x'.repeat(300)],
]

const values = [
  ...['', ' ', '0', '-1', 'NaN', 'null', 'true', '[]', '{}', '%', '%25', '+', '\t', '\r\n', '\0', '\u0001', '\u007f', '\u0085', '\u2028', '\ufeff', '\ufffe'],
  ...['\u202e', '\u{10ffff}', 'é', 'é', "' or 1=1 --", '"; drop table codes; --', '<script>', '#{7*7}', '../../x', 'x'.repeat(5000), 'ü'.repeat(3000)],
  ...['app', 'other', 'cli-app', 'machine', testSecret, testClients.web.redirectUris[0], 'code', 'S256', 'openid', 'notes:read', 'openid notes:read', 'none'],
  ...[
    'authorization_code',
    'refresh_token',
    'client_credentials',
    `lw_ac_${'0'.repeat(49)}`,
    `lw_rt_${'0'.repeat(49)}`,
    'x'.repeat(43),
    '1e308',
    '9'.repeat(400),
  ],
]

describeOnEachEngine('OAuth endpoints under chance', (start) => {
  for (const seed of [1, 2]) {
    it(`R6: ${ROUNDS} requests of seed ${seed}: never 5xx, never a redirect to what is not registered`, async (t) => {
      const latchwork = await start(t)
      const browser = await signUp(latchwork, { email: `fuzz-${seed}@example.com`, password: 'correct horse battery staple', name: 'Chance' })
      const next = chance(seed)
      const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
      const good = new URLSearchParams(new URL(authorizationUrl(latchwork).url).search)
      for (let round = 0; round < ROUNDS; round++) {
        const parameters = new URLSearchParams(next() < 0.5 ? good : {})
        for (let change = Math.floor(next() * 6); change >= 0; change--) {
          if (next() < 0.3) parameters.append(pick(names), pick(values))
          else parameters.set(pick(names), pick(values))
        }
        const path = pick(['/authorize', '/authorize', '/token', '/token', '/introspect', '/revoke', '/consent', '/login'])
        const authorization = pick([
          undefined,
          basic('app').authorization,
          `Basic ${Buffer.from(`${pick(values)}:${pick(values)}`)
            .toString('base64')
            .slice(0, 4000)}`,
        ])
        const headers = authorization === undefined ? {} : { authorization }
        const about = `round ${round}: ${path} ${parameters} ${authorization}`
        const isGet = path === '/login' || (path === '/authorize' && next() < 0.7)
        const answer = isGet
          ? await browser.get(`${latchwork.issuer}${path}?${parameters}`)
          : await browser.post(`${latchwork.issuer}${path}`, parameters, headers)
        assert.ok(answer.status < 500, `${answer.status} to ${about}`)
        const { location } = answer
        const mayGo = location === undefined || [latchwork.issuer, 'http://127.0.0.1:9'].includes(new URL(location).origin)
        assert.ok(mayGo, `${location} for ${about}`)
      }
      assert.equal((await latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine'))).status, 200, 'the server goes on')
    })
  }
})
