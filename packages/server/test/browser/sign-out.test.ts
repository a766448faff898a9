/** A person signs out here, and two applications on another site hear of it in the same browser (O16). */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { type Application, startApplication } from './application.ts'
import { describeInChromium, type OpenVisitor } from './chromium.ts'
import { heading, signUp } from './steps.ts'

interface Scene {
  readonly latchwork: Latchwork
  readonly applications: readonly [Application, Application]
  readonly page: Page
  /** Addresses that frames asked for. */
  readonly framed: string[]
}

/** A person who is signed in at two applications that want to hear of the sign-out. */
async function signedInAtBoth(t: TestContext, open: OpenVisitor, options: Parameters<OpenVisitor>[1] = {}): Promise<Scene> {
  const [one, two] = [await startApplication(t), await startApplication(t, { id: 'ledger', name: 'Ledger' })]
  const applications = [one.application, two.application] as const
  const clients = applications.map(({ declaration, origin }) => ({
    ...declaration,
    settings: { frontchannelLogoutUri: `${origin}/signed-out`, postLogoutRedirectUris: [`${origin}/bye`] },
  }))
  const latchwork = await startLatchwork(t, { config: { clients } })
  await one.connect(latchwork)
  await two.connect(latchwork)
  const { page, context } = await open(t, options)
  await signUp(page, latchwork)
  const framed: string[] = []
  context.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame().parentFrame() !== null) framed.push(request.url())
  })
  for (const application of applications) {
    application.serve('/signed-out', '<h1>Signed out here too</h1>')
    application.serve('/bye', '<h1>Bye</h1>')
    await page.goto(application.startUrl())
    await page.click('#consent-allow')
    await page.waitForURL(`${application.origin}/callback?*`)
  }
  return { latchwork, applications, page, framed }
}

function askSignOut({ latchwork, applications: [first] }: Scene): string {
  const asked = { client_id: first.id, post_logout_redirect_uri: `${first.origin}/bye`, state: 'a&b' }
  return `${latchwork.issuer}/logout?${new URLSearchParams(asked)}`
}

describeInChromium('signing out', (open) => {
  it('O16: asked by one application: the person says so, both hear in frames with iss and sid, and the first has the person back', async (t) => {
    const scene = await signedInAtBoth(t, open)
    const { latchwork, applications, page, framed } = scene
    const [first] = applications
    await page.goto(askSignOut(scene))
    assert.match(await page.innerText('#logout-asked-by'), /^Acme Notes asks to sign you out of Latchwork\.$/)
    assert.match(await page.innerText('#destination'), new RegExp(`Acme Notes at ${new URL(first.origin).host}`))
    await page.click('#logout-confirm')
    await page.waitForURL(`${first.origin}/bye?state=a%26b`)
    assert.equal(await heading(page), 'Bye')
    assert.deepEqual(framed.map((url) => new URL(url).origin).sort(), applications.map(({ origin }) => origin).sort())
    for (const url of framed) {
      const { searchParams } = new URL(url)
      assert.equal(searchParams.get('iss'), latchwork.issuer)
      assert.match(searchParams.get('sid') ?? '', /^[\w-]{43}$/)
    }
    await page.goto(`${latchwork.issuer}/account`)
    assert.equal(await heading(page), 'Sign in')
  })

  it('O16: without script the frames are the same, and a link leads back', async (t) => {
    const scene = await signedInAtBoth(t, open, { javaScriptEnabled: false })
    const { applications, page, framed } = scene
    await page.goto(askSignOut(scene))
    await page.click('#logout-confirm')
    await page.waitForLoadState('load')
    assert.equal(await heading(page), 'You are signed out')
    assert.equal(framed.length, 2)
    await page.click('#signed-out-return')
    await page.waitForURL(`${applications[0].origin}/bye?*`)
  })

  it('O16: “Stay signed in” changes nothing; the second of two tabs that ask finds it done, and goes on', async (t) => {
    const scene = await signedInAtBoth(t, open)
    const { latchwork, applications, page } = scene
    await page.goto(askSignOut(scene))
    await page.click('#logout-stay')
    await page.waitForURL(`${latchwork.issuer}/account`)
    assert.equal(await heading(page), 'Your account')
    const tab = await page.context().newPage()
    for (const one of [page, tab]) await one.goto(askSignOut(scene))
    await page.click('#logout-confirm')
    await page.waitForURL(`${applications[0].origin}/bye?*`)
    await tab.click('#logout-confirm')
    await tab.waitForURL(`${applications[0].origin}/bye?*`)
  })
})
