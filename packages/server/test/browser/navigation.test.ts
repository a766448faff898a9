/** Going back, two tabs, signing in anew: what people do that a protocol does not think of. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { startApplication, startBoth } from './application.ts'
import { describeInChromium, type OpenVisitor } from './chromium.ts'
import { ada, fillSignIn, fillSignUp, heading, signUp } from './steps.ts'

describeInChromium('going back and forth', tests, { keepsPages: true })

function tests(open: OpenVisitor): void {
  it('13: back after consent leads to the application again', async (t) => {
    const { application } = await startBoth(t)
    const { page } = await open(t)
    await page.goto(application.origin)
    await page.click('#start')
    await page.click('#signup-link')
    await fillSignUp(page)
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    await goBack(page)
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    assert.equal(application.received.length, 2)
    assert.notEqual(application.received[0]?.parameters['code'], application.received[1]?.parameters['code'])
  })

  it('13: back after a sign-out shows nothing of the person', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await signUp(page, latchwork)
    await page.click('#account-sign-out')
    await page.click('#logout-confirm')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    for (let step = 0; step < 2; step++) {
      await goBack(page)
      assert.doesNotMatch(await page.innerText('body'), /ada@example\.com/i, page.url())
    }
    await page.waitForURL(/\/login\?continue=%2Faccount$/)
  })

  it('13: back to the sign-in form after signing in, and once more through it', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    await context.clearCookies()
    await page.goto(`${latchwork.issuer}/account`)
    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
    await goBack(page)
    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
  })

  it('13.3: two applications in two tabs at once, each gets its own answer', async (t) => {
    const one = await startApplication(t, { id: 'one', name: 'One' })
    const two = await startApplication(t, { id: 'two', name: 'Two' })
    const latchwork = await startLatchwork(t, { config: { clients: [one.application.declaration, two.application.declaration] } })
    await one.connect(latchwork)
    await two.connect(latchwork)
    const { page: left, context } = await open(t)
    await signUp(left, latchwork)
    await context.clearCookies()
    const right = await context.newPage()
    await left.goto(one.application.startUrl())
    await right.goto(two.application.startUrl({ scope: 'openid notes:read' }))
    await fillSignIn(left)
    await left.locator('#consent-allow').waitFor()
    await fillSignIn(right)
    await right.locator('#consent-allow').waitFor()
    await left.click('#consent-allow')
    await left.waitForURL(`${one.application.origin}/callback?*`)
    await right.click('#consent-allow')
    await right.waitForURL(`${two.application.origin}/callback?*`)
    assert.equal(await left.innerText('#scope'), 'openid email notes:read notes:write')
    assert.equal(await right.innerText('#scope'), 'openid notes:read')
  })

  it('13.3: two sign-ins of one application in two tabs', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page: left, context } = await open(t)
    await signUp(left, latchwork)
    const right = await context.newPage()
    await left.goto(application.startUrl({ scope: 'openid notes:read' }))
    await right.goto(application.startUrl({ scope: 'openid notes:write' }))
    await left.click('#consent-allow')
    await left.locator('#welcome').waitFor()
    await right.click('#consent-allow')
    await right.locator('#welcome').waitFor()
    assert.deepEqual(
      application.received.map(({ scope }) => scope),
      ['openid notes:read', 'openid notes:write'],
    )
  })

  it('13.4: prompt=login asks once more, with the address filled in, and then finishes (OpenID Connect Core §3.1.2.1)', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page } = await open(t)
    await signUp(page, latchwork)
    await page.goto(application.startUrl())
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    await page.goto(application.startUrl({ prompt: 'login', login_hint: ada.email }))
    assert.equal(await heading(page), 'Sign in')
    assert.equal(await page.inputValue('#login-identifier'), ada.email)
    await page.reload()
    await fillSignIn(page, { ...ada, password: 'not the password at all' })
    await page.locator('#problems').waitFor()
    await fillSignIn(page)
    await page.locator('#welcome').waitFor()
    assert.equal(application.received.length, 2)
    await page.goto(application.startUrl({ prompt: 'login' }))
    assert.equal(await heading(page), 'Sign in', 'a second time it asks again')
  })

  it('13.4: “Not you?” lets somebody else sign in, who is then asked for their own consent', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork, { ...ada, name: 'Bob', email: 'bob@example.com' })
    await context.clearCookies()
    await signUp(page, latchwork)
    await page.goto(application.startUrl())
    await page.click('#switch-person')
    await fillSignIn(page, { ...ada, email: 'bob@example.com' })
    assert.match(await page.innerText('#signed-in-as'), /Bob \(bob@example\.com\)/)
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    await page.goto(`${application.origin}/notes`)
    assert.equal(await page.innerText('#call'), 'bob@example.com')
  })
}

/** As the button of the browser does it: the page may be the one kept in memory, or one loaded anew. */
async function goBack(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent('framenavigated'), page.evaluate(() => void setTimeout(() => history.back()))])
  await page.locator('h1').waitFor()
}
