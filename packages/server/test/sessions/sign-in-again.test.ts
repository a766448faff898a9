/** Signing in where somebody is signed in: the same person keeps the login session by a new secret, another person ends it (J9, docs/decisions/0024). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { authorize, isActive, person, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { claimsOf, type Device, loginCookie, password, refreshCookie, register, signInDevice } from '../kit/front-end.ts'
import type { Latchwork } from '../kit/start-latchwork.ts'
import { type WebBrowser, webBrowser } from '../kit/web-browser.ts'

let people = 0
const newPerson = () => ({ ...person, email: `again-${++people}@example.com` })

/** Cookies kept as they are now. */
const withCookie = (latchwork: Latchwork, name: string, value: string) =>
  latchwork.call('GET', '/account', { headers: { cookie: `${name}=${value}`, accept: 'text/html' } })

async function signInOnPage(latchwork: Latchwork, browser: WebBrowser, email: string): Promise<void> {
  const fields = { 'login-identifier': email, 'login-password': person.password }
  assert.equal((await browser.submit(await browser.open(`${latchwork.issuer}/login`), 'login-submit', fields)).status, 200)
}

async function sessionsOn(latchwork: Latchwork, browser: WebBrowser): Promise<readonly string[]> {
  return [...new Set((await browser.open(`${latchwork.issuer}/account`)).text.match(/ses_[0-9A-Za-z]{22}/g))]
}

const again = (device: Device, email = device.email) => device.post('/v1/sessions/sign-in', { email, password })

