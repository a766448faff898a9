/** Where people are shown whose logo, and what a stranger can make of the address that it is at (O7, 13.2). */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { allow, authorizationUrl, signUp } from '../kit/authorize.ts'
import { enterCode, startDevice } from '../kit/device.ts'
import { type LogoHost, pngOf, serves, startLogoHost } from '../kit/logo-host.ts'
import { type Answer, API, type Latchwork, startLatchwork, testClients, type Wishes } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { webBrowser } from '../kit/web-browser.ts'

const POLICY = 'https://acme.example/privacy'
const TERMS = 'https://acme.example/terms'
const registration = { mode: 'open', scopes: ['openid', 'notes:read'], audiences: [API] }

interface Rig {
  readonly host: LogoHost
  readonly latchwork: Latchwork
}

/** `app` is vouched for and has a logo; `plain` has none; `stranger` has one and nobody vouches for it; so has `tv`, which is vouched for. */
async function start(t: TestContext, config: Wishes['config'] = {}): Promise<Rig> {
  const host = await startLogoHost(t)
  const logoUri = `${host.origin}/logo.png`
  const secretDigests = [digestOf(testSecret)]
  const clients = [
    { ...testClients.web, secretDigests, settings: { logoUri, policyUri: POLICY, termsUri: TERMS } },
    { ...testClients.other, id: 'plain', secretDigests },
    { ...testClients.other, id: 'stranger', secretDigests, settings: { isAssured: false, logoUri, policyUri: POLICY } },
    { ...testClients.television, settings: { logoUri } },
  ]
  return { host, latchwork: await startLatchwork(t, { config: { clients, outbound: { allow: [host.allow] }, registration, ...config } }) }
}

async function getLogo({ issuer }: Latchwork, clientId: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${issuer}/applications/${clientId}/logo`, { headers })
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
}

const patch = (latchwork: Latchwork, id: string, body: unknown): Promise<Answer> =>
  latchwork.call('PATCH', `/v1/clients/${id}`, { bearer: latchwork.rootKey, body })
const imageIn = (text: string): string | undefined =>
  /<img class="logo" src="(\/applications\/[^"]+)" alt="" width="56" height="56">/.exec(text)?.[1]?.replaceAll('&amp;', '&')

describe('GET /applications/:clientId/logo', () => {
  it('O7: gives the picture as what it is, to pages of ours alone, and nothing that could act', async (t) => {
    const { latchwork, host } = await start(t)
    host.answer = serves(pngOf(64, 64), 'text/html')
    const { status, headers, body } = await getLogo(latchwork, 'app')
    assert.deepEqual([status, body], [200, pngOf(64, 64)])
    const told = ['content-type', 'x-content-type-options', 'content-security-policy', 'cache-control', 'cross-origin-resource-policy', 'set-cookie']
    assert.deepEqual(
      told.map((name) => headers.get(name)),
      ['image/png', 'nosniff', "default-src 'none'; frame-ancestors 'none'", 'private, max-age=3600', 'same-origin', null],
    )
    await Promise.all(Array.from({ length: 20 }, () => getLogo(latchwork, 'app')))
    assert.deepEqual(host.requests, [{ path: '/logo.png', userAgent: 'latchwork' }])
  })

  it('O7 13.2: answers alike for who is unknown, not vouched for, disabled or without logo, and asks nobody', async (t) => {
    const { latchwork, host } = await start(t)
    const { body } = await latchwork.call('POST', '/v1/clients', {
      bearer: latchwork.rootKey,
      body: { name: 'Gone', redirectUris: ['https://gone.example/cb'], settings: { isAssured: true, logoUri: `${host.origin}/gone.png` } },
    })
    assert.equal((await latchwork.call('DELETE', `/v1/clients/${body.client.id}`, { bearer: latchwork.rootKey })).status, 204)
    const ids = ['nobody', 'stranger', 'plain', body.client.id, '%00', '%2e%2e', 'a'.repeat(65), 'a'.repeat(300), '%F0%9F%8F%A6', `app'--`]
    const answers = await Promise.all(ids.map((id) => getLogo(latchwork, id)))
    const seen = answers.map(({ status, headers, body: sent }) => {
      const { reference, ...problem } = JSON.parse(sent.toString())
      const { date, ...rest }: Record<string, string> = Object.fromEntries(headers)
      assert.ok(reference && date)
      return { status, problem, rest: { ...rest, 'content-length': '' } as Record<string, string> }
    })
    for (const [index, one] of seen.entries()) assert.deepEqual(one, seen[0], ids[index])
    assert.deepEqual([seen[0]?.status, seen[0]?.rest['cache-control']], [404, 'no-store'])
    assert.deepEqual(host.requests, [])
  })

  it('O7 R6: a logo that cannot be had is answered so too', async (t) => {
    const { latchwork, host } = await start(t)
    host.answer = serves('<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml')
    for (let times = 0; times < 3; times++) assert.equal((await getLogo(latchwork, 'app')).status, 404)
    assert.equal(host.requests.length, 1)
    assert.ok(latchwork.log.some((line) => /the logo of the client app is not shown: it is no PNG/.test(line)))
  })

  it('O7: the picture goes with the vouching, and with a change of its address', async (t) => {
    const { latchwork, host } = await start(t)
    const { body } = await latchwork.call('POST', '/v1/clients', {
      bearer: latchwork.rootKey,
      body: { name: 'Shop', redirectUris: ['https://shop.example/cb'], settings: { isAssured: true, logoUri: `${host.origin}/logo.png` } },
    })
    const { id } = body.client
    assert.equal((await getLogo(latchwork, id)).status, 200)
    assert.equal((await patch(latchwork, id, { settings: { isAssured: false } })).status, 200)
    assert.equal((await getLogo(latchwork, id)).status, 404)
    host.answer = serves(pngOf(8, 8))
    assert.equal((await patch(latchwork, id, { settings: { isAssured: true, logoUri: `${host.origin}/new.png` } })).status, 200)
    assert.deepEqual((await getLogo(latchwork, id)).body, pngOf(8, 8))
    assert.equal((await patch(latchwork, id, { settings: { logoUri: null } })).status, 200)
    assert.equal((await getLogo(latchwork, id)).status, 404)
    assert.deepEqual(
      host.requests.map(({ path }) => path),
      ['/logo.png', '/new.png'],
    )
  })

  it('O15: who registered itself has its logo shown once it is vouched for, until the first change it makes of itself', async (t) => {
    const { latchwork, host } = await start(t)
    const metadata = { client_name: 'Robot', redirect_uris: ['https://robot.example/cb'], logo_uri: `${host.origin}/logo.png` }
    const { body } = await latchwork.call('POST', '/register', { body: metadata })
    assert.equal((await getLogo(latchwork, body.client_id)).status, 404)
    assert.equal((await patch(latchwork, body.client_id, { settings: { isAssured: true } })).status, 200)
    assert.equal((await getLogo(latchwork, body.client_id)).status, 200)
    const change = { ...metadata, client_id: body.client_id, logo_uri: `${host.origin}/bank.png` }
    const changed = await latchwork.call('PUT', new URL(body.registration_client_uri).pathname, { bearer: body.registration_access_token, body: change })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.equal((await getLogo(latchwork, body.client_id)).status, 404)
    assert.equal(host.requests.length, 1)
  })
})

