/** The logo of an application in a real browser: it is shown, it comes from here, and the page is whole without it. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { type LogoHost, pngOf, serves, startLogoHost } from '../kit/logo-host.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { type Application, startApplication } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { fillSignIn, signUp } from './steps.ts'

interface Rig {
  readonly latchwork: Latchwork
  readonly application: Application
  readonly host: LogoHost
}

async function start(t: TestContext, name?: string): Promise<Rig> {
  const host = await startLogoHost(t, serves(pngOf(512, 512)))
  const { application, connect } = await startApplication(t, name === undefined ? {} : { name })
  const settings = { logoUri: `${host.origin}/logo.png`, policyUri: 'https://acme.example/privacy', termsUri: 'https://acme.example/terms' }
  const latchwork = await startLatchwork(t, { config: { clients: [{ ...application.declaration, settings }], outbound: { allow: [host.allow] } } })
  await connect(latchwork)
  return { latchwork, application, host }
}

describeInChromium('the logo of an application', (open) => {
  it('O7 O17: is shown where one signs in, is asked, and looks back; the browser asks nobody else for it', async (t) => {
    const { latchwork, application, host } = await start(t)
    const { page, context } = await open(t)
    const asked: string[] = []
    context.on('request', (request) => void asked.push(new URL(request.url()).origin))
    await signUp(page, latchwork)
    await context.clearCookies()
    await page.goto(application.startUrl())
    await page.waitForURL(`${latchwork.issuer}/login?*`)
    assert.deepEqual(await shownLogo(page), { width: 512, shown: 56 })
    await fillSignIn(page)
    await page.locator('#consent-allow').waitFor()
    assert.deepEqual(await shownLogo(page), { width: 512, shown: 56 })
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    await page.goto(`${latchwork.issuer}/account/applications`)
    assert.deepEqual(await shownLogo(page), { width: 512, shown: 56 })
    assert.deepEqual(new Set(asked), new Set([latchwork.issuer, application.origin]))
    assert.deepEqual(host.requests, [{ path: '/logo.png', userAgent: 'latchwork' }])
  })

  it('O7 13: late or not at all, it moves nothing; afterwards the page stands without it, and fits a narrow screen with it', async (t) => {
    const { latchwork, application, host } = await start(t, 'Acme Notes of the Worshipful Company of Donaudampfschifffahrtsgesellschaftskapitäne')
    const waiting: ServerResponse[] = []
    host.answer = (_request, response) => void waiting.push(response)
    const { page, troubles } = await open(t, { viewport: { width: 320, height: 640 } })
    const boxOf = () => page.locator('#asked-for').boundingBox()
    await page.goto(application.startUrl(), { waitUntil: 'domcontentloaded' })
    await until(() => waiting.length === 1, 'the host is asked')
    const late = await boxOf()
    assert.deepEqual(await page.evaluate(() => document.documentElement.scrollWidth), 320)
    waiting[0]?.writeHead(404).end()
    await shownLogo(page)
    assert.deepEqual(await boxOf(), late, 'not there')
    assert.equal(troubles.splice(0).filter((trouble) => !/^404 .*\/logo\?v=/.test(trouble)).length, 0)
    await page.reload()
    assert.equal(await page.locator('img').count(), 0)
    host.answer = serves(pngOf(2048, 4))
    latchwork.advance(5 * 60_000)
    await page.reload()
    assert.deepEqual(await shownLogo(page), { width: 2048, shown: 56 })
    assert.deepEqual(await boxOf(), late, 'there')
  })
})

/** Of the one picture of the page, once it is there: its own width, and that at which it is shown. */
async function shownLogo(page: Page): Promise<{ readonly width: number; readonly shown: number }> {
  await page.waitForFunction(() => document.querySelector('img')?.complete)
  return page.locator('img.logo').evaluate((image: HTMLImageElement) => ({ width: image.naturalWidth, shown: image.getBoundingClientRect().width }))
}
