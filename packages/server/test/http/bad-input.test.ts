import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { describe, it } from 'node:test'
import { basic } from '../kit/authorize.ts'
import { password } from '../kit/front-end.ts'
import { isProblem, rawRequest, sendRaw } from '../kit/raw-http.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const SECURITY_HEADERS = ['x-content-type-options', 'referrer-policy', 'x-frame-options', 'cache-control'] as const

function isGuarded({ headers }: Answer, what: string): void {
  for (const name of SECURITY_HEADERS) assert.ok(headers.has(name), `${what}: ${name}`)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  for (const name of ['x-powered-by', 'server']) assert.equal(headers.has(name), false)
}

/** One endpoint of each kind: management JSON, session JSON, OAuth form, page form. */
const endpoints = {
  management: '/v1/keys',
  session: '/v1/sessions/sign-in',
  oauth: '/token',
  page: '/login',
} as const

describe('what is not a request', () => {
  const latchworkOf = shared((t) => startLatchwork(t))
  const json = (path: string, body: string | Buffer, type = 'application/json'): Promise<Answer> =>
    latchworkOf().call('POST', path, { bearer: latchworkOf().rootKey, body: body as string, headers: { 'content-type': type } })

  it('R6: JSON that is none, is ambiguous, too deep, too large or not UTF-8: 400 or 413, a problem whose type opens and whose reference is in the log', async () => {
    const latchwork = latchworkOf()
    const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const broken = [
      '',
      ' ',
      '{',
      '{"name":}',
      "{'name':'x'}",
      '{"name":"x",}',
      'NaN',
      'undefined',
      '\ufeff{"name":"x"}',
      '{"name":"x"} {"name":"y"}',
      '{"name":"x","name":"y"}',
      '{"name":"x","n\\u0061me":"y"}',
      '{"name":"x","scopes":[{"a":1,"a":2}]}',
      '{"__proto__":{"isAdmin":true},"name":"x"}',
      '{"name":"\\u0000"}',
      '{"name":"\\ud800"}',
      '{"\\udfff":1}',
      `{"a":${deep(20)}}`,
      deep(30_000),
      `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
    ]
    for (const path of [endpoints.management, endpoints.session])
      for (const text of broken) {
        const answer = await json(path, text)
        await isProblem(latchwork, answer, 400, 'request_malformed')
        isGuarded(answer, text.slice(0, 20))
        assert.ok(
          latchwork.log.some((line) => line.includes(answer.body.reference)),
          'the reference leads to the log',
        )
      }
    await isProblem(latchwork, await json(endpoints.management, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400, 'request_malformed')
    await isProblem(latchwork, await json(endpoints.management, JSON.stringify({ name: 'x'.repeat(70_000) })), 413, 'body_too_large')
  })

  it('R6: nothing, said to be JSON, is no body: as good as none where none is read, refused where one is needed', async () => {
    const latchwork = latchworkOf()
    const { rootKey } = latchwork
    const nothing = (line: string, length = 'Content-Length: 0', end = '') =>
      sendRaw(latchwork, rawRequest(latchwork, `${line} HTTP/1.1`, [`Authorization: Bearer ${rootKey}`, 'Content-Type: application/json', length], end))
    const made = await latchwork.call('POST', '/v1/clients', { bearer: rootKey, body: { name: 'x', redirectUris: ['https://a.test/'] } })
    assert.equal((await nothing(`DELETE /v1/clients/${made.body.client.id}`)).status, 204)
    refuses(await nothing('POST /userinfo'), 401, 'invalid_token')
    refuses(await nothing('POST /userinfo', 'Transfer-Encoding: chunked', '0\r\n\r\n'), 401, 'invalid_token')
    for (const path of [endpoints.management, endpoints.session, '/v1/verify'])
      await isProblem(latchwork, await nothing(`POST ${path}`), 400, 'request_malformed')
    refuses(await nothing(`POST ${endpoints.oauth}`), 415, 'invalid_request')
    assert.equal((await nothing(`POST ${endpoints.page}`)).status, 415)
  })

  it('R6: a body that is absent, or too large for the endpoint, is refused with what to send', async () => {
    const latchwork = latchworkOf()
    refuses(await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey }), 400, 'request_malformed', /Send a JSON object as body/)
    for (const [path, most] of [
      ['/v1/keys', 65_536],
      ['/v1/keys/import', 1_048_576],
    ] as const)
      refuses(await json(path, ' '.repeat(most + 1)), 413, 'body_too_large', new RegExp(`at most ${most} bytes`))
  })

  it('K6: a call that has only things to choose means the defaults where nothing is sent; what is sent without a type is refused, not ignored', async () => {
    const latchwork = latchworkOf()
    const { rootKey: bearer } = latchwork
    const { key } = (await latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', name: 'x', kind: 'rk' } })).body
    const send = (type: string, body: string) =>
      sendRaw(
        latchwork,
        rawRequest(latchwork, `POST /v1/keys/${key.id}/roll HTTP/1.1`, [`Authorization: Bearer ${bearer}`, type, `Content-Length: ${body.length}`], body),
      )
    assert.equal((await send('X-Type: none', '{"overlapSeconds":0}')).status, 415)
    const { status, body } = await latchwork.call('POST', `/v1/keys/${key.id}/roll`, { bearer })
    assert.equal(status, 201)
    assert.equal(Date.parse(body.replaced.expiresAt) - Date.parse(body.key.createdAt), 24 * 3_600_000)
    const said = await latchwork.call('POST', `/v1/keys/${body.key.id}/end`, { bearer })
    assert.equal(said.status, 200)
  })

  it('R6: members that are unknown, missing or of another type are named by place and never by value', async () => {
    const latchwork = latchworkOf()
    const marked = 'MARKED-VALUE-9137'
    const bodies: unknown[] = [
      {},
      [],
      null,
      'text',
      5,
      true,
      { email: marked },
      { email: 5, password },
      { email: null, password },
      { email: ['a@example.com'], password },
      { email: { a: marked }, password },
      { email: marked, password, [marked]: marked },
      { email: 'a@example.com', password: marked.repeat(100) },
      { email: marked.repeat(100), password },
      { email: 'a@example.com', password, remember: true },
    ]
    for (const body of bodies) {
      const answer = await latchwork.call('POST', endpoints.session, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
      refuses(answer, 400, 'request_malformed', /^body/)
      assert.ok(!JSON.stringify(answer.body).includes(marked), JSON.stringify(answer.body))
    }
    assert.ok(!latchwork.log.join('').includes(marked))
  })

  it('R6: a media type that the endpoint does not read: 415', async () => {
    const latchwork = latchworkOf()
    const body = JSON.stringify({ email: 'a@example.com', password })
    for (const type of ['text/plain', 'text/html', 'application/xml', 'multipart/form-data; boundary=x', 'x', 'application/jsonx']) {
      for (const path of [endpoints.management, endpoints.session]) await isProblem(latchwork, await json(path, body, type), 415, 'media_type_unsupported')
      const oauth = await json(endpoints.oauth, 'grant_type=x', type)
      refuses(oauth, 415, 'invalid_request')
      const page = await json(endpoints.page, 'a=b', type)
      assert.equal(page.status, 415)
      assert.match(page.body, /<code id="error-code">media_type_unsupported<\/code>/)
    }
    refuses(await json(endpoints.management, '{}', 'application/json;charset=UTF-8'), 400, 'request_malformed', /^body/)
    for (const path of [endpoints.management, endpoints.session]) {
      const form = await latchwork.form(path, { a: 'b' }, { authorization: `Bearer ${latchwork.rootKey}` })
      await isProblem(latchwork, form, 415, 'media_type_unsupported')
    }
    refuses(await json(endpoints.oauth, '{"grant_type":"client_credentials"}'), 415, 'invalid_request')
    assert.equal((await json(endpoints.page, '{}')).status, 415)
  })

  it('R6: JSON that is sent as a form, as curl does unless told, is refused with 415 and does not count as an empty body', async () => {
    const latchwork = latchworkOf()
    const bearer = latchwork.rootKey
    const account = await latchwork.call('POST', '/v1/accounts', { bearer, body: { name: 'Acme' } })
    const made = await latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: account.body.id, name: 'rolled', kind: 'rk' } })
    const at = `/v1/keys/${made.body.key.id}`
    for (const [method, path, body] of [
      ['POST', `${at}/roll`, '{"overlapSeconds":0}'],
      ['POST', `${at}/roll`, 'overlapSeconds=0'],
      ['PATCH', at, '{"networks":["192.0.2.0/24"]}'],
    ] as const) {
      const answer = await latchwork.call(method, path, { bearer, body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
      refuses(answer, 415, 'media_type_unsupported', /Content-Type: application\/json/)
    }
    const { body: key } = await latchwork.call('GET', at, { bearer })
    assert.equal(key.replacedBy, undefined)
    assert.deepEqual(key.networks, [])
  })

  it('R6: a request that is not whole after half a minute is given up, head or body: Node would double that for a body where a head may take longer', async (t) => {
    const servers = new Set<Server>()
    const see = (message: unknown): void => void servers.add((message as { readonly server: Server }).server)
    subscribe('http.server.request.start', see)
    t.after(() => unsubscribe('http.server.request.start', see))
    assert.equal((await latchworkOf().call('GET', '/health/live')).status, 200)
    assert.deepEqual(
      [...servers].map(({ headersTimeout, requestTimeout }) => [headersTimeout, requestTimeout]),
      [[30_000, 30_000]],
    )
  })

  it('V3: a word that is not among those a member takes is answered with those it takes', async () => {
    const latchwork = latchworkOf()
    const bearer = latchwork.rootKey
    const kind = await latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_demo', name: 'x', kind: 'secret' } })
    refuses(kind, 400, 'request_malformed', /^body\/kind must be "sk" or "rk" or "pk" or "pat"\.$/)
    const algorithm = await latchwork.call('POST', '/v1/signing-keys/rotate', { bearer, body: { algorithm: 'RS512' } })
    refuses(algorithm, 400, 'request_malformed', /^body\/algorithm must be "ES256" or /)
    refuses(await latchwork.call('GET', '/v1/keys?limit=0', { bearer }), 400, 'request_malformed', /^query\/limit /)
  })

  it('R6: forms with broken percent-encoding, bad UTF-8, null characters or too many fields', async () => {
    const latchwork = latchworkOf()
    const type = 'application/x-www-form-urlencoded'
    const forms = [
      'a=%',
      'a=%zz',
      '%=a',
      'a=%f',
      'a=%ff%fe',
      'a=%00',
      'a=\0',
      '%00=a',
      Array.from({ length: 200 }, (_, n) => `p${n}=1`).join('&'),
      'a=%ED%A0%80',
    ]
    for (const text of forms) {
      refuses(await json(endpoints.oauth, text, type), 400, 'invalid_request')
      const page = await json(endpoints.page, text, type)
      assert.equal(page.status, 400, `${text.slice(0, 30)}: ${page.status}`)
      assert.match(page.body, /<code id="error-code">request_malformed<\/code>/)
      isGuarded(page, text)
    }
    refuses(await json(endpoints.oauth, `a=${'x'.repeat(70_000)}`, type), 413, 'invalid_request')
    assert.equal((await json(endpoints.page, `a=${'x'.repeat(70_000)}`, type)).status, 413)
    refuses(
      await latchwork.form(
        '/token',
        new URLSearchParams([
          ['grant_type', 'client_credentials'],
          ['grant_type', 'client_credentials'],
        ]),
        basic('machine'),
      ),
      400,
      'invalid_request',
    )
  })

  it('R6: addresses with broken percent-encoding, null characters, dots, doubled slashes or great length: a typed 4xx in our own form', async () => {
    const latchwork = latchworkOf()
    const { rootKey } = latchwork
    const cases: readonly [string, number][] = [
      ['/%', 400],
      ['/v1/keys/%', 400],
      ['/v1/keys/%zz', 400],
      ['/v1/keys/%ff', 400],
      ['/v1/keys/%c0%ae', 400],
      ['/v1/keys?limit=%', 400],
      ['/v1/keys?limit=%zz', 400],
      ['/login?continue=%', 400],
      ['/v1/keys/%00', 400],
      ['/v1/keys?accountId=%00', 400],
      ['/errors/%00', 404],
      ['/errors/__proto__', 404],
      ['/errors/constructor', 404],
      ['/v1//keys', 404],
      ['//v1/keys', 404],
      ['/v1/keys/', 404],
      ['/V1/KEYS', 404],
      ['/v1/keys/../keys', 404],
      ['/v1/keys/%2e%2e/root-keys', 404],
      ['/health/../v1/keys', 404],
      ['/v1/keys;x=1', 404],
      [`/v1/keys/${'a'.repeat(65)}`, 400],
      [`/v1/keys/${'a'.repeat(500)}`, 404],
      [`/${'a/'.repeat(2000)}`, 404],
      [`/v1/keys?accountId=${'a'.repeat(8000)}`, 400],
    ]
    for (const [path, status] of cases) {
      const answer = await sendRaw(latchwork, rawRequest(latchwork, `GET ${path} HTTP/1.1`, [`Authorization: Bearer ${rootKey}`]))
      assert.equal(answer.status, status, `${path.slice(0, 60)}: ${answer.status} ${JSON.stringify(answer.body)}`)
      isGuarded(answer, path)
      if (status >= 400 && !path.startsWith('/login') && !path.startsWith('/errors')) await isProblem(latchwork, answer, status, answer.body.code)
    }
  })

  it('R6: what is no HTTP, headers too large, lengths that lie: an answer in our own form, or a closed connection, and the server lives', async () => {
    const latchwork = latchworkOf()
    const unreadable: readonly [string | Buffer, number, string][] = [
      ['GARBAGE\r\n\r\n', 400, 'request_malformed'],
      ['GET / HTTP/9.9\r\n\r\n', 400, 'request_malformed'],
      [Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x0d, 0x0a, 0x0d, 0x0a]), 400, 'request_malformed'],
      [rawRequest(latchwork, 'GET / HTTP/1.1', ['Bad Header: x']), 400, 'request_malformed'],
      [rawRequest(latchwork, 'GET / HTTP/1.1', ['X: a\0b']), 400, 'request_malformed'],
      [rawRequest(latchwork, 'POST /token HTTP/1.1', ['Content-Length: x'], 'a'), 400, 'request_malformed'],
      [rawRequest(latchwork, 'POST /token HTTP/1.1', ['Content-Length: 1', 'Content-Length: 2'], 'ab'), 400, 'request_malformed'],
      [rawRequest(latchwork, 'POST /token HTTP/1.1', ['Content-Length: 1', 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400, 'request_malformed'],
      [rawRequest(latchwork, 'POST /token HTTP/1.1', ['Transfer-Encoding: chunked'], 'zz\r\n'), 400, 'request_malformed'],
      [rawRequest(latchwork, 'GET / HTTP/1.1', [`X: ${'a'.repeat(20_000)}`]), 431, 'headers_too_large'],
      [rawRequest(latchwork, 'GET / HTTP/1.1', [`Cookie: ${'a=b; '.repeat(5000)}`]), 431, 'headers_too_large'],
      [rawRequest(latchwork, `GET /${'a'.repeat(20_000)} HTTP/1.1`), 431, 'headers_too_large'],
    ]
    for (const [bytes, status, code] of unreadable) {
      const answer = await sendRaw(latchwork, bytes)
      await isProblem(latchwork, answer, status, code)
      isGuarded(answer, String(bytes).slice(0, 30))
      assert.equal(answer.headers.get('connection'), 'close')
    }
    assert.equal((await sendRaw(latchwork, 'GET / HTTP/1.1\r\n\r\n')).status, 400, 'RFC 9112 §3.2: Host is missing')
    assert.equal((await latchwork.call('GET', '/health/ready')).status, 200)
  })

  it('K13 V1: one credential: a header twice, or two carriers: 400', async () => {
    const latchwork = latchworkOf()
    const bearer = `Authorization: Bearer ${latchwork.rootKey}`
    for (const headers of [
      [bearer, bearer],
      [bearer, `X-API-Key: ${latchwork.rootKey}`],
      [`X-API-Key: ${latchwork.rootKey}`, `X-API-Key: ${latchwork.rootKey}`],
    ])
      await isProblem(latchwork, await sendRaw(latchwork, rawRequest(latchwork, 'GET /v1/keys HTTP/1.1', headers)), 400, 'credential_ambiguous')
    for (const value of [
      '',
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'bearer\t',
      'Bearer é',
      `Bearer ${'a'.repeat(9000)}`,
      'Negotiate x',
      '\u0001',
      'Bearer Bearer x',
      ', ,',
    ])
      assert.equal(
        (await sendRaw(latchwork, rawRequest(latchwork, 'GET /v1/keys HTTP/1.1', [`Authorization: ${value}`]))).status,
        value.includes('\u0001') ? 400 : 401,
        value.slice(0, 20),
      )
  })

  it('R6: 404 for what is not there, 405 with Allow for what is there otherwise, with an id or without', async () => {
    const latchwork = latchworkOf()
    const wrong: readonly [string, string, string][] = [
      ['PUT', '/v1/keys', 'GET, HEAD, POST'],
      ['PUT', '/v1/keys/key_1', 'DELETE, GET, HEAD, PATCH'],
      ['POST', '/v1/keys/key_1', 'DELETE, GET, HEAD, PATCH'],
      ['OPTIONS', '/v1/root-keys', 'GET, HEAD, POST'],
      ['GET', '/v1/verify', 'POST'],
      ['HEAD', '/v1/revocations', 'GET'],
      ['DELETE', '/login', 'GET, HEAD, POST'],
      ['POST', '/jwks', 'GET, HEAD, OPTIONS'],
      ['POST', '/errors/not_found', 'GET, HEAD'],
      ['GET', '/v1/sessions/refresh', 'POST'],
    ]
    for (const [method, path, allow] of wrong) {
      const answer = await latchwork.call(method, path)
      assert.equal(answer.status, 405, `${method} ${path}`)
      assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
      assert.equal(answer.headers.get('www-authenticate'), null, 'no credential would mend it')
      if (method !== 'HEAD') await isProblem(latchwork, answer, 405, 'method_not_allowed')
      isGuarded(answer, path)
    }
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) await isProblem(latchwork, await latchwork.call(method, '/v1/nothing'), 404, 'not_found')
    const page = await latchwork.call('GET', '/nothing', { headers: { accept: 'text/html' } })
    assert.equal(page.status, 404)
    assert.match(page.body, /<code id="error-code">not_found<\/code>/)
    assert.equal((await sendRaw(latchwork, rawRequest(latchwork, 'TRACE / HTTP/1.1'))).status, 405)
    assert.equal((await sendRaw(latchwork, rawRequest(latchwork, 'BREW / HTTP/1.1'))).status, 400)
  })

  it('E7: HEAD answers as GET does, without the body', async () => {
    const latchwork = latchworkOf()
    for (const path of ['/', '/login', '/jwks', '/openapi.json', '/health/live', '/.well-known/openid-configuration', '/errors']) {
      const [head, get] = [await latchwork.call('HEAD', path).catch(() => undefined), await latchwork.call('GET', path)]
      const raw = head ?? (await sendRaw(latchwork, rawRequest(latchwork, `HEAD ${path} HTTP/1.1`)))
      assert.equal(raw.status, get.status)
      assert.equal(raw.headers.get('content-type'), get.headers.get('content-type'))
    }
  })
})

describe('what is kept of an answer', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('13.3 E7: no-store wherever a credential goes in or out, and on every refusal; only what is public may be kept', async () => {
    const latchwork = latchworkOf()
    const { rootKey: bearer } = latchwork
    const answers: readonly (readonly [string, Answer])[] = [
      ['sign-in refused', await latchwork.call('POST', '/v1/sessions/sign-in', { body: { email: 'a@example.com', password } })],
      ['sign-up', await latchwork.call('POST', '/v1/sessions/sign-up', { body: { email: 'a@example.com', password } })],
      ['sign-in', await latchwork.call('POST', '/v1/sessions/sign-in', { body: { email: 'a@example.com', password } })],
      ['refresh', await latchwork.call('POST', '/v1/sessions/refresh')],
      ['sign-out', await latchwork.call('POST', '/v1/sessions/sign-out')],
      ['keys', await latchwork.call('GET', '/v1/keys', { bearer })],
      ['a key', await latchwork.call('POST', '/v1/keys', { bearer, body: { accountId: 'acc_test', name: 'x' } })],
      [
        'a client',
        await latchwork.call('POST', '/v1/clients', {
          bearer,
          body: { name: 'x', grantTypes: ['client_credentials'], audiences: ['https://api.example.test'] },
        }),
      ],
      ['verify', await latchwork.call('POST', '/v1/verify', { bearer, body: { credential: bearer } })],
      ['events', await latchwork.call('GET', '/v1/events', { bearer })],
      ['token', await latchwork.form('/token', {})],
      ['introspect', await latchwork.form('/introspect', { token: 'x' }, { authorization: `Bearer ${bearer}` })],
      ['revoke', await latchwork.form('/revoke', { token: 'x' })],
      ['userinfo', await latchwork.call('GET', '/userinfo', { bearer })],
      ['authorize', await latchwork.call('GET', '/authorize')],
      ['sign-in page', await latchwork.call('GET', '/login')],
      [
        'first operator',
        await latchwork.call('GET', new URL(latchwork.server.operatorLink ?? '').pathname + new URL(latchwork.server.operatorLink ?? '').search),
      ],
      ['nothing', await latchwork.call('GET', '/nothing')],
    ]
    for (const [what, answer] of answers) {
      assert.equal(answer.headers.get('cache-control'), 'no-store', what)
      isGuarded(answer, what)
      assert.equal(answer.headers.has('etag'), false)
    }
    for (const path of ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])
      assert.match((await latchwork.call('GET', path)).headers.get('cache-control') ?? '', /^public, max-age=\d+$/)
  })

  it('E7: pages carry a policy without inline script, and may not be framed', async () => {
    const latchwork = latchworkOf()
    for (const path of ['/', '/login', '/signup', '/logout', '/errors', '/nothing']) {
      const { headers } = await latchwork.call('GET', path, { headers: { accept: 'text/html' } })
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/, path)
      assert.match(policy, /frame-ancestors 'none'/, path)
      assert.doesNotMatch(policy, /unsafe|\*/, path)
    }
  })
})