describe('pages that name an application', () => {
  it('O7 O17 O2: show its logo where it is vouched for: consent, device, list; by an address that changes with the logo’s', async (t) => {
    const { latchwork, host } = await start(t)
    const browser = await signUp(latchwork)
    const { userCode } = await startDevice(latchwork)
    const consent = authorizationUrl(latchwork).url
    const pages = [await browser.open(consent), await enterCode(latchwork, browser, userCode)]
    await allow(browser, consent)
    pages.push(await browser.open(`${latchwork.issuer}/account/applications`))
    const shown = pages.map(({ text }) => imageIn(text) ?? assert.fail(text))
    assert.deepEqual(
      shown.map((path) => path.replace(/=[0-9a-f]{16}$/, '=')),
      ['/applications/app/logo?v=', '/applications/tv/logo?v=', '/applications/app/logo?v='],
    )
    assert.deepEqual(host.requests, [], 'the pages themselves wait for nobody')
    for (const path of shown) assert.equal((await fetch(latchwork.issuer + path)).status, 200)
    await patch(latchwork, 'app', { settings: { logoUri: `${host.origin}/new.png` } })
    const later = imageIn((await browser.open(`${latchwork.issuer}/account/applications`)).text)
    assert.ok(later !== undefined && later !== shown[0])
  })

  it('O7 13.2: show none of who is not vouched for, and none that could not be had', async (t) => {
    const { latchwork, host } = await start(t)
    const browser = await signUp(latchwork)
    const at = { redirect_uri: testClients.other.redirectUris[0] }
    for (const client_id of ['stranger', 'plain'])
      assert.doesNotMatch((await browser.open(authorizationUrl(latchwork, { client_id, ...at }).url)).text, /<img|logo/)
    host.answer = serves('gone', 'text/plain', 404)
    await getLogo(latchwork, 'app')
    assert.doesNotMatch((await browser.open(authorizationUrl(latchwork).url)).text, /<img/)
    latchwork.advance(5 * 60_000)
    assert.ok(imageIn((await browser.open(authorizationUrl(latchwork).url)).text), 'it may be had again')
  })

  it('O7 R6: come at once while a host is silent', async (t) => {
    const { latchwork, host } = await start(t)
    const browser = await signUp(latchwork)
    const waiting: ServerResponse[] = []
    host.answer = (_request, response) => void waiting.push(response)
    const logo = getLogo(latchwork, 'app')
    assert.equal((await browser.open(authorizationUrl(latchwork).url)).status, 200)
    for (const response of waiting) response.destroy()
    assert.equal((await logo).status, 404)
  })

  it('O7: sign-in and sign-up for an application name it, with logo, policy and terms (OpenID Connect Registration §2)', async (t) => {
    const { latchwork } = await start(t)
    const browser = webBrowser()
    const signIn = await browser.open(authorizationUrl(latchwork).url)
    const signUpUrl = new URL(/id="signup-link" href="([^"]+)"/.exec(signIn.text)?.[1]?.replaceAll('&amp;', '&') ?? '', latchwork.issuer)
    for (const { text } of [signIn, await browser.open(signUpUrl.href)]) {
      assert.match(text, /<p id="asked-for">[^\n]+ to go on to <b><bdi class="name">Acme Notes<\/bdi><\/b>\.<\/p>/)
      assert.match(imageIn(text) ?? '', /^\/applications\/app\/logo\?v=/)
      for (const address of [POLICY, TERMS]) assert.ok(text.includes(`<a href="${address}" rel="noopener noreferrer nofollow" target="_blank">`), address)
    }
    const stranger = await webBrowser().open(authorizationUrl(latchwork, { client_id: 'stranger', redirect_uri: testClients.other.redirectUris[0] }).url)
    assert.match(stranger.text, /id="asked-for"[\s\S]+Its privacy policy/)
    assert.doesNotMatch(stranger.text, /<img|Its terms/)
    assert.doesNotMatch((await webBrowser().open(`${latchwork.issuer}/login`)).text, /<img|asked-for|Its /)
  })
})
