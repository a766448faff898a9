/** Methods that an endpoint does not take, and those that must not act: how each address answers them. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { authorizationUrl, authorize, redeem, signUp } from '../kit/authorize.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const start = (t: TestContext) => startLatchwork(t, { config: { registration: { mode: 'open', perAddressPerHour: 100 } } })

describe('methods that an OAuth endpoint does not take', () => {
  const endpoints = [
    ['/token', 'OPTIONS, POST', '*'],
    ['/revoke', 'OPTIONS, POST', '*'],
    ['/device_authorization', 'OPTIONS, POST', '*'],
    ['/introspect', 'POST', null],
    ['/register', 'OPTIONS, POST', '*'],
    ['/register/cli_x', 'DELETE, GET, HEAD, OPTIONS, PUT', '*'],
    ['/userinfo', 'GET, HEAD, OPTIONS, POST', '*'],
  ] as const

  it('O14 V3: are refused as OAuth has it: error, Allow, the headers for browsers, and no challenge (RFC 6749 §5.2, RFC 9110 §15.5.6)', async (t) => {
    const latchwork = await start(t)
    for (const [path, allow, origin] of endpoints) {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST'].filter((one) => !allow.includes(one))) {
        for (const headers of [{}, html]) {
          const answer = await latchwork.call(method, path, { headers, ...(method === 'GET' ? {} : { body: {} }) })
          refuses(answer, 405, 'invalid_request')
          const fields = ['allow', 'access-control-allow-origin', 'www-authenticate', 'content-type'].map((name) => answer.headers.get(name))
          assert.deepEqual(fields, [allow, origin, null, 'application/json; charset=utf-8'], `${method} ${path}`)
          assert.equal(answer.body.error_uri, `${latchwork.issuer}/errors/method_not_allowed`)
        }
      }
    }
  })

  it('O14: what lies beside them, and what they cannot read, is told likewise', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const path of ['/token/x', '/register', `/register/${'x'.repeat(300)}`]) {
      const answer = await latchwork.call('GET', path)
      refuses(answer, 404, 'invalid_request')
      assert.deepEqual([answer.headers.get('www-authenticate'), answer.headers.get('access-control-allow-origin')], [null, '*'], path)
    }
    const text = await latchwork.call('PUT', '/token', { body: 'x', headers: { 'content-type': 'text/plain' } })
    assert.deepEqual([text.status, text.body.error], [405, 'invalid_request'])
    assert.equal((await latchwork.call('GET', '/nothing')).body.code, 'not_found')
  })

  it('O14: OPTIONS names the methods that are there (RFC 9110 §9.3.7)', async (t) => {
    const latchwork = await start(t)
    const more = [['/jwks', 'GET, HEAD, OPTIONS', '*'] as const, ['/.well-known/openid-configuration', 'GET, HEAD, OPTIONS', '*'] as const]
    for (const [path, allow] of [...endpoints, ...more]) {
      const { status, headers } = await latchwork.call('OPTIONS', path)
      const isThere = allow.includes('OPTIONS')
      assert.deepEqual([status, headers.get('allow')], [isThere ? 204 : 405, allow], path)
      assert.equal(headers.get('access-control-allow-methods'), isThere ? allow : null, path)
    }
  })
})

describe('HEAD', () => {
  it('O16 O4: does not act: nobody is signed out and no code is issued (RFC 9110 §9.2.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const tokens = await redeem(latchwork, await authorize(latchwork, {}, browser))
    const leave = `/logout?${new URLSearchParams({ id_token_hint: tokens.body.id_token })}`
    const { pathname, search } = new URL(authorizationUrl(latchwork).url)
    const events = async () => (await latchwork.call('GET', '/v1/events?limit=100', { bearer: latchwork.rootKey })).body.items.length
    const head = (path: string) => browser.send(`${latchwork.issuer}${path}`, { method: 'HEAD' })
    const before = await events()
    for (const path of [leave, `${pathname}${search}`]) {
      const { status, headers } = await head(path)
      assert.deepEqual([status, headers.get('allow'), headers.get('location')], [405, 'GET, POST', null], path)
    }
    assert.ok((await events()) - before <= 2, 'the two refusals at most')
    assert.equal((await head('/account')).status, 200, 'still signed in')
    assert.equal((await browser.open(`${latchwork.issuer}${leave}`)).status, 200)
    assert.equal((await head('/account')).status, 303, 'GET does act')
  })

  it('E7: of a page that is for who is signed in answers as GET does: the way to sign-in', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const path of ['/device?user_code=X', '/account', '/account/applications', '/account/tokens']) {
      const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => latchwork.call(method, path)))
      assert.deepEqual([head?.status, head?.headers.get('location')], [303, get?.headers.get('location')], path)
    }
  })
})

describe('methods that a page does not take', () => {
  it('E7: a browser is shown a page, a program gets JSON', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const [method, path] of [
      ['GET', '/consent'],
      ['GET', '/account/sessions/end'],
      ['GET', '/account/applications/end'],
      ['POST', '/account'],
      ['PUT', '/login'],
    ] as const) {
      const page = await latchwork.call(method, path, { headers: html })
      assert.equal(page.status, 405, path)
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
      assert.match(page.body, /<code id="error-code">method_not_allowed<\/code>/)
      assert.ok(page.headers.get('content-security-policy'))
      refuses(await latchwork.call(method, path), 405, 'method_not_allowed')
    }
  })
})
