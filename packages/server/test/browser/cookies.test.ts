/** What the browser keeps of the server, and when it gives it back. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { startBoth } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { fillSignIn, signUp } from './steps.ts'

const LOGIN = '__Host-lw_login'
const REFRESH = '__Host-lw_refresh'
const BROWSER = '__Host-lw_browser'

describeInChromium('cookies', (open) => {
  it('J9: are __Host-, Secure, HttpOnly, and Lax or Strict; no script sees them', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    const cookies = (await context.cookies(latchwork.issuer)).map((cookie) => ({ ...cookie, lasts: cookie.expires > 0 }))
    assert.deepEqual(
      cookies.map(({ name, sameSite, secure, httpOnly, path, domain, lasts }) => [name, sameSite, secure, httpOnly, path, domain, lasts]).sort(),
      [
        [BROWSER, 'Lax', true, true, '/', 'localhost', false],
        [LOGIN, 'Lax', true, true, '/', 'localhost', true],
        [REFRESH, 'Strict', true, true, '/', 'localhost', true],
      ],
    )
    assert.equal(await page.evaluate(() => document.cookie), '')
  })

  it('J9: a link on another site brings the sign-in along, and no refresh token', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page } = await open(t)
    await signUp(page, latchwork)
    const sent = async (path: string, go: () => Promise<unknown>): Promise<string[]> => {
      const [request] = await Promise.all([page.waitForRequest(`${latchwork.issuer}${path}`), go()])
      const { cookie = '' } = await request.allHeaders()
      return cookie.split('; ').map((pair) => pair.split('=')[0] ?? '')
    }
    await page.goto(application.serve('/link', `<a id="link" href="${latchwork.issuer}/account">Account</a>`))
    assert.deepEqual((await sent('/account', () => page.click('#link'))).sort(), [BROWSER, LOGIN])
    await page.waitForURL(`${latchwork.issuer}/account`)
    assert.deepEqual((await sent('/account', () => page.click('nav a[href="/account"]'))).sort(), [BROWSER, LOGIN, REFRESH])
  })

  it('J9: each sign-in gets cookies of its own, and the old ones end with the sign-out', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    const kept = async (name: string): Promise<string | undefined> => (await context.cookies()).find((cookie) => cookie.name === name)?.value
    const first = { login: await kept(LOGIN), refresh: await kept(REFRESH) }
    await page.goto(`${latchwork.issuer}/logout`)
    await page.click('#logout-confirm')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    assert.deepEqual([await kept(LOGIN), await kept(REFRESH)], [undefined, undefined])
    await page.goto(`${latchwork.issuer}/login`)
    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
    assert.notEqual(await kept(LOGIN), first.login)
    assert.notEqual(await kept(REFRESH), first.refresh)

    const old = { name: LOGIN, value: first.login ?? '', url: latchwork.issuer, secure: true, httpOnly: true, sameSite: 'Lax' } as const
    await context.addCookies([{ ...old, url: latchwork.issuer.replace('http:', 'https:') }])
    await page.goto(`${latchwork.issuer}/account`)
    await page.waitForURL(/\/login\?/)
  })

  it('13.3: two hundred abandoned sign-ins leave three cookies at most, and the next one works', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    await page.goto(`${latchwork.issuer}/logout`)
    await page.click('#logout-confirm')
    await page.goto(application.startUrl())
    const begun = page.url()
    for (let batch = 0; batch < 20; batch++) {
      const tries = Array.from({ length: 10 }, () => context.request.get(begun))
      for (const answer of await Promise.all(tries)) assert.equal(answer.status(), 200)
    }
    const cookies = await context.cookies(latchwork.issuer)
    assert.ok(cookies.length <= 3, cookies.map(({ name }) => name).join(' '))
    await context.clearCookies({ domain: '127.0.0.1' })
    await page.goto(application.startUrl())
    await fillSignIn(page)
    await page.click('#consent-allow')
    await page.waitForURL(`${application.origin}/callback?*`)
  })
})
