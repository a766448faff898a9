/** OpenID Connect Core §3.1.2.1: what a request makes the person do before a code is issued. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { type Authorization, authorizationUrl, person, redeem, signUp } from '../kit/authorize.ts'
import { type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

type Change = Readonly<Record<string, string | undefined>>
const CALLBACK = testClients.web.redirectUris[0]

/** A person who is signed in and has allowed the client what it asks for. */
async function settled(t: TestContext): Promise<{ latchwork: Latchwork; browser: WebBrowser }> {
  const latchwork = await startLatchwork(t)
  const browser = await signUp(latchwork)
  const page = await browser.submit(await browser.open(authorizationUrl(latchwork).url), 'consent-allow')
  assert.ok(codeIn(page))
  return { latchwork, browser }
}

function codeIn(page: Visit): string | null {
  return page.location?.startsWith(`${CALLBACK}?`) ? new URL(page.location).searchParams.get('code') : null
}

function errorIn(page: Visit): string | null {
  return page.location?.startsWith(`${CALLBACK}?`) ? new URL(page.location).searchParams.get('error') : null
}

function signIn(browser: WebBrowser, page: Visit, who = person): Promise<Visit> {
  return browser.submit(page, 'login-submit', { 'login-identifier': who.email, 'login-password': who.password })
}

const isSignIn = (page: Visit): boolean => page.text.includes('id="login-submit"')
const isConsent = (page: Visit): boolean => page.text.includes('id="consent-allow"')

/** `auth_time` of the ID token that the code of this page buys, in milliseconds. */
async function authTime(latchwork: Latchwork, page: Visit, verifier: string): Promise<number> {
  const { body } = await redeem(latchwork, { code: codeIn(page) ?? '', verifier, redirectUri: CALLBACK } as Authorization)
  return Number(decodeJwt(body.id_token)['auth_time']) * 1000
}

