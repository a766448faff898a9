import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loginCookie, newEmail, password, register } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

const HOUR = 60 * 60 * 1000
const tokenOf = (page: Visit): string => /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
const codeOf = (page: Visit): string | undefined => /<code id="error-code">([a-z_]+)<\/code>/.exec(page.text)?.[1]

async function signIn(latchwork: Latchwork, browser: WebBrowser, token: string, email: string, headers?: Readonly<Record<string, string>>): Promise<Visit> {
  return browser.post(`${latchwork.issuer}/login`, { form_token: token, email, password }, headers ?? { origin: latchwork.issuer })
}

describe('forms', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('13.1: a form counts in the browser that got it, for its own purpose, within the hour, from our own page', async (t) => {
    const latchwork = await startLatchwork(t)
    const email = await register(latchwork)
    const mine = webBrowser()
    const token = tokenOf(await mine.open(`${latchwork.issuer}/login`))
    const other = webBrowser()
    await other.open(`${latchwork.issuer}/login`)
    const signUpToken = tokenOf(await mine.open(`${latchwork.issuer}/signup`))
    const wrong: readonly [string, Promise<Visit>, string][] = [
      ['in another browser', signIn(latchwork, other, token, email), 'form_stale'],
      ['in no browser of ours', signIn(latchwork, webBrowser(), token, email), 'form_stale'],
      ['of another purpose', signIn(latchwork, mine, signUpToken, email), 'form_stale'],
      ['without token', signIn(latchwork, mine, '', email), 'form_stale'],
      ['with a changed token', signIn(latchwork, mine, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, email), 'form_stale'],
      ['with a changed time', signIn(latchwork, mine, `zzzzzzzzz${token.slice(9)}`, email), 'form_stale'],
      ['from another site', signIn(latchwork, mine, token, email, { origin: 'https://evil.example' }), 'origin_refused'],
      ['from nowhere', signIn(latchwork, mine, token, email, { origin: 'null' }), 'origin_refused'],
      ['from a sister site', signIn(latchwork, mine, token, email, { 'sec-fetch-site': 'same-site' }), 'origin_refused'],
    ]
    for (const [what, answer, code] of wrong) {
      const page = await answer
      assert.equal(page.status, 403, what)
      assert.equal(codeOf(page), code, what)
      assert.equal(
        page.headers.getSetCookie().some((line) => line.startsWith(loginCookie)),
        false,
        what,
      )
    }
    latchwork.advance(HOUR - 5000)
    assert.equal((await signIn(latchwork, mine, token, email)).status, 303)
    latchwork.advance(10_000)
    assert.equal(codeOf(await signIn(latchwork, mine, token, email)), 'form_stale')
  })

  it('13.1: a form of one person does nothing for another who signs in in the same browser', async () => {
    const latchwork = latchworkOf()
    const browser = webBrowser()
    const enter = async (email: string) => {
      assert.equal((await signIn(latchwork, browser, tokenOf(await browser.open(`${latchwork.issuer}/login`)), email)).status, 303)
      return browser.open(`${latchwork.issuer}/account`)
    }
    const [ada, eve] = [await register(latchwork), await register(latchwork)]
    const adasPage = await enter(ada)
    const session = /ses_[0-9A-Za-z]{22}/.exec(adasPage.text)?.[0] ?? ''
    await enter(eve)
    const page = await browser.post(
      `${latchwork.issuer}/account/sessions/end`,
      { form_token: tokenOf(adasPage), session_id: session },
      { origin: latchwork.issuer },
    )
    assert.equal(codeOf(page), 'form_stale')
  })

  it('E4: the operator’s pages do not exist for anybody else, and their forms need their own token', async () => {
    const latchwork = latchworkOf()
    const email = await register(latchwork)
    const browser = webBrowser()
    assert.equal((await browser.get(`${latchwork.issuer}/operator/keys`)).location, `${latchwork.issuer}/login?continue=%2Foperator%2Fkeys`)
    await signIn(latchwork, browser, tokenOf(await browser.open(`${latchwork.issuer}/login`)), email)
    const accountToken = tokenOf(await browser.open(`${latchwork.issuer}/account`))
    assert.equal((await browser.get(`${latchwork.issuer}/operator/keys`)).status, 404)
    for (const path of ['/operator/keys', '/operator/keys/revoke', '/operator/root-keys', '/operator/root-keys/revoke'])
      for (const form_token of ['', accountToken]) {
        const page = await browser.post(latchwork.issuer + path, { form_token, name: 'x', key_id: 'key_1' }, { origin: latchwork.issuer })
        assert.deepEqual([page.status, codeOf(page)], [404, 'not_found'])
        const stranger = await webBrowser().post(latchwork.issuer + path, { form_token, name: 'x' }, { origin: latchwork.issuer })
        assert.deepEqual([stranger.status, codeOf(stranger)], [401, 'sign_in_required'])
      }
  })

  it('O5: after signing in a person stays here: no address in continue leads away', async () => {
    const latchwork = latchworkOf()
    const email = await register(latchwork)
    const away = [
      'https://evil.example',
      'http://evil.example/account',
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/%2f%2fevil.example',
      '/%5cevil.example',
      '%2f%2fevil.example',
      '/.//evil.example',
      '/account/../..//evil.example',
      '/account//evil.example',
      '/account\r\nLocation: https://evil.example',
      '/account\nset-cookie: a=b',
      '/account\t',
      '/\t/evil.example',
      ' //evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      '/account#//evil.example',
      '/unknown',
      '/accountx',
      '/login',
      '/v1/keys',
      '@evil.example',
      '.evil.example',
      '/account@evil.example',
      'é',
      '/é',
      '/\u2028',
      `/account?${'a'.repeat(20_000)}`,
      '',
      '?x',
      '/',
      '/authorize/../account',
      '/Account',
    ]
    for (const target of away) {
      const browser = webBrowser()
      const page = await browser.get(`${latchwork.issuer}/login?continue=${encodeURIComponent(target.length > 4000 ? '' : target)}`)
      assert.equal(page.status, 200, target.slice(0, 40))
      assert.match(page.text, /name="continue" value="\/account"/, `${target.slice(0, 40)}: the page itself offers nothing else`)
      const token = tokenOf(page)
      const done = await browser.post(`${latchwork.issuer}/login`, { form_token: token, email, password, continue: target }, { origin: latchwork.issuer })
      assert.equal(done.status, 303, target.slice(0, 40))
      assert.equal(done.headers.get('location'), '/account', target.slice(0, 40))
    }
    for (const target of ['/account', '/operator/keys', '/authorize?client_id=x&scope=a%20b', '/logout']) {
      const browser = webBrowser()
      const token = tokenOf(await browser.get(`${latchwork.issuer}/login`))
      const done = await browser.post(`${latchwork.issuer}/login`, { form_token: token, email, password, continue: target }, { origin: latchwork.issuer })
      assert.equal(done.headers.get('location'), target)
    }
  })

  it('O5: sign-up keeps people here too', async () => {
    const latchwork = latchworkOf()
    for (const target of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      const browser = webBrowser()
      const token = tokenOf(await browser.get(`${latchwork.issuer}/signup`))
      const fields = { form_token: token, email: newEmail(), password, name: 'A', continue: target }
      const done = await browser.post(`${latchwork.issuer}/signup`, fields, { origin: latchwork.issuer })
      assert.deepEqual([done.status, done.headers.get('location')], [303, '/account'])
    }
  })

  it('13.2: what a person typed comes back as text, never as markup', async () => {
    const latchwork = latchworkOf()
    const markup = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
    const browser = webBrowser()
    const page = await browser.get(`${latchwork.issuer}/login?continue=${encodeURIComponent(markup)}&login_hint=${encodeURIComponent(markup)}`)
    const refused = await browser.post(
      `${latchwork.issuer}/signup`,
      { form_token: 'x', email: markup, name: markup, password: markup },
      { origin: latchwork.issuer },
    )
    const signUp = await browser.get(`${latchwork.issuer}/signup`)
    const again = await browser.post(
      `${latchwork.issuer}/signup`,
      { form_token: tokenOf(signUp), email: markup, name: markup, password: 'short' },
      { origin: latchwork.issuer },
    )
    const missing = await browser.get(`${latchwork.issuer}/${encodeURIComponent(markup)}`, { accept: 'text/html' })
    for (const { text } of [page, refused, again, missing]) assert.doesNotMatch(text, /<script>|<img|onerror=alert\(1\)>/)
    assert.equal(again.status, 400)
  })
})
