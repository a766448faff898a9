/** A person lets a device in: on their telephone, by the keyboard alone, without script; and is not tricked into it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { poll, startDevice } from '../kit/device.ts'
import { startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { startApplication } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { fillSignIn, heading, signUp } from './steps.ts'

describeInChromium('a device', (open) => {
  it('O2: on a telephone, signed out at first: code, sign-in, a part allowed, and the device goes on', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t, { viewport: { width: 320, height: 640 } })
    await signUp(page, latchwork)
    await context.clearCookies()
    const device = await startDevice(latchwork)
    await page.goto(device.completeUri)
    await fillSignIn(page)
    await page.waitForURL(`${latchwork.issuer}/device?*`)
    assert.equal(await page.inputValue('#device-code'), device.userCode)
    await page.click('#device-submit')
    await page.waitForURL(`${latchwork.issuer}/device/allow?*`)
    assert.match(await page.innerText('#device-warning'), new RegExp(device.userCode))
    await page.getByLabel('Change your notes').uncheck()
    await page.click('#consent-allow')
    await page.waitForURL(`${latchwork.issuer}/device/done?*`)
    assert.equal(await heading(page), 'The device is connected')
    assert.equal((await poll(latchwork, device)).body.scope, 'openid notes:read')
    await page.goBack()
    assert.equal(await page.innerText('#error-code'), 'user_code_unknown', 'the question is over')
  })

  it('O2: by the keyboard alone, without script; a wrong code is told at the field', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t, { javaScriptEnabled: false })
    await signUp(page, latchwork)
    const device = await startDevice(latchwork)
    await page.goto(`${latchwork.issuer}/device`)
    await tabTo(page, 'device-code')
    await page.keyboard.type('BBBB-BBBB')
    await page.keyboard.press('Enter')
    await page.locator('#device-code-problem').waitFor()
    await tabTo(page, 'device-code')
    await page.keyboard.press('Control+A')
    await page.keyboard.type(device.userCode.toLowerCase())
    await page.keyboard.press('Enter')
    await page.waitForURL(`${latchwork.issuer}/device/allow?*`)
    await tabTo(page, 'consent-allow')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${latchwork.issuer}/device/done?*`)
    assert.equal((await poll(latchwork, device)).status, 200)
  })

  it('O2: Enter in the question says no', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await signUp(page, latchwork)
    const device = await startDevice(latchwork)
    await page.goto(device.completeUri)
    await page.click('#device-submit')
    await page.locator('#consent-scope-2').press('Enter')
    await page.waitForURL(`${latchwork.issuer}/device/done`)
    assert.equal((await poll(latchwork, device)).body.error, 'access_denied')
  })

  it('O2 13.1: another site can neither enter a code for a person, nor show the question in a frame', async (t) => {
    const { application, connect } = await startApplication(t)
    const latchwork = await startLatchwork(t, { config: { clients: [application.declaration, testClients.television] } })
    await connect(latchwork)
    const visitor = await open(t)
    const { page, troubles } = visitor
    await signUp(page, latchwork)
    const device = await startDevice(latchwork)
    const form = `<form method="post" action="${latchwork.issuer}/device"><input name="user_code" value="${device.userCode}"></form><script>document.forms[0].submit()</script>`
    await page.goto(application.serve('/evil', form))
    await page.waitForURL(`${latchwork.issuer}/device`)
    assert.match(await page.innerText('#error-code'), /^(origin_refused|sign_in_required)$/)
    await page.goto(application.serve('/frame', `<iframe src="${device.completeUri}"></iframe>`))
    await page.waitForLoadState('networkidle')
    for (const frame of page.frames().slice(1)) assert.equal(await frame.locator('#device-submit').count(), 0)
    assert.ok(troubles.length > 0 && troubles.every((trouble) => /frame/i.test(trouble)), troubles.join('\n'))
    troubles.length = 0
    assert.equal((await poll(latchwork, device)).body.error, 'authorization_pending')
  })
})

async function tabTo(page: Page, id: string): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs++) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`#${id} is not reached by Tab`)
}
