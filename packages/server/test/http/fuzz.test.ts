import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { chanceOf } from '../kit/chance.ts'
import { rawRequest, sendRaw } from '../kit/raw-http.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'

const ROUNDS = 250

// biome-ignore format: a list of odd things
const PIECES = [
  '', ' ', '\0', '\r\n', '\t', '"', "'", '\\', '<', '>', '&', '=', ';', '%', '%00', '%ff', '%2f', '..', '/', '//', '?', '#', '{', '}', '[', ']', ':', ',', 'null', 'true', '-1', '0', '1e999',
  '99999999999999999999', 'a', 'é', '\u202e', '\ud83d\ude00', '\ufeff', '\uffff', '__proto__', 'constructor', 'toString', 'admin', '*:*', 'openid', 'Bearer', 'sk_live_lw_', 'lw_root_', 'lw_at_',
  'eyJhbGciOiJub25lIn0.e30.', "' or 1=1 --", '$' + '{7*7}', '{{7*7}}', '%s%n', '../../etc/passwd', 'https://evil.example', 'javascript:alert(1)', 'application/json', 'x'.repeat(300), 'x'.repeat(5000),
]

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  [],
  {},
  [[]],
  { a: { b: {} } },
  [null],
  '2030-01-01T00:00:00Z',
  'live',
  'sk',
  'acc_test',
]

interface Kind {
  readonly name: string
  readonly ask: (latchwork: Latchwork, chance: (below: number) => number) => Promise<Answer>
}

function text(chance: (below: number) => number): string {
  return Array.from({ length: chance(4) }, () => PIECES[chance(PIECES.length)]).join('')
}

function json(chance: (below: number) => number, names: readonly string[]): string {
  const value = (): unknown => (chance(2) === 0 ? VALUES[chance(VALUES.length)] : text(chance))
  const whole = JSON.stringify(Object.fromEntries(names.filter(() => chance(5) > 0).map((name) => [chance(12) === 0 ? text(chance) : name, value()])))
  return chance(6) === 0 ? whole.slice(0, chance(whole.length + 1)) + text(chance) : whole
}

function form(chance: (below: number) => number, names: readonly string[]): string {
  const encode = (word: string): string => (chance(4) === 0 ? word : encodeURIComponent(word.toWellFormed()))
  return names
    .filter(() => chance(5) > 0)
    .map((name) => `${encode(chance(12) === 0 ? text(chance) : name)}=${encode(text(chance))}`)
    .join('&')
}

const CLIENT_FIELDS = [
  'name',
  'applicationType',
  'authenticationMethod',
  'environment',
  'redirectUris',
  'grantTypes',
  'scopes',
  'audiences',
  'homepage',
  'accountId',
]
const TOKEN_FIELDS = ['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret', 'refresh_token', 'scope', 'resource', 'token']
const AUTHORIZE_FIELDS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'response_mode',
  'request',
  'lw_proof_after',
]
const JSON_BODIES: Readonly<Record<string, readonly string[]>> = {
  '/v1/keys': ['accountId', 'kind', 'environment', 'name', 'scopes', 'notBefore', 'expiresAt'],
  '/v1/root-keys': ['name', 'scopes'],
  '/v1/accounts': ['name'],
  '/v1/clients': CLIENT_FIELDS,
  '/v1/verify': ['credential'],
  '/v1/sessions/sign-up': ['email', 'password', 'name'],
  '/v1/sessions/sign-in': ['email', 'password'],
}
const FORM_BODIES: Readonly<Record<string, readonly string[]>> = {
  '/token': TOKEN_FIELDS,
  '/introspect': ['token', 'token_type_hint', 'client_id', 'client_secret'],
  '/revoke': ['token', 'client_id', 'client_secret'],
  '/authorize': AUTHORIZE_FIELDS,
  '/login': ['form_token', 'email', 'password', 'continue'],
  '/signup': ['form_token', 'email', 'password', 'name', 'continue'],
  '/first-operator': ['form_token', 'link', 'email', 'password', 'name'],
  '/consent': ['form_token', 'request', 'decision', 'scope'],
  '/logout': ['form_token', 'request', 'id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'],
  '/device_authorization': ['client_id', 'client_secret', 'scope', 'resource'],
  '/device': ['form_token', 'user_code'],
  '/device/allow': ['form_token', 'user_code', 'decision', 'scope'],
  '/account/sessions/end-others': ['form_token'],
  '/account/sessions/end': ['form_token', 'session_id'],
  '/account/applications/end': ['form_token', 'consent_id'],
  '/operator/keys': ['form_token', 'name', 'kind', 'environment', 'scope', 'account_id'],
  '/operator/root-keys/revoke': ['form_token', 'key_id'],
}
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  '/v1/keys': ['after', 'limit', 'accountId', 'environment'],
  '/v1/clients': ['after', 'limit'],
  '/v1/events': [
    'after',
    'limit',
    'order',
    'type',
    'accountId',
    'userId',
    'clientId',
    'credentialId',
    'actorId',
    'reason',
    'reference',
    'since',
    'until',
    'format',
  ],
  '/v1/root-keys': ['after', 'limit', 'name', 'state', 'createdSince'],
  '/authorize': AUTHORIZE_FIELDS,
  '/login': ['continue', 'login_hint'],
  '/logout': ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'logout_hint'],
  '/device': ['user_code'],
  '/device/allow': ['user_code'],
  '/device/done': ['allowed'],
  '/first-operator': ['link'],
  '/userinfo': ['access_token'],
  '/errors': ['x'],
}