describeOnEachEngine('signing in where somebody is signed in', (start) => {
  it('J9: the same person: one login session, a new secret in the cookie, and the old one opens nothing', async (t) => {
    const latchwork = await start(t)
    const who = newPerson()
    const browser = await signUp(latchwork, who)
    const [before, planted] = [await sessionsOn(latchwork, browser), browser.cookies.get(loginCookie) ?? '']
    assert.equal((await withCookie(latchwork, loginCookie, planted)).status, 200)
    for (let round = 0; round < 3; round++) {
      const old = browser.cookies.get(loginCookie) ?? ''
      await signInOnPage(latchwork, browser, who.email)
      assert.notEqual(browser.cookies.get(loginCookie), old)
      assert.equal((await withCookie(latchwork, loginCookie, old)).status, 303, 'to sign-in')
    }
    assert.deepEqual(await sessionsOn(latchwork, browser), before, 'not one more')
    assert.equal((await withCookie(latchwork, loginCookie, planted)).status, 303)
  })

  it('J9 O9: the same person: applications that live by the session live on, and the time of the proof is the new one (auth_time)', async (t) => {
    const latchwork = await start(t)
    const who = newPerson()
    const browser = await signUp(latchwork, who)
    const first = (await redeem(latchwork, await authorize(latchwork, {}, browser))).body
    latchwork.advance(100_000)
    await signInOnPage(latchwork, browser, who.email)
    assert.ok(await isActive(latchwork, first.access_token))
    assert.equal((await refresh(latchwork, first.refresh_token)).status, 200)
    const second = (await redeem(latchwork, await authorize(latchwork, {}, browser))).body
    const [was, is] = [claimsOf(first.id_token), claimsOf(second.id_token)]
    assert.equal(is.sid, was.sid, 'one session to the application')
    assert.ok(is.auth_time >= was.auth_time + 100)
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    for (const { access_token: token } of [first, second]) assert.equal(await isActive(latchwork, token), false, 'and one sign-out ends both')
  })

  it('J5 J9: the same person: the tokens of the front end before are over, at every verifier', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const [oldRefresh, oldAccess] = [device.refreshToken(), device.accessToken]
    const answer = await again(device)
    assert.equal(answer.status, 200, answer.text)
    const statusOf = async (bearer: string) => (await latchwork.call('GET', '/v1/me/consents', { bearer })).status
    assert.deepEqual([await statusOf(answer.body.accessToken), await statusOf(oldAccess)], [200, 401])
    const late = await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${oldRefresh}`, origin: latchwork.issuer } })
    assert.deepEqual([late.status, late.body.code], [400, 'refresh_unknown'])
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
  })

  it('J9: a wrong password renews and ends nothing', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const kept = device.browser.cookies.get(loginCookie)
    assert.equal((await device.post('/v1/sessions/sign-in', { email: device.email, password: 'not the right one' })).status, 401)
    assert.equal(device.browser.cookies.get(loginCookie), kept)
    assert.equal((await withCookie(latchwork, loginCookie, kept ?? '')).status, 200)
  })

  it('J9 O16: another person: the session before ends with all that lives by it, and it is written down', async (t) => {
    const latchwork = await start(t)
    const [ada, bob] = [newPerson(), newPerson()]
    await register(latchwork, bob.email)
    const browser = await signUp(latchwork, ada)
    const [adas, tokens] = [browser.cookies.get(loginCookie) ?? '', (await redeem(latchwork, await authorize(latchwork, {}, browser))).body]
    await signInOnPage(latchwork, browser, bob.email)
    assert.equal((await withCookie(latchwork, loginCookie, adas)).status, 303)
    assert.equal(await isActive(latchwork, tokens.access_token), false)
    assert.match((await browser.open(`${latchwork.issuer}/account`)).text, new RegExp(bob.email))
    const ends = (await latchwork.call('GET', '/v1/events?type=session.ended&limit=100', { bearer: latchwork.rootKey })).body.items
    const sub = claimsOf(tokens.id_token).sub
    assert.deepEqual(
      ends.filter((event: { userId: string }) => event.userId === sub).map((event: { reason: string }) => event.reason),
      ['another_signed_in'],
    )
  })

  it('J9: a session elsewhere is left alone, and after a sign-out the next sign-in is a session of its own', async (t) => {
    const latchwork = await start(t)
    const here = await signInDevice(latchwork)
    const other = await signInDevice(latchwork, here.email)
    await again(here)
    assert.equal((await other.post('/v1/sessions/refresh')).status, 200)
    const sid = claimsOf(here.accessToken).sid
    await here.post('/v1/sessions/sign-out')
    assert.notEqual(claimsOf((await again(here)).body.accessToken).sid, sid)
  })

  it('J9 R1: fifty tabs sign the same person in at once: one session, one secret, and the browser is signed in whichever answer comes last', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const cookie = [...device.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const body = { email: device.email, password }
    const tabs = await Promise.all(
      Array.from({ length: 50 }, () => latchwork.call('POST', '/v1/sessions/sign-in', { body, headers: { cookie, origin: latchwork.issuer } })),
    )
    const won = tabs.filter(({ status }) => status === 200)
    assert.ok(won.length >= 2, JSON.stringify(tabs.map(({ status }) => status)))
    for (const { status } of tabs) assert.ok([200, 429, 503].includes(status), String(status)) // hashing is bounded
    const secretOf = (lines: readonly string[]) =>
      lines.map((line) => new RegExp(`^${loginCookie}=([^;]+)`).exec(line)?.[1]).find((found) => found !== undefined)
    const secrets = new Set(won.map(({ headers }) => secretOf(headers.getSetCookie())))
    assert.equal(secrets.size, 1)
    assert.deepEqual(new Set(won.map((answer) => claimsOf(answer.body.accessToken).sid)), new Set([claimsOf(device.accessToken).sid]))
    const [secret = ''] = secrets
    assert.equal((await withCookie(latchwork, loginCookie, secret)).status, 200)
    assert.equal((await withCookie(latchwork, loginCookie, device.browser.cookies.get(loginCookie) ?? '')).status, 303, 'the one before')
    for (const { headers } of won) {
      const value = headers
        .getSetCookie()
        .map((line) => new RegExp(`^${refreshCookie}=([^;]+)`).exec(line)?.[1])
        .find((found) => found !== undefined)
      const refreshed = await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${value}`, origin: latchwork.issuer } })
      assert.equal(refreshed.status, 200, 'every tab’s refresh token works')
    }
  })

  it('J9 R1: two people sign in from one browser at once: the session before is over, and at the end none of it is alive', async (t) => {
    const latchwork = await start(t)
    for (let round = 0; round < 4; round++) {
      const [ada, bob] = [await signInDevice(latchwork), await register(latchwork)]
      const old = ada.browser.cookies.get(loginCookie) ?? ''
      const cookie = `${loginCookie}=${old}`
      const signIn = (email: string) =>
        latchwork.call('POST', '/v1/sessions/sign-in', { body: { email, password }, headers: { cookie, origin: latchwork.issuer } })
      const [hers, his] = await Promise.all([signIn(ada.email), signIn(bob)])
      assert.deepEqual([hers.status, his.status], [200, 200])
      assert.equal((await withCookie(latchwork, loginCookie, old)).status, 303)
      assert.equal((await ada.post('/v1/sessions/refresh')).body.code, 'refresh_unknown')
      assert.notEqual(claimsOf(his.body.accessToken).sid, claimsOf(ada.accessToken).sid)
    }
  })

  /** The sign-in form of a browser in which nobody is signed in, to be sent as often as one likes. */
  async function formIn(latchwork: Latchwork) {
    const browser = webBrowser()
    const page = await browser.open(`${latchwork.issuer}/login`)
    const [, token = ''] = /name="form_token" value="([^"]+)"/.exec(page.text) ?? assert.fail(page.text)
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const send = async (email: string) => {
      const fields = new URLSearchParams({ form_token: token, email, password })
      const headers = { cookie, origin: latchwork.issuer }
      const { status, headers: said } = await fetch(`${latchwork.issuer}/login`, { method: 'POST', body: fields, headers, redirect: 'manual' })
      const cookieOf = (name: string) => said.getSetCookie().flatMap((line) => new RegExp(`^${name}=([^;]+)`).exec(line)?.[1] ?? [])[0] ?? ''
      return { status, secret: cookieOf(loginCookie), refresh: cookieOf(refreshCookie) }
    }
    return send
  }

  async function devicesOf(latchwork: Latchwork, secret: string): Promise<number> {
    const headers = { cookie: `${loginCookie}=${secret}`, accept: 'text/html' }
    const text = await (await fetch(`${latchwork.issuer}/account`, { headers })).text()
    return new Set(text.match(/ses_[0-9A-Za-z]{22}/g)).size
  }

  it('J9 J12 R1: a form that is sent twice at once, where nobody is signed in, begins one session: no other one lives on unseen', async (t) => {
    const latchwork = await start(t)
    const email = await register(latchwork)
    const send = await formIn(latchwork)
    const sent = await Promise.all(Array.from({ length: 4 }, () => send(email)))
    assert.deepEqual(new Set(sent.map(({ status }) => status)), new Set([303]))
    assert.equal(new Set(sent.map(({ secret }) => secret)).size, 1)
    assert.equal(await devicesOf(latchwork, sent[0]?.secret ?? ''), 1)
    for (const { refresh } of sent) {
      const headers = { cookie: `${refreshCookie}=${refresh}`, origin: latchwork.issuer }
      assert.equal((await latchwork.call('POST', '/v1/sessions/refresh', { headers })).status, 200, 'whichever answer comes last')
    }
    const { sub, sid } = claimsOf((await signInDevice(latchwork, email)).accessToken)
    const { items } = (await latchwork.call('GET', `/v1/events?type=user.signed_in&userId=${sub}`, { bearer: latchwork.rootKey })).body
    const begun = items.map((event: { sessionId: string }) => event.sessionId).filter((sessionId: string) => sessionId !== sid)
    assert.deepEqual([begun.length, new Set(begun).size], [4, 1])
  })

  it('J9: a form that is sent again after its session has ended, or was renewed, begins another, and the old secret stays dead', async (t) => {
    const latchwork = await start(t)
    for (const path of ['sign-out', 'sign-in']) {
      const email = await register(latchwork)
      const send = await formIn(latchwork)
      const [first, second] = [await send(email), await send(email)]
      assert.equal(second.secret, first.secret)
      const over = {
        headers: { cookie: `${loginCookie}=${first.secret}`, origin: latchwork.issuer },
        ...(path === 'sign-in' ? { body: { email, password } } : {}),
      }
      assert.ok((await latchwork.call('POST', `/v1/sessions/${path}`, over)).status < 300)
      const third = await send(email)
      assert.equal((await withCookie(latchwork, loginCookie, first.secret)).status, 303)
      assert.equal((await withCookie(latchwork, loginCookie, third.secret)).status, 200)
      assert.equal(await devicesOf(latchwork, third.secret), path === 'sign-in' ? 2 : 1)
    }
  })

  it('J9: a form that two people send begins a session for each', async (t) => {
    const latchwork = await start(t)
    const [ada, bob] = [await register(latchwork), await register(latchwork)]
    const send = await formIn(latchwork)
    const [hers, his] = await Promise.all([send(ada), send(bob)])
    assert.notEqual(hers.secret, his.secret)
    for (const { secret } of [hers, his]) assert.equal(await devicesOf(latchwork, secret), 1)
  })
})
