/** What OpenID Connect adds to authorization requests (Core §3.1.2.1, §5.5.1, §5.6): whom, how fresh, how strong, and what a wish may never break. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { allow, authorizationUrl, authorize, basic, person, redeem, signUp } from '../kit/authorize.ts'
import { joseNegatives } from '../kit/jose-negatives.ts'
import type { Latchwork } from '../kit/start-latchwork.ts'
import { CALLBACK, clientOf, startWith, tokensFor } from '../kit/token-clients.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const bob = { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' }

/** The parameters of the answer at the client; `page` where the person is shown something. */
async function answered(latchwork: Latchwork, browser: WebBrowser, parameters: Record<string, string | undefined>): Promise<Record<string, string>> {
  const page = await browser.get(authorizationUrl(latchwork, parameters).url)
  if (page.location === undefined) return { page: page.text }
  const url = new URL(page.location, latchwork.issuer)
  return url.origin === latchwork.issuer ? { way: url.pathname } : Object.fromEntries(url.searchParams)
}

async function agreed(latchwork: Latchwork, who = person): Promise<WebBrowser> {
  const browser = await signUp(latchwork, who)
  await allow(browser, authorizationUrl(latchwork).url)
  return browser
}

const acr = (...values: string[]): string => JSON.stringify({ id_token: { acr: { essential: true, values } } })