const oneOf = <T>(chance: (below: number) => number, table: Readonly<Record<string, T>>): readonly [string, T] => {
  const entries = Object.entries(table)
  return entries[chance(entries.length)] as [string, T]
}

const kinds: readonly Kind[] = [
  {
    name: 'JSON bodies',
    ask: (latchwork, chance) => {
      const [path, names] = oneOf(chance, JSON_BODIES)
      return latchwork.call('POST', path, { bearer: latchwork.rootKey, body: json(chance, names) })
    },
  },
  {
    name: 'forms',
    ask: (latchwork, chance) => {
      const [path, names] = oneOf(chance, FORM_BODIES)
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        cookie: `__Host-lw_browser=${'a'.repeat(22)}; __Host-lw_login=${text(chance).replace(/[^\x21-\x7e]/g, '')}`,
      }
      return latchwork.call('POST', path, { body: form(chance, names), headers })
    },
  },
  {
    name: 'queries',
    ask: (latchwork, chance) => {
      const [path, names] = oneOf(chance, QUERIES)
      const target = `${path}?${form(chance, names)}`.replace(/[^\x21-\x7e]/g, '').slice(0, 12_000)
      return sendRaw(latchwork, rawRequest(latchwork, `GET ${target} HTTP/1.1`, [`Authorization: Bearer ${latchwork.rootKey}`]))
    },
  },
  {
    name: 'addresses and methods',
    ask: (latchwork, chance) => {
      const bases = ['/v1/keys/', '/v1/clients/', '/v1/root-keys/', '/errors/', '/assets/', '/', '/v1/', '/.well-known/', '/health/']
      const path = (bases[chance(bases.length)] + text(chance)).replace(/[^\x21-\x7e]/g, '').slice(0, 12_000)
      const method = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'][chance(9)]
      return sendRaw(latchwork, rawRequest(latchwork, `${method} ${path} HTTP/1.1`, [`Authorization: Bearer ${latchwork.rootKey}`]))
    },
  },
  {
    name: 'headers and cookies',
    ask: (latchwork, chance) => {
      const names = [
        'Authorization',
        'X-API-Key',
        'Cookie',
        'Origin',
        'Sec-Fetch-Site',
        'Content-Type',
        'Accept',
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'User-Agent',
        'Last-Event-ID',
        'Accept-Version',
        'Expect',
        'Upgrade',
        'Range',
        'If-None-Match',
      ]
      const headers = Array.from({ length: chance(6) }, () => {
        const name = names[chance(names.length)]
        const schemes = ['', 'Bearer ', 'Basic ', 'DPoP ', '__Host-lw_login=', '__Host-lw_refresh=']
        return `${name}: ${schemes[chance(schemes.length)]}${text(chance).replace(/[^\x20-\xff]/g, '')}`
      })
      const paths = [
        'GET /v1/keys',
        'POST /v1/sessions/refresh',
        'POST /v1/sessions/sign-out',
        'GET /userinfo',
        'GET /account',
        'GET /',
        'POST /token',
        'POST /introspect',
        'GET /v1/events',
      ]
      return sendRaw(latchwork, rawRequest(latchwork, `${paths[chance(paths.length)]} HTTP/1.1`, headers))
    },
  },
]

describe('odd input, without end', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  for (const [index, kind] of kinds.entries()) {
    it(`R6: ${kind.name}: ${ROUNDS} times a typed answer, never a fault of ours, never a hang`, async (t) => {
      const latchwork = latchworkOf()
      const chance = chanceOf(20261124 + index)
      const counts = new Map<number, number>()
      for (let round = 0; round < ROUNDS; round++) {
        const answer = await kind.ask(latchwork, chance)
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
        assert.ok(answer.status >= 200 && answer.status < 500, `round ${round}: ${answer.status} ${JSON.stringify(answer.body)}\n${latchwork.log.at(-1)}`)
        // 417 is Node's own, for an Expect that nobody knows (RFC 9110 §15.5.18).
        if (answer.status >= 400 && answer.status !== 417 && answer.body !== '') {
          const { body } = answer
          const code = body.code ?? body.error ?? /error-code">([a-z_]+)</.exec(body)?.[1] ?? /class="problem|aria-invalid/.exec(body)?.[0]
          assert.ok(code, `round ${round}: an untyped ${answer.status}: ${JSON.stringify(body).slice(0, 500)}`)
        }
      }
      t.diagnostic(
        [...counts]
          .sort()
          .map(([status, count]) => `${status}: ${count}`)
          .join(', '),
      )
    })
  }

  it('R6: afterwards all works, nothing was logged as a fault of ours, and the refusals are written', async () => {
    const latchwork = latchworkOf()
    assert.equal((await latchwork.call('GET', '/health/ready')).status, 200)
    await signUp(latchwork, { email: 'afterwards@example.com', password: 'correct horse battery staple', name: 'A' })
    assert.deepEqual(
      latchwork.log.filter((line) => /"level":(50|60)/.test(line)),
      [],
    )
    assert.ok(await latchwork.server.installation.refusals.flush())
  })
})
