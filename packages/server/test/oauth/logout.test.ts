/** Sign-out that an application asks for, and applications that hear of it: RP-initiated, back-channel and front-channel (O16). */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { allow, authorizationUrl, basic, isActive, redeem, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { API, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const RETURN = 'https://shop.example/signed-out'
const CALLBACK = 'https://shop.example/cb'

/** An application that hears of sign-outs, and answers as it is told. */
async function listen(t: TestContext) {
  const heard: string[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    heard.push(new URLSearchParams(body).get('logout_token') ?? `no token: ${body}`)
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const setStatus = (next: number): void => {
    status = next
  }
  return { heard, uri: `http://127.0.0.1:${port}/logout`, place: `127.0.0.1:${port}`, answer: setStatus }
}

interface Shop {
  readonly id: string
  readonly secret: string
}

async function registerShop(latchwork: Latchwork, settings: object = {}): Promise<Shop> {
  const body = {
    name: 'Shop',
    redirectUris: [CALLBACK],
    scopes: ['openid', 'offline_access', 'notes:read'],
    audiences: [API],
    settings: { postLogoutRedirectUris: [RETURN], ...settings },
  }
  const made = await latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { id: made.body.client.id, secret: made.body.secret }
}

/** Signs in to the application; the ID token is the hint that it later sends. */
async function signInTo(latchwork: Latchwork, shop: Shop, browser: WebBrowser, scope = 'openid notes:read') {
  const { url, verifier } = authorizationUrl(latchwork, { client_id: shop.id, redirect_uri: CALLBACK, scope })
  const code = (await allow(browser, url)).searchParams.get('code') ?? ''
  const answer = await redeem(
    latchwork,
    { code, verifier, state: '', redirectUri: CALLBACK, browser, response: new URLSearchParams() },
    {},
    basic(shop.id, shop.secret),
  )
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as { readonly id_token: string; readonly access_token: string; readonly refresh_token?: string }
}

function logoutUrl(latchwork: Latchwork, parameters: Readonly<Record<string, string>>): string {
  return `${latchwork.issuer}/logout?${new URLSearchParams(parameters)}`
}

async function isSignedIn(latchwork: Latchwork, browser: WebBrowser): Promise<boolean> {
  return (await browser.get(`${latchwork.issuer}/account`)).status === 200
}

describe('/logout, asked by an application (RP-Initiated Logout 1.0)', () => {
  it('O16: the hint of this session signs out at once, and returns with the state (§2, §3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork), await signUp(latchwork)]
    const tokens = await signInTo(latchwork, shop, browser)
    assert.ok(await isActive(latchwork, tokens.access_token))
    const long = 'x'.repeat(4094)
    const gone = await browser.get(logoutUrl(latchwork, { id_token_hint: tokens.id_token, post_logout_redirect_uri: RETURN, state: `a ${long}` }))
    assert.deepEqual([gone.status, gone.location], [303, `${RETURN}?state=a+${long}`])
    assert.equal(await isSignedIn(latchwork, browser), false)
    assert.equal(await isActive(latchwork, tokens.access_token), false)
  })

  it('O16: without a hint, or with that of another session, the person is asked first (§2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const shop = await registerShop(latchwork)
    const ada = await signUp(latchwork)
    const bob = await signUp(latchwork, { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' })
    const bobs = await signInTo(latchwork, shop, bob)
    for (const named of [{ client_id: shop.id }, { id_token_hint: bobs.id_token }, { id_token_hint: bobs.id_token, client_id: shop.id }]) {
      const asked = await ada.open(logoutUrl(latchwork, { ...named, post_logout_redirect_uri: RETURN, state: 's' } as Record<string, string>))
      assert.match(asked.text, /id="logout-confirm"/)
      assert.match(asked.text, /id="logout-asked-by"[\s\S]*Shop/)
      assert.match(asked.text, /shop\.example/)
      assert.ok(await isSignedIn(latchwork, ada))
    }
    const asked = await ada.open(logoutUrl(latchwork, { client_id: shop.id, post_logout_redirect_uri: RETURN, state: 's' }))
    const gone = await ada.submit(asked, 'logout-confirm')
    assert.equal(gone.location, `${RETURN}?state=s`)
    assert.deepEqual([await isSignedIn(latchwork, ada), await isSignedIn(latchwork, bob)], [false, true])
  })

  it('O16: called without the person’s browser it ends nothing, whatever the hint; a backend revokes what it holds, and the person stays signed in (§2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork), await signUp(latchwork)]
    const tokens = await signInTo(latchwork, shop, browser, 'openid offline_access notes:read')
    for (const more of [{}, { post_logout_redirect_uri: RETURN }]) {
      const { pathname, search } = new URL(logoutUrl(latchwork, { id_token_hint: tokens.id_token, client_id: shop.id, ...more }))
      assert.ok((await latchwork.call('GET', `${pathname}${search}`, { headers: basic(shop.id, shop.secret) })).status < 400)
      assert.deepEqual([await isSignedIn(latchwork, browser), await isActive(latchwork, tokens.access_token)], [true, true])
    }
    const revoked = await latchwork.form('/revoke', { token: tokens.refresh_token ?? '' }, basic(shop.id, shop.secret))
    assert.equal(revoked.status, 200)
    assert.deepEqual([await isSignedIn(latchwork, browser), await isActive(latchwork, tokens.access_token)], [true, false])
  })

  it('O16: signed UserInfo is no ID token, and no hint (RFC 8725 §3.11)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork, { userInfoSigningAlg: 'RS256' }), await signUp(latchwork)]
    const { access_token } = await signInTo(latchwork, shop, browser)
    const { body: userInfo } = await latchwork.call('GET', '/userinfo', { bearer: access_token })
    assert.equal(String(userInfo).split('.').length, 3)
    const page = await browser.get(logoutUrl(latchwork, { id_token_hint: String(userInfo), post_logout_redirect_uri: RETURN }))
    assert.deepEqual([page.status, page.location], [400, undefined])
    assert.ok(await isSignedIn(latchwork, browser))
  })

  it('O16: what is wrong is shown, leads nowhere and signs nobody out (§3, §4)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork), await signUp(latchwork)]
    const other = await registerShop(latchwork, { postLogoutRedirectUris: [] })
    const { id_token, access_token } = await signInTo(latchwork, shop, browser)
    const [head, payload, signature] = id_token.split('.') as [string, string, string]
    const forged = Buffer.from(payload, 'base64url').toString().replace(shop.id, other.id)
    const wrong: readonly Readonly<Record<string, string>>[] = [
      { id_token_hint: id_token, post_logout_redirect_uri: `${RETURN}/` },
      { id_token_hint: id_token, post_logout_redirect_uri: `${RETURN}?x=1` },
      { id_token_hint: id_token, post_logout_redirect_uri: CALLBACK },
      { post_logout_redirect_uri: RETURN },
      { client_id: other.id, post_logout_redirect_uri: RETURN },
      { client_id: 'nobody', post_logout_redirect_uri: RETURN },
      { id_token_hint: id_token, client_id: other.id, post_logout_redirect_uri: RETURN },
      { id_token_hint: `${head}.${payload}.${signature.slice(0, -2)}AA`, post_logout_redirect_uri: RETURN },
      { id_token_hint: `${head}.${Buffer.from(forged).toString('base64url')}.${signature}` },
      { id_token_hint: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.` },
      { id_token_hint: access_token },
      { id_token_hint: 'x' },
    ]
    for (const parameters of wrong) {
      const page = await browser.get(logoutUrl(latchwork, parameters))
      assert.deepEqual([page.status, page.location], [400, undefined], JSON.stringify(parameters))
      assert.match(page.text, /id="error-code"/)
      assert.match(page.text, /id="error-application">The application that sent you here made a mistake[\s\S]*href="\/logout">Sign out here</)
    }
    assert.ok(await isSignedIn(latchwork, browser))
  })

  it('O16: an expired hint, signed by a key that signs no more, is still a hint (§2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork), await signUp(latchwork)]
    const { id_token } = await signInTo(latchwork, shop, browser)
    await latchwork.call('POST', '/v1/signing-keys/rotate', { bearer: latchwork.rootKey, body: {} })
    latchwork.advance(latchwork.server.installation.config.signing.publishAheadHours * 3_600_000 + 1)
    await latchwork.server.installation.signing.turn()
    const page = await browser.get(logoutUrl(latchwork, { id_token_hint: id_token, post_logout_redirect_uri: RETURN }))
    assert.equal(page.location, RETURN)
  })

  it('O16: a POST becomes a GET, so that the cookie comes with it; parameters at most once (§2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await registerShop(latchwork), await signUp(latchwork)]
    const { id_token } = await signInTo(latchwork, shop, browser)
    const posted = await browser.post(
      `${latchwork.issuer}/logout`,
      { id_token_hint: id_token, post_logout_redirect_uri: RETURN },
      { origin: 'https://shop.example' },
    )
    assert.equal(posted.status, 303)
    assert.equal((await browser.get(posted.location ?? '')).location, RETURN)
    const twice = await browser.get(`${logoutUrl(latchwork, { client_id: shop.id })}&client_id=${shop.id}`)
    assert.equal(twice.status, 400)
  })
})

describe('the hint of another client', () => {
  it('O16: proves the session to the client it was issued to alone (RP-Initiated Logout §2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, other, browser] = [await registerShop(latchwork), await registerShop(latchwork), await signUp(latchwork)]
    const { id_token: hint } = await signInTo(latchwork, shop, browser)
    await signInTo(latchwork, other, browser)
    const foreign = await browser.get(logoutUrl(latchwork, { id_token_hint: hint, client_id: other.id }))
    assert.equal(foreign.status, 400)
    assert.equal(await isSignedIn(latchwork, browser), true)
    const elsewhere = await signUp(latchwork, { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' })
    const page = await elsewhere.get(logoutUrl(latchwork, { id_token_hint: hint }))
    assert.match(page.text, /id="logout-confirm"/, 'another session is asked')
    assert.equal((await browser.get(logoutUrl(latchwork, { id_token_hint: hint, post_logout_redirect_uri: RETURN }))).location, RETURN)
  })
})

describeOnEachEngine('back-channel logout (Back-Channel Logout 1.0)', (start) => {
  it('O16: each application signed in to from the session hears of its end, once it is taken, with a token it can check (§2.4, §2.5)', async (t) => {
    const application = await listen(t)
    const latchwork = await start(t, { config: { outbound: { allow: [application.place] } } })
    const settings = { backchannelLogoutUri: application.uri, backchannelLogoutSessionRequired: true }
    const [shop, mute, browser] = [await registerShop(latchwork, settings), await registerShop(latchwork), await signUp(latchwork)]
    const tokens = await signInTo(latchwork, shop, browser)
    await signInTo(latchwork, shop, browser) // twice, told once
    await signInTo(latchwork, mute, browser)
    application.answer(503)
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    await until(() => application.heard.length >= 1, 'the first attempt')
    application.answer(200)
    await until(async () => {
      latchwork.advance(5_000)
      await latchwork.server.installation.oauthChores.logouts.sendDue()
      return application.heard.length >= 2
    }, 'another attempt')
    latchwork.advance(4 * 3_600_000)
    await latchwork.server.installation.oauthChores.logouts.sendDue()
    assert.equal(application.heard.length, 2, 'what was taken is not sent again')
    const keys = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    for (const token of application.heard) {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: latchwork.issuer,
        audience: shop.id,
        typ: 'logout+jwt',
        currentDate: new Date(latchwork.now() - 4 * 3_600_000 - 60_000),
        clockTolerance: 120,
      })
      assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} })
      const { sid, sub } = JSON.parse(Buffer.from(tokens.id_token.split('.')[1] ?? '', 'base64url').toString())
      assert.deepEqual([payload['sid'], payload.sub, payload['nonce'], protectedHeader.alg], [sid, sub, undefined, 'RS256'])
      assert.ok((payload.exp ?? 0) - (payload.iat ?? 0) <= 120)
    }
    assert.notEqual(application.heard[0], application.heard[1], 'each attempt has a token of its own')
    const { body } = await latchwork.call('GET', '/v1/events?type=logout.delivered', { bearer: latchwork.rootKey })
    assert.equal(body.items.length, 1)
  })

  it('O16 J12: a device signed out elsewhere tells its applications too; offline grants live on, others end', async (t) => {
    const application = await listen(t)
    const latchwork = await start(t, { config: { outbound: { allow: [application.place] } } })
    const [shop, browser] = [
      await registerShop(latchwork, { backchannelLogoutUri: application.uri }),
      await signUp(latchwork, { email: 'eve@example.com', password: 'correct horse battery staple', name: 'Eve' }),
    ]
    const offline = await signInTo(latchwork, shop, browser, 'openid offline_access notes:read')
    const online = await signInTo(latchwork, shop, browser)
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    await until(() => application.heard.length === 1, 'word of the sign-out')
    assert.deepEqual([await isActive(latchwork, offline.access_token), await isActive(latchwork, online.access_token)], [true, false])
  })
})

describe('front-channel logout (Front-Channel Logout 1.0)', () => {
  it('O16: the signed-out page loads each application with iss and sid, under a policy that allows these origins alone (§3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const uri = 'https://shop.example/front?x=1'
    const [shop, browser] = [await registerShop(latchwork, { frontchannelLogoutUri: uri, frontchannelLogoutSessionRequired: true }), await signUp(latchwork)]
    const { id_token } = await signInTo(latchwork, shop, browser)
    const { sid } = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString())
    const page = await browser.get(logoutUrl(latchwork, { id_token_hint: id_token, post_logout_redirect_uri: RETURN }))
    assert.equal(page.status, 200)
    const src = /<iframe[^>]* src="([^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    assert.equal(src, `${uri}&${new URLSearchParams({ iss: latchwork.issuer, sid })}`)
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-src https:\/\/shop\.example(;|$)/)
    assert.match(page.text, new RegExp(`id="signed-out-return"[^>]* href="${RETURN}"`))
    assert.equal(await isSignedIn(latchwork, browser), false)
  })
})
