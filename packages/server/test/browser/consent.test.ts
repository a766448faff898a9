/** A person comes from an application on another site, gives it a permission, and takes it back. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startApplication, startBoth } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { ada, fillSignIn, fillSignUp, heading, signUp } from './steps.ts'

describeInChromium('consent', (open) => {
  it('O7 O17: the person sees who asks, gives a part, is not asked again, denies more, and takes it back', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    await context.clearCookies()

    await page.goto(application.startUrl())
    await page.waitForURL(`${latchwork.issuer}/login?*`)
    assert.match(await page.innerText('#destination'), new RegExp(`Acme Notes at ${new URL(application.origin).host}`))
    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/authorize?*`)
    assert.match(await page.innerText('.lead'), /^Acme Notes asks to use your account at Latchwork\.$/)
    assert.equal(await page.innerText('#consent-host'), new URL(application.origin).host)
    assert.equal(await page.innerText('#consent-client'), application.id)
    await page.getByLabel('Change your notes').uncheck()
    await page.click('#consent-allow')
    await page.waitForURL(`${application.origin}/callback?*`)
    assert.equal(await page.innerText('#scope'), 'openid email notes:read')

    await page.goto(application.startUrl({ scope: 'openid email notes:read' }))
    await page.waitForURL(`${application.origin}/callback?*`)
    assert.equal(await page.innerText('#scope'), 'openid email notes:read')

    await page.goto(application.startUrl({ scope: 'openid notes:write' }))
    await page.waitForURL(`${latchwork.issuer}/authorize?*`)
    await page.click('#consent-deny')
    await page.waitForURL(`${application.origin}/callback?*`)
    assert.equal(await page.innerText('#refused'), 'access_denied')

    await page.goto(`${application.origin}/notes`)
    assert.equal(await page.innerText('#call'), ada.email)
    await page.goto(`${latchwork.issuer}/account/applications`)
    const row = page.locator('li[id^=consent-]')
    assert.match(await row.innerText(), /Acme Notes[\s\S]*Read your notes/)
    assert.doesNotMatch(await row.innerText(), /Change your notes/)
    await row.getByRole('button', { name: 'Take back' }).click()
    await page.getByText('None. When you allow an application').waitFor()
    await page.goto(`${application.origin}/notes`)
    assert.equal(await page.innerText('#call'), 'refused 401 invalid_token')
    await page.goto(application.startUrl({ scope: 'openid email notes:read' }))
    await page.locator('#consent-allow').waitFor()
  })

  it('O5: form_post ends at the application, with code, state and iss (Form Post Response Mode §2, RFC 9207)', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page } = await open(t)
    await page.goto(application.startUrl({ response_mode: 'form_post' }))
    await page.click('#signup-link')
    await fillSignUp(page)
    await page.click('#consent-allow')
    await page.waitForURL(`${application.origin}/callback`)
    assert.equal(await heading(page), 'Welcome')
    const [response] = application.received
    assert.equal(response?.method, 'POST')
    assert.deepEqual(Object.keys(response?.parameters ?? {}).sort(), ['code', 'iss', 'state'])
    assert.equal(response?.parameters['iss'], latchwork.issuer)
  })

  it('O5: no policy stops the way from a posted form to the application, nor where the application goes on to', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { application: elsewhere } = await startApplication(t, { id: 'elsewhere' })
    const { page, context } = await open(t)
    application.landing = elsewhere.serve('/home', '<h1>Home</h1>')
    await page.goto(application.startUrl())
    await page.click('#signup-link')
    await fillSignUp(page)
    await page.click('#consent-allow') // consent → callback → another origin
    await page.waitForURL(`${elsewhere.origin}/home`)
    await context.clearCookies()
    await page.goto(application.startUrl())
    await fillSignIn(page) // sign-in → authorize → callback → another origin
    await page.waitForURL(`${elsewhere.origin}/home`)
    assert.equal(application.received.length, 2)
    assert.equal(await page.goto(latchwork.issuer).then((answer) => answer?.status()), 200)
  })

  it('13.1: a consent page of one person does not count for another who signs in after', async (t) => {
    const { latchwork, application } = await startBoth(t)
    const { page, context } = await open(t)
    await signUp(page, latchwork)
    await page.goto(application.startUrl())
    await page.locator('#consent-allow').waitFor()
    const other = await context.newPage()
    await other.goto(`${latchwork.issuer}/logout`)
    await other.click('#logout-confirm')
    await other.getByRole('heading', { name: 'You are signed out' }).waitFor()
    await signUp(other, latchwork, { ...ada, name: 'Bob', email: 'bob@example.com' })
    await page.click('#consent-allow')
    assert.equal(await page.innerText('#error-code'), 'form_stale')
    assert.equal(application.received.length, 0)
  })
})