describe('GET /authorize, the way to a code', () => {
  it('O6 O7: a consent that was given is not asked for again; prompt=none then passes', async (t) => {
    const { latchwork, browser } = await settled(t)
    assert.ok(codeIn(await browser.get(authorizationUrl(latchwork).url)))
    assert.ok(codeIn(await browser.get(authorizationUrl(latchwork, { prompt: 'none' }).url)))
    assert.ok(codeIn(await browser.get(authorizationUrl(latchwork, { scope: 'openid', prompt: 'none' }).url)), 'less than was allowed')
  })

  it('O6: prompt=none never shows a page: login_required signed out, consent_required for more than was allowed', async (t) => {
    const { latchwork, browser } = await settled(t)
    assert.equal(errorIn(await webBrowser().get(authorizationUrl(latchwork, { prompt: 'none' }).url)), 'login_required')
    assert.equal(errorIn(await browser.get(authorizationUrl(latchwork, { prompt: 'none', scope: 'openid notes:write' }).url)), 'consent_required')
    latchwork.advance(61_000)
    assert.equal(errorIn(await browser.get(authorizationUrl(latchwork, { prompt: 'none', max_age: '60' }).url)), 'login_required')
  })

  for (const prompt of ['login', 'select_account', 'login consent'] as const) {
    it(`O6: prompt=${prompt} asks for a proof though the person is signed in, once`, async (t) => {
      const { latchwork, browser } = await settled(t)
      latchwork.advance(10_000)
      const { url, verifier } = authorizationUrl(latchwork, { prompt })
      const page = await browser.open(url)
      assert.ok(isSignIn(page), page.text)
      const asked = latchwork.now()
      const next = await signIn(browser, page)
      assert.equal(isConsent(next), prompt === 'login consent')
      const end = isConsent(next) ? await browser.submit(next, 'consent-allow') : next
      assert.ok((await authTime(latchwork, end, verifier)) >= asked - 1000, 'auth_time is that of the new proof')
      assert.ok(isSignIn(await browser.open(url)), 'the same request asks again')
    })
  }

  it('O6: a proof of before, an old way back and a forged mark do not answer prompt=login', async (t) => {
    const { latchwork, browser } = await settled(t)
    const { url } = authorizationUrl(latchwork, { prompt: 'login' })
    const { location = '' } = await browser.get(url)
    const wayBack = new URL(new URL(location).searchParams.get('continue') ?? '', latchwork.issuer)
    assert.ok(isSignIn(await browser.open(wayBack.href)), 'the way back without a proof')
    latchwork.advance(1000)
    assert.ok(codeIn(await signIn(browser, await browser.open(wayBack.href))), 'the way back with a proof')
    const mark = wayBack.searchParams.get('lw_proof_after') ?? assert.fail('a mark')
    for (const forged of [mark.replace(/^\d/, '0'), `0000000000000.${mark.slice(14)}`, '0', '', `${mark}x`]) {
      wayBack.searchParams.set('lw_proof_after', forged)
      assert.ok(isSignIn(await browser.open(wayBack.href)), `mark ${forged}`)
    }
    const other = new URL(authorizationUrl(latchwork, { prompt: 'login', scope: 'openid' }).url)
    other.searchParams.set('lw_proof_after', mark)
    assert.ok(isSignIn(await browser.open(other.href)), 'the mark of another request')
    wayBack.searchParams.set('lw_proof_after', mark)
    assert.ok(codeIn(await browser.get(wayBack.href)), 'its own mark, soon after the proof: a page loaded again')
    latchwork.advance(16 * 60_000)
    assert.ok(isSignIn(await browser.open(wayBack.href)), 'the way back, used again later')
  })

  it('O6: prompt=consent asks again though everything is allowed', async (t) => {
    const { latchwork, browser } = await settled(t)
    const page = await browser.open(authorizationUrl(latchwork, { prompt: 'consent' }).url)
    assert.ok(isConsent(page))
    assert.ok(codeIn(await browser.submit(page, 'consent-allow')))
  })

  it('O6: max_age counts from the proof, by the moved clock; a fresh proof answers it', async (t) => {
    const { latchwork, browser } = await settled(t)
    const { url, verifier } = authorizationUrl(latchwork, { max_age: '60' })
    latchwork.advance(50_000)
    assert.ok(codeIn(await browser.get(url)), 'within 60 seconds')
    latchwork.advance(11_000)
    const page = await browser.open(url)
    assert.ok(isSignIn(page), 'after 61 seconds')
    const asked = latchwork.now()
    assert.ok((await authTime(latchwork, await signIn(browser, page), verifier)) >= asked - 1000)
  })

  it('O6: max_age=0 asks for a proof each time, and once each time', async (t) => {
    const { latchwork, browser } = await settled(t)
    const { url } = authorizationUrl(latchwork, { max_age: '0' })
    for (const time of ['first', 'second']) {
      latchwork.advance(1000)
      const page = await browser.open(url)
      assert.ok(isSignIn(page), time)
      assert.ok(codeIn(await signIn(browser, page)), time)
    }
    latchwork.advance(1000)
    assert.equal(errorIn(await browser.get(authorizationUrl(latchwork, { max_age: '0', prompt: 'none' }).url)), 'login_required')
  })

  it('O6: a consent page left open for longer than max_age leads to a proof first', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const { url, verifier } = authorizationUrl(latchwork, { max_age: '600' })
    const open = await browser.open(url)
    latchwork.advance(601_000)
    const page = await browser.submit(open, 'consent-allow')
    assert.ok(isSignIn(page), page.text)
    const asked = latchwork.now()
    const consent = await signIn(browser, page)
    assert.ok(isConsent(consent))
    assert.ok((await authTime(latchwork, await browser.submit(consent, 'consent-allow'), verifier)) >= asked - 1000)
  })

  it('O6: who is not signed in goes through the sign-in page, or a sign-up, and on', async (t) => {
    const latchwork = await startLatchwork(t)
    await signUp(latchwork)
    const browser = webBrowser()
    const page = await browser.open(authorizationUrl(latchwork, { login_hint: person.email }).url)
    assert.match(page.text, /value="ada@example\.com"/, 'login_hint fills the field')
    const long = await webBrowser().open(authorizationUrl(latchwork, { login_hint: `${'x'.repeat(243)}@example.com` }).url)
    assert.ok(isSignIn(long) && !long.text.includes('value="x'), 'one that is no address is not shown')
    assert.match(page.text, /127\.0\.0\.1:9/, 'the page says where the person will be sent')
    const wrong = await signIn(browser, page, { ...person, password: 'not the password' })
    assert.equal(wrong.status, 401)
    assert.ok(isConsent(await signIn(browser, wrong)))

    const newcomer = webBrowser()
    const [, link = ''] = /id="signup-link" href="([^"]+)"/.exec((await newcomer.open(authorizationUrl(latchwork).url)).text) ?? []
    const form = await newcomer.open(new URL(link.replaceAll('&amp;', '&'), latchwork.issuer).href)
    const bob = { 'signup-name': 'Bob', 'signup-identifier': 'bob@example.com', 'signup-password': 'another long password' }
    const consent = await newcomer.submit(form, 'signup-submit', bob)
    assert.ok(isConsent(consent))
    assert.ok(codeIn(await newcomer.submit(consent, 'consent-allow')))
  })

  it('O5: POST /authorize from another site becomes a GET with everything in it (Core §3.1.2.1)', async (t) => {
    const { latchwork, browser } = await settled(t)
    const query = new URL(authorizationUrl(latchwork, { state: 'a b&c' }).url).search
    const redirected = await webBrowser().post(`${latchwork.issuer}/authorize`, new URLSearchParams(query), { origin: 'https://app.example.test' })
    assert.equal(redirected.status, 303)
    assert.equal(new URL(redirected.location ?? '').search, query)
    const page = await browser.get(redirected.location ?? '')
    assert.equal(new URL(page.location ?? '').searchParams.get('state'), 'a b&c')
    assert.ok(codeIn(page))
    const json = await latchwork.call('POST', '/authorize', { body: {} })
    assert.deepEqual([json.status, json.headers.get('location')], [415, null])
  })

  it('O1 O5: response_mode=form_post gives code, state and iss in a form to the registered address', async (t) => {
    const { latchwork, browser } = await settled(t)
    const { url, verifier } = authorizationUrl(latchwork, { response_mode: 'form_post' })
    const page = await browser.get(url)
    assert.deepEqual([page.status, page.location, page.headers.get('cache-control')], [200, undefined, 'no-store'])
    assert.match(page.text, new RegExp(`<form method="post" action="${CALLBACK}"`))
    const told = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]))
    assert.deepEqual(Object.keys(told).sort(), ['code', 'iss', 'state'])
    const answer = await redeem(latchwork, { code: told['code'] ?? '', verifier, redirectUri: CALLBACK } as Authorization)
    assert.equal(answer.status, 200)
  })

  it('O5 R6: a request of 8 kB, half of it state, goes the whole way through the sign-in', async (t) => {
    const latchwork = await startLatchwork(t)
    await signUp(latchwork)
    const change: Change = { state: 'x'.repeat(4096), ui_locales: 'y'.repeat(4000) }
    const browser = webBrowser()
    const consent = await signIn(browser, await browser.open(authorizationUrl(latchwork, change).url))
    assert.ok(isConsent(consent), consent.text)
    const end = await browser.submit(consent, 'consent-allow')
    assert.equal(new URL(end.location ?? '').searchParams.get('state'), change['state'])
    assert.ok(codeIn(end))
  })
})
