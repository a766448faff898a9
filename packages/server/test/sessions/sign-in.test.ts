import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loginCookie, newEmail, password, refreshCookie, register, signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { type Visit, webBrowser } from '../kit/web-browser.ts'

const FRONT_END = 'https://app.example.test'

/** Attributes of the cookies an answer sets, by name. */
function cookiesOf({ headers }: Pick<Visit, 'headers'>): Map<string, readonly string[]> {
  return new Map(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ')
      return [pair.slice(0, pair.indexOf('=')), attributes.filter((attribute) => !attribute.startsWith('Expires=')).sort()]
    }),
  )
}

const STRICT = ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']
const LAX = ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']

describe('signing in', () => {
  const latchworkOf = shared((t) => startLatchwork(t, { config: { sessions: { allowedOrigins: [FRONT_END] } } }))

  it('J5: the JSON API: sign-up, sign-in, two __Host- cookies with every attribute, and the refresh token in its cookie alone', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const answer = await device.post('/v1/sessions/sign-in', { email: device.email, password })
    assert.deepEqual(Object.fromEntries(cookiesOf(answer)), { [loginCookie]: LAX, [refreshCookie]: STRICT })
    assert.deepEqual(Object.keys(answer.body).sort(), ['accessToken', 'expiresIn', 'tokenType', 'user'])
    assert.ok(!answer.text.includes(device.refreshToken()))
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.body.tokenType, 'Bearer')
    assert.ok(answer.body.expiresIn > 590 && answer.body.expiresIn <= 600)
    assert.deepEqual(Object.keys(answer.body.user).sort(), ['accountId', 'email', 'emailVerified', 'id', 'name'])
  })

  it('J9: the pages: sign-up and sign-in set the same cookies and end in 303; a new session at each sign-in', async () => {
    const latchwork = latchworkOf()
    const browser = webBrowser()
    const page = await browser.open(`${latchwork.issuer}/signup`)
    assert.deepEqual(Object.fromEntries(cookiesOf(page)), { '__Host-lw_browser': LAX })
    const email = newEmail()
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const done = await browser.post(`${latchwork.issuer}/signup`, { form_token: token, email, password, name: 'Ada' }, { origin: latchwork.issuer })
    assert.equal(done.status, 303)
    assert.equal(done.location, `${latchwork.issuer}/account`)
    assert.deepEqual(Object.fromEntries(cookiesOf(done)), { [loginCookie]: LAX, [refreshCookie]: STRICT })
    const first = browser.cookies.get(loginCookie)
    const again = await browser.submit(await browser.open(`${latchwork.issuer}/login`), 'login-submit', {
      'login-identifier': email,
      'login-password': password,
    })
    assert.equal(again.status, 200)
    assert.notEqual(browser.cookies.get(loginCookie), first)
  })

  it('J11: a wrong password, an unknown address and an overlong password answer alike, and set no cookie', async () => {
    const latchwork = latchworkOf()
    const email = await register(latchwork)
    const attempts = [
      { email, password: 'not the right password' },
      { email: newEmail(), password },
      { email, password: 'x'.repeat(1000) },
    ]
    const answers = await Promise.all(attempts.map((body) => latchwork.call('POST', '/v1/sessions/sign-in', { body })))
    for (const answer of answers) {
      refuses(answer, 401, 'sign_in_failed')
      assert.deepEqual(answer.headers.getSetCookie(), [])
      assert.deepEqual({ ...answer.body, reference: '' }, { ...answers[0]?.body, reference: '' })
      assert.deepEqual([...answer.headers.keys()].sort(), [...(answers[0]?.headers.keys() ?? [])].sort())
    }
  })

  it('J11: the page says the same of both, at the field, and forgets the password', async () => {
    const latchwork = latchworkOf()
    const email = await register(latchwork)
    const texts: string[] = []
    for (const who of [email, newEmail()]) {
      const browser = webBrowser()
      const page = await browser.submit(await browser.open(`${latchwork.issuer}/login`), 'login-submit', {
        'login-identifier': who,
        'login-password': 'wrong wrong wrong',
      })
      assert.equal(page.status, 401)
      assert.ok(!page.text.includes('wrong wrong wrong'))
      assert.equal(browser.cookies.has(loginCookie), false)
      texts.push(page.text.replaceAll(who, 'WHO').replace(/value="[0-9A-Za-z_-]{52}"/g, 'value="FORM"'))
    }
    assert.equal(texts[0], texts[1])
  })

  it('J14: what changes something by cookie is refused from another site, before anything is done', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const before = device.refreshToken()
    const foreign: Readonly<Record<string, string>>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${latchwork.issuer}.evil.example` },
      { origin: latchwork.issuer.replace('http:', 'https:') },
      { origin: latchwork.issuer.replace('localhost', '127.0.0.1') },
      { origin: `${latchwork.issuer}/` },
      { origin: FRONT_END.toUpperCase() },
      { origin: `${FRONT_END}:443` },
      { origin: `${FRONT_END}, ${latchwork.issuer}` },
      { origin: '' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign)
      for (const path of ['/v1/sessions/refresh', '/v1/sessions/sign-out', '/v1/sessions/sign-in', '/v1/sessions/sign-up']) {
        const body = path.includes('sign-in') || path.includes('sign-up') ? { email: device.email, password } : undefined
        const cookie = [...device.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await latchwork.call('POST', path, { body, headers: { cookie, ...headers } })
        refuses(answer, 403, 'origin_refused')
        assert.deepEqual(answer.headers.getSetCookie(), [], `${path} ${JSON.stringify(headers)}`)
      }
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
    assert.notEqual(device.refreshToken(), before)
  })

  it('J14: our own pages, an allowed origin, and what is no browser are taken', async () => {
    const latchwork = latchworkOf()
    for (const headers of [{ origin: FRONT_END }, { origin: latchwork.issuer }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, {}]) {
      const device = await signInDevice(latchwork)
      const cookie = `${refreshCookie}=${device.refreshToken()}`
      assert.equal((await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie, ...headers } })).status, 200, JSON.stringify(headers))
    }
  })

  it('J14: a form of another site cannot sign anybody in: only JSON is read', async () => {
    const latchwork = latchworkOf()
    const email = await register(latchwork)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await latchwork.call('POST', '/v1/sessions/sign-in', { body: JSON.stringify({ email, password }), headers: { 'content-type': type } })
      assert.ok(answer.status === 415 || answer.status === 400, `${type}: ${answer.status}`)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
  })

  it('J12: each sign-in is a device on the account page, and one of them can be ended there', async () => {
    const latchwork = latchworkOf()
    const first = await signInDevice(latchwork)
    const second = await signInDevice(latchwork, first.email)
    const page = await first.browser.open(`${latchwork.issuer}/account`)
    const sessionIds = [...new Set(page.text.match(/ses_[0-9A-Za-z]{22}/g))]
    assert.equal(sessionIds.length, 2)
    const mine = JSON.parse(Buffer.from(first.accessToken.split('.')[1] ?? '', 'base64url').toString()).sid
    const other = sessionIds.find((id) => id !== mine) ?? ''
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const end = (session: string, browser = first.browser) =>
      browser.post(`${latchwork.issuer}/account/sessions/end`, { form_token: token, session_id: session }, { origin: latchwork.issuer })
    assert.equal((await end(other)).status, 303)
    assert.equal((await second.post('/v1/sessions/refresh')).body.code, 'refresh_unknown')
    assert.equal((await first.post('/v1/sessions/refresh')).status, 200)
    const stranger = await signInDevice(latchwork)
    assert.equal((await end(mine, stranger.browser)).status, 403, 'another browser cannot use the form')
    assert.equal((await end('ses_0000000000000000000000')).status, 404)
    assert.equal((await first.post('/v1/sessions/refresh')).status, 200)
  })
})