describe('GET /authorize, OpenID Connect', () => {
  it('O6: wishes about language and looks break nothing, whatever they are (Core §3.1.2.1)', async (t) => {
    const latchwork = await startWith(t)
    const browser = await agreed(latchwork)
    const wishes = { display: 'hologram', ui_locales: 'xx-YY tlh', claims_locales: '!!', login_hint: person.email, acr_values: 'urn:nobody 7', foo: 'bar' }
    const answer = await answered(latchwork, browser, wishes)
    assert.ok(answer['code'])
    assert.deepEqual([answer['state'], answer['iss']], ['the state', latchwork.issuer])
    assert.ok((await answered(latchwork, browser, { login_hint: 'x'.repeat(3000) }))['code'], 'a hint longer than any address')
  })

  it('O6: max_age of any number of digits is a bound, the greatest where it is greater (Core §3.1.2.1)', async (t) => {
    const latchwork = await startWith(t)
    const browser = await agreed(latchwork)
    for (const max_age of ['9999999999', '9'.repeat(400), '1'.padStart(20, '0'), `${2 ** 53}`]) {
      const { code } = await answered(latchwork, browser, { max_age, prompt: 'none' })
      assert.ok(code, max_age)
    }
    latchwork.advance(2000)
    assert.equal((await answered(latchwork, browser, { max_age: '1'.padStart(20, '0'), prompt: 'none' }))['error'], 'login_required')
  })

  it('O5 O6: a parameter sent twice, registration, request and request_uri are refused at the client, with state and iss', async (t) => {
    const latchwork = await startWith(t)
    const browser = await agreed(latchwork)
    const twice = ['display', 'ui_locales', 'claims_locales', 'acr_values', 'claims', 'id_token_hint', 'max_age', 'prompt', 'nonce', 'scope', 'response_type']
    for (const name of twice) {
      const url = `${authorizationUrl(latchwork, { [name]: undefined }).url}&${name}=1&${name}=1`
      const told = new URL((await browser.get(url)).location ?? assert.fail(name)).searchParams
      assert.deepEqual([told.get('error'), told.get('state'), told.get('iss')], ['invalid_request', 'the state', latchwork.issuer], name)
    }
    for (const [name, error] of [
      ['registration', 'registration_not_supported'],
      ['request', 'request_not_supported'],
      ['request_uri', 'request_uri_not_supported'],
    ] as const) {
      const told = await answered(latchwork, browser, { [name]: name === 'request_uri' ? 'https://x.example/r' : '{}' })
      assert.deepEqual([told['error'], told['state'], told['iss']], [error, 'the state', latchwork.issuer])
    }
  })

  it('O6: who sends a request object is told that none is taken where the object asks for the answer, and no more is read of it (Core §6.1)', async (t) => {
    const latchwork = await startWith(t)
    const browser = await agreed(latchwork)
    const object = (claims: unknown): string => `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
    const asked = (claims: unknown, change = {}): string =>
      authorizationUrl(latchwork, { state: undefined, nonce: undefined, request: object(claims), ...change }).url
    const wish = { state: 'of the object', response_mode: 'form_post', redirect_uri: 'https://evil.test/', response_type: 'code' }

    const posted = await browser.get(asked(wish))
    assert.equal(posted.status, 200, posted.text)
    assert.match(posted.text, new RegExp(`<form method="post" action="${CALLBACK}"`))
    assert.match(posted.text, /name="error" value="request_not_supported"/)
    assert.match(posted.text, /name="state" value="of the object"/)

    const told = async (url: string): Promise<URLSearchParams> => new URL((await browser.get(url)).location ?? assert.fail(url)).searchParams
    const parameters = await told(asked(wish, { state: 'of the parameters', response_mode: 'query' }))
    assert.deepEqual([parameters.get('error'), parameters.get('state')], ['request_not_supported', 'of the parameters'])
    for (const claims of [
      {},
      null,
      [],
      'form_post',
      { state: 7, response_mode: ['form_post'] },
      { state: 'x'.repeat(4097) },
      { response_mode: 'web_message' },
    ]) {
      const answer = await told(asked(claims))
      assert.deepEqual([answer.get('error'), answer.has('state')], ['request_not_supported', false], JSON.stringify(claims).slice(0, 80))
    }
    for (const request of ['.', '..', 'x', 'a.b.c', `.${Buffer.from('{"state":"a","state":"b"}').toString('base64url')}.`])
      assert.equal((await told(asked({}, { request }))).has('state'), false, request)
  })

  it('O5: a client that is held to it must send state', async (t) => {
    const latchwork = await startWith(t, [clientOf('app', { requireState: true })])
    const browser = await agreed(latchwork)
    assert.equal((await answered(latchwork, browser, { state: undefined }))['error'], 'invalid_request')
    assert.ok((await answered(latchwork, browser, {}))['code'])
  })

  it('R6: claims that are not what Core §5.5 says are refused, unknown ones are passed over', async (t) => {
    const latchwork = await startWith(t)
    const browser = await agreed(latchwork)
    const bad = ['x', '[]', 'null', '"x"', '{"userinfo":[]}', '{"id_token":7}', '{"id_token":{"acr":true}}', '{"userinfo":{"name":{"essential":1}}}']
    const worse = [
      '{"userinfo":{"name":{"values":"x"}}}',
      '{"userinfo":{},"userinfo":{}}',
      `{"a":${'['.repeat(40)}${']'.repeat(40)}}`,
      `{"a":"${'x'.repeat(4100)}"}`,
    ]
    for (const claims of [...bad, ...worse]) {
      const told = await answered(latchwork, browser, { claims })
      assert.deepEqual([told['error'], told['state']], ['invalid_request', 'the state'], claims.slice(0, 80))
    }
    for (const claims of [
      '{}',
      '{"x":7}',
      '{"userinfo":null}',
      '{"userinfo":{"toString":null,"constructor":{"essential":true}}}',
      '{"id_token":{"hasOwnProperty":null}}',
    ])
      assert.equal((await answered(latchwork, browser, { claims }))['error'], claims === '{"userinfo":null}' ? undefined : undefined, claims)
  })

  it('O6: id_token_hint names the one person it is about, however old; another is asked to sign in, or the client is told (Core §3.1.2.1, §3.1.2.2)', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('pair', { subjectType: 'pairwise' }), clientOf('es', { idTokenSigningAlg: 'Ed25519' })])
    const browser = await agreed(latchwork)
    const other = await agreed(latchwork, bob)
    for (const client of ['app', 'pair', 'es']) {
      const parameters = { client_id: client, redirect_uri: CALLBACK, scope: 'openid' }
      const { body } = await tokensFor(latchwork, client, parameters, browser)
      await tokensFor(latchwork, client, parameters, other)
      latchwork.advance(3 * 3_600_000)
      const asked = { ...parameters, id_token_hint: body.id_token }
      assert.ok((await answered(latchwork, browser, { ...asked, prompt: 'none' }))['code'], 'expired, and good')
      assert.equal((await answered(latchwork, other, { ...asked, prompt: 'none' }))['error'], 'login_required')
      assert.equal((await answered(latchwork, other, asked))['way'], '/login')
      const sub = decodeJwt(body.id_token).sub ?? ''
      const named = { ...parameters, prompt: 'none', claims: JSON.stringify({ id_token: { sub: { value: sub } } }) }
      assert.ok((await answered(latchwork, browser, named))['code'])
      assert.equal((await answered(latchwork, other, named))['error'], 'login_required', 'sub with a value, Core §5.5.1')
    }
  })

  it('O6: whoever signs in as another than the hint names is not asked for ever: the client is told', async (t) => {
    const latchwork = await startWith(t)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid' })
    const other = await agreed(latchwork, bob)
    const page = await other.open(authorizationUrl(latchwork, { id_token_hint: body.id_token }).url)
    const end = await other.submit(page, 'login-submit', { 'login-identifier': bob.email, 'login-password': bob.password })
    const told = new URL(end.location ?? assert.fail(end.text)).searchParams
    assert.deepEqual([told.get('error'), told.get('state'), told.get('iss')], ['login_required', 'the state', latchwork.issuer])
  })

  it('J3 O6: what this server did not sign as an ID token for this client is no hint, in every forgery of the matrix', async (t) => {
    const latchwork = await startWith(t, [clientOf('app'), clientOf('es', { idTokenSigningAlg: 'ES256' })])
    const browser = await agreed(latchwork)
    const { body } = await tokensFor(latchwork, 'es', { scope: 'openid files:read' }, browser)
    const { alg: _alg, ...header } = decodeProtectedHeader(body.id_token)
    const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const good = { header: { ...header, alg: 'ES256' as const }, claims: () => decodeJwt(body.id_token), privateKey, trapUrl: `${latchwork.issuer}/trap` }
    const [first, second, third] = body.id_token.split('.')
    const forged = {
      ...joseNegatives(good),
      'an access token': body.access_token,
      ...Object.fromEntries(
        await Promise.all(
          ['logout+jwt', 'token-introspection+jwt', 'at+jwt', 'session+jwt'].map(async (type) => {
            const token = await latchwork.server.installation.keyRing.sign('ES256', type, decodeJwt(body.id_token))
            return [`ours, for this client, as ${type}`, token] as const
          }),
        ),
      ),
      'our UserInfo, signed for this client': await latchwork.server.installation.keyRing.sign('ES256', 'JWT', {
        iss: latchwork.issuer,
        aud: 'es',
        sub: decodeJwt(body.id_token).sub,
      }),
      'for another client': (await tokensFor(latchwork, 'app', { scope: 'openid' }, browser)).body.id_token,
      'the signature cut': `${first}.${second}.${third.slice(0, -4)}`,
      padding: `${body.id_token}=`,
    }
    for (const [title, hint] of Object.entries(forged)) {
      if (hint === '' || hint.length > 6000) continue // not sent at all, or refused for its length alone
      const told = await answered(latchwork, browser, { client_id: 'es', scope: 'openid files:read', id_token_hint: hint, prompt: 'none' })
      assert.deepEqual([told['error'], told['code']], ['invalid_request', undefined], title)
    }
    assert.equal(latchwork.log.filter((line) => line.includes('/trap')).length, 0, 'nothing was fetched')
    assert.ok((await answered(latchwork, browser, { client_id: 'es', scope: 'openid files:read', id_token_hint: body.id_token, prompt: 'none' }))['code'])
  })

  it('O6: default_max_age holds where the request says nothing, and the request where it does (Registration §2)', async (t) => {
    const latchwork = await startWith(t, [clientOf('app', { defaultMaxAgeSeconds: 300, requireAuthTime: true })])
    const browser = await agreed(latchwork)
    latchwork.advance(301_000)
    assert.equal((await answered(latchwork, browser, { prompt: 'none' }))['error'], 'login_required')
    assert.equal((await answered(latchwork, browser, {}))['way'], '/login')
    assert.ok((await answered(latchwork, browser, { prompt: 'none', max_age: '400' }))['code'])
    const { body } = await redeem(latchwork, await authorize(latchwork, { max_age: '1000' }, browser), {}, basic('app'))
    assert.equal(typeof decodeJwt(body.id_token)['auth_time'], 'number')
  })

  it('O6: an acr that is only wished for never fails; one that is essential and cannot be reached does, before anybody is asked (Core §5.5.1.1)', async (t) => {
    const latchwork = await startWith(t, [clientOf('app', { defaultAcrValues: ['urn:nobody'] })])
    const { body: metadata } = await latchwork.call('GET', '/.well-known/openid-configuration')
    assert.deepEqual(metadata.acr_values_supported, ['urn:latchwork:acr:one-factor'])
    const browser = await agreed(latchwork)
    for (const parameters of [
      {},
      { acr_values: 'urn:latchwork:acr:multi-factor' },
      { claims: acr('urn:latchwork:acr:multi-factor', 'urn:latchwork:acr:one-factor') },
    ]) {
      const { body } = await redeem(latchwork, await authorize(latchwork, parameters, browser))
      assert.equal(decodeJwt(body.id_token)['acr'], 'urn:latchwork:acr:one-factor', 'never more than is true')
    }
    for (const values of [['urn:latchwork:acr:multi-factor'], ['0'], [], [7 as unknown as string]]) {
      const told = await answered(latchwork, browser, { claims: acr(...values) })
      if (values.length === 0) assert.ok(told['code'], 'any will do')
      else assert.deepEqual([told['error'], told['state'], told['iss']], ['unmet_authentication_requirements', 'the state', latchwork.issuer])
    }
    const nobody = await answered(latchwork, await signUp(latchwork, bob), { claims: acr('urn:nobody'), prompt: 'none' })
    assert.equal(nobody['error'], 'unmet_authentication_requirements')
  })
})
