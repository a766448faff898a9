/** Whatever a token lives by ends it, at once, also between the request and the redemption (5.1, 5.2, 5.5; O9, O10, O16, K10). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizationUrl, authorize, basic, isActive, person, redeem, refresh, signUp } from '../kit/authorize.ts'
import { type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { type WebBrowser, webBrowser } from '../kit/web-browser.ts'

const ONLINE = { scope: 'openid notes:read' }
const OFFLINE = { scope: 'openid notes:read offline_access' }

async function signOut(latchwork: Latchwork, browser: WebBrowser): Promise<void> {
  const page = await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
  assert.equal(page.status, 200)
  assert.equal(browser.cookies.has('__Host-lw_login'), false)
}

async function signInAgain(latchwork: Latchwork): Promise<WebBrowser> {
  const browser = webBrowser()
  const page = await browser.open(`${latchwork.issuer}/login`)
  await browser.submit(page, 'login-submit', { 'login-identifier': person.email, 'login-password': person.password })
  assert.ok(browser.cookies.has('__Host-lw_login'))
  return browser
}

async function isDead(latchwork: Latchwork, tokens: { readonly access_token: string; readonly refresh_token: string }, about: string): Promise<void> {
  assert.equal(await isActive(latchwork, tokens.access_token), false, about)
  assert.equal((await latchwork.call('GET', '/userinfo', { bearer: tokens.access_token })).status, 401, about)
  refuses(await refresh(latchwork, tokens.refresh_token), 400, 'invalid_grant')
}

describe('what ends a grant', () => {
  it('O16 J9: signing out ends grants without offline_access and not those with it (OpenID Connect Core §11)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const online = await redeem(latchwork, await authorize(latchwork, ONLINE, browser))
    const offline = await redeem(latchwork, await authorize(latchwork, OFFLINE, browser))
    const unused = await authorize(latchwork, ONLINE, browser)
    await signOut(latchwork, browser)
    await isDead(latchwork, online.body, 'online')
    assert.ok(await isActive(latchwork, offline.body.access_token))
    const refreshed = await refresh(latchwork, offline.body.refresh_token)
    assert.equal(refreshed.status, 200)
    assert.ok(await isActive(latchwork, refreshed.body.access_token))
    refuses(await redeem(latchwork, unused), 400, 'invalid_grant')
  })

  it('O16 J12: signing one device out leaves the other’s grants alone', async (t) => {
    const latchwork = await startLatchwork(t)
    const one = await signUp(latchwork)
    const two = await signInAgain(latchwork)
    const first = await redeem(latchwork, await authorize(latchwork, ONLINE, one))
    const second = await redeem(latchwork, await authorize(latchwork, ONLINE, two))
    await signOut(latchwork, one)
    await isDead(latchwork, first.body, 'the device that signed out')
    assert.ok(await isActive(latchwork, second.body.access_token))
    assert.equal((await refresh(latchwork, second.body.refresh_token)).status, 200)
  })

  it('O4 O15: a client disabled between authorization and redemption gets nothing, and what it had is dead (5.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const had = await redeem(latchwork, await authorize(latchwork, OFFLINE, browser))
    const unused = await authorize(latchwork, OFFLINE, browser)
    const page = await browser.open(authorizationUrl(latchwork, { ...OFFLINE, prompt: 'consent' }).url)
    assert.equal((await latchwork.call('DELETE', '/v1/clients/app', { bearer: latchwork.rootKey })).status, 204)
    refuses(await redeem(latchwork, unused), 401, 'invalid_client')
    refuses(await refresh(latchwork, had.body.refresh_token), 401, 'invalid_client')
    assert.equal(await isActive(latchwork, had.body.access_token), false)
    const answered = await browser.submit(page, 'consent-allow')
    assert.deepEqual([answered.status, answered.location], [400, undefined], 'an open consent page leads nowhere')
  })

  it('O7: a login session ended between the consent page and its answer gives no code (5.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const page = await browser.open(authorizationUrl(latchwork).url)
    const elsewhere = await signInAgain(latchwork)
    const account = await elsewhere.open(`${latchwork.issuer}/account`)
    const ids = [...account.text.matchAll(/<li id="session-([^"]+)"/g)].map(([, id = '']) => id)
    const token = /name="form_token" value="([^"]+)"/.exec(account.text)?.[1] ?? assert.fail('a form token')
    for (const session_id of ids.reverse()) {
      // the newest is the one that asks, so it comes last
      await elsewhere.post(`${latchwork.issuer}/account/sessions/end`, { form_token: token, session_id }, { origin: latchwork.issuer })
    }
    const answered = await browser.submit(page, 'consent-allow')
    assert.deepEqual([answered.status, answered.location], [401, undefined])
    const { location } = await browser.get(authorizationUrl(latchwork, { prompt: 'none' }).url)
    assert.equal(new URL(location ?? '').searchParams.get('error'), 'login_required')
  })

  it('O9 J12 E1: an old refresh token ends its family with every access token it bought, and no other device’s (2.3, 2.4)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const device = await redeem(latchwork, await authorize(latchwork, OFFLINE, browser))
    const other = await redeem(latchwork, await authorize(latchwork, OFFLINE, browser))
    const family = [device.body]
    for (let generation = 1; generation <= 3; generation++) family.push((await refresh(latchwork, family.at(-1).refresh_token)).body)
    for (const { access_token } of family) assert.ok(await isActive(latchwork, access_token))
    refuses(await refresh(latchwork, family[1].refresh_token), 400, 'invalid_grant', /already used|old refresh token/)
    for (const tokens of family) await isDead(latchwork, tokens, 'family')
    assert.ok(await isActive(latchwork, other.body.access_token))
    assert.equal((await refresh(latchwork, other.body.refresh_token)).status, 200)
    const { items } = (await latchwork.call('GET', '/v1/events?type=token.reuse_detected', { bearer: latchwork.rootKey })).body
    assert.deepEqual([items.length, items[0].clientId, items[0].data.generation], [1, 'app', 1])
    assert.ok(items[0].grantId && items[0].userId)
  })

  it('O9: two parties in step with one token are told apart in the first round (2.6)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork, OFFLINE))
    const thief = await refresh(latchwork, body.refresh_token)
    refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
    await isDead(latchwork, thief.body, 'the thief')
  })

  it('O9: a refresh that is refused for its scope, resource or client uses nothing up', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork, OFFLINE))
    refuses(await refresh(latchwork, body.refresh_token, { scope: 'notes:write' }), 400, 'invalid_scope')
    refuses(await refresh(latchwork, body.refresh_token, { resource: 'https://other.example.test' }), 400, 'invalid_target')
    refuses(await refresh(latchwork, body.refresh_token, {}, basic('machine')), 400, 'unauthorized_client')
    assert.equal((await refresh(latchwork, body.refresh_token)).status, 200)
  })

  it('O9: a grant is over a year after it began, however often it is refreshed; a token after a month unused', async (t) => {
    const latchwork = await startLatchwork(t)
    const DAY = 24 * 3600_000
    let { body } = await redeem(latchwork, await authorize(latchwork, OFFLINE))
    for (let day = 29; day < 364; day += 29) {
      latchwork.advance(29 * DAY)
      body = (await refresh(latchwork, body.refresh_token)).body
      assert.ok(body.refresh_token, `day ${day}`)
    }
    latchwork.advance(29 * DAY)
    refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
  })

  it('E1: each step is one event, and none holds a secret', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork, OFFLINE)
    const { body } = await redeem(latchwork, authorization)
    const { body: next } = await refresh(latchwork, body.refresh_token)
    await latchwork.form('/revoke', { token: next.refresh_token }, basic('app'))
    const { items } = (await latchwork.call('GET', '/v1/events?clientId=app&limit=100', { bearer: latchwork.rootKey })).body
    const types = items.map(({ type }: { type: string }) => type).reverse()
    assert.deepEqual(types, ['client.created', 'consent.given', 'code.issued', 'token.issued', 'token.refreshed', 'grant.ended'])
    const text = JSON.stringify(items) + latchwork.log.join('\n')
    for (const secret of [authorization.code, authorization.verifier, body.access_token, body.refresh_token, next.refresh_token, body.id_token]) {
      assert.ok(!text.includes(secret))
    }
  })
})
