/** Signing up, in and out, as a person does it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { startBoth } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { ada, fillSignIn, fillSignUp, heading, signUp } from './steps.ts'

describeInChromium('sign-in pages', (open) => {
  it('J9: a person signs up, is signed in, signs out and in again', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await page.goto(latchwork.issuer)
    await page.click('#home-sign-up')
    await fillSignUp(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
    assert.match(await page.locator('.person').innerText(), /Ada[\s\S]*ada@example\.com/)
    const device = page.locator('li[id^=session-]')
    assert.equal(await device.count(), 1)
    assert.match(await device.innerText(), /Chrome on Linux[\s\S]*This one/)

    await page.click('#account-sign-out')
    assert.equal(await heading(page), 'Sign out?')
    await page.click('#logout-stay')
    await page.waitForURL(`${latchwork.issuer}/account`)
    await page.click('#account-sign-out')
    await page.click('#logout-confirm')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await page.goto(`${latchwork.issuer}/account`)
    await page.waitForURL(/\/login\?continue=%2Faccount$/)

    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
  })

  it('J9: the device a person ends is signed out, and is told so', async (t) => {
    const latchwork = await startLatchwork(t)
    const desk = await open(t)
    const phone = await open(t, { userAgent: 'Mozilla/5.0 (Linux; Android 15) Chrome/150.0.0.0 Mobile' })
    await signUp(desk.page, latchwork)
    await phone.page.goto(`${latchwork.issuer}/login`)
    await fillSignIn(phone.page)
    await phone.page.waitForURL(`${latchwork.issuer}/account`)
    await desk.page.reload()
    await desk.page.locator('li', { hasText: 'Chrome on Android' }).getByRole('button').click()
    await desk.page.locator('li', { hasText: 'Chrome on Android' }).waitFor({ state: 'detached' })
    await phone.page.reload()
    await phone.page.waitForURL(/\/login\?/)
    await desk.page.locator('li[id^=session-]').getByRole('button').click()
    await desk.page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    assert.deepEqual(await desk.context.cookies().then((cookies) => cookies.map(({ name }) => name)), ['__Host-lw_browser'])
  })

  it('13: a wrong password is told at the field and in a summary that has the focus; the address stays', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    await context.clearCookies()
    await page.goto(`${latchwork.issuer}/login`)
    await fillSignIn(page, { ...ada, password: 'not the password at all' })
    await page.locator('#problems').waitFor()
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'problems')
    assert.equal(await page.inputValue('#login-identifier'), ada.email)
    assert.equal(await page.inputValue('#login-password'), '')
    assert.equal(await page.getAttribute('#login-password', 'aria-invalid'), 'true')
    assert.ok(await page.locator('#login-password-problem').isVisible())
    await page.locator('#problems a').press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'login-password')
    await page.keyboard.type(ada.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${latchwork.issuer}/account`)
  })

  it('13: sign-up says what is wrong with each field', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await page.goto(`${latchwork.issuer}/signup`)
    await fillSignUp(page, { ...ada, password: 'short' })
    assert.equal(await page.getAttribute('#signup-password', 'aria-invalid'), 'true')
    assert.equal(await page.inputValue('#signup-name'), ada.name)
    await fillSignUp(page, { ...ada, name: 'x'.repeat(500) })
    assert.equal(await page.getAttribute('#signup-name', 'aria-invalid'), 'true')
    await fillSignUp(page, { ...ada, email: 'nobody' })
    assert.equal(await page.getAttribute('#signup-identifier', 'aria-invalid'), 'true')
    assert.equal(await page.inputValue('#signup-identifier'), 'nobody')
    await fillSignUp(page)
    await page.waitForURL(`${latchwork.issuer}/account`)
  })

  it('13: the keyboard alone is enough, from the application to the application', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page } = await open(t)
    const { keyboard } = page
    const focus = async (id: string): Promise<void> => {
      for (let tabs = 0; tabs < 20; tabs++) {
        if ((await page.evaluate(() => document.activeElement?.id)) === id) return
        await keyboard.press('Tab')
      }
      assert.fail(`Tab reaches #${id} on ${page.url()}`)
    }
    await page.goto(application.startUrl())
    await focus('signup-link')
    await keyboard.press('Enter')
    await page.waitForURL(/\/signup\?/)
    for (const [id, text] of [
      ['signup-name', ada.name],
      ['signup-identifier', ada.email],
      ['signup-password', ada.password],
    ] as const) {
      await focus(id)
      await keyboard.type(text)
    }
    await keyboard.press('Enter')
    await page.waitForURL(`${latchwork.issuer}/authorize?*`)
    await focus('consent-scope-3')
    await keyboard.press('Space')
    await focus('consent-allow')
    await keyboard.press('Enter')
    await page.waitForURL(`${application.origin}/callback?*`)
    assert.equal(await page.innerText('#scope'), 'openid email notes:write')
  })

  it('13: everything works without script: sign-up, consent, sign-out', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page } = await open(t, { javaScriptEnabled: false })
    await page.goto(application.startUrl())
    await page.click('#signup-link')
    await fillSignUp(page)
    await page.click('#consent-allow')
    await page.waitForURL(`${application.origin}/callback?*`)
    assert.equal(await page.innerText('#scope'), 'openid email notes:read notes:write')
    await page.goto(application.startUrl({ response_mode: 'form_post' }))
    await page.click('#form-post-submit')
    await page.waitForURL(`${application.origin}/callback`)
    assert.equal(application.received[1]?.method, 'POST')
    await page.goto(`${latchwork.issuer}/account`)
    await page.click('#account-sign-out')
    await page.click('#logout-confirm')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  })
})
