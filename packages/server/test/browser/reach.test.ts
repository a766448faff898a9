/** Every page can be used by everybody: small screens, big letters, keyboards, screen readers (13). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { startDevice } from '../kit/device.ts'
import { startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { startApplication } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { becomeOperator, fillSignIn } from './steps.ts'

describeInChromium('every page', (open) => {
  it('13: has one h1 and labels, shows its focus, and fits a narrow screen and doubled letters', async (t) => {
    const name = 'Acme Notes of the Worshipful Company of Donaudampfschifffahrtsgesellschaftskapitäne'
    const { application, connect } = await startApplication(t, { name })
    const latchwork = await startLatchwork(t, { config: { clients: [application.declaration, { ...testClients.television, name }] } })
    await connect(latchwork)
    const { page, context } = await open(t, { viewport: { width: 320, height: 640 } })
    const { issuer } = latchwork
    const look = async (where: string): Promise<void> => isReachable(page, where)
    for (const path of ['/', '/login', '/signup', '/errors', '/errors/form_stale', '/nowhere', '/logout', '/authorize']) {
      await page.goto(issuer + path)
      await look(path)
    }
    await page.goto(latchwork.server.operatorLink ?? '')
    await look('first operator')
    await becomeOperator(page, latchwork)
    await page.getByText('Make an API key').click()
    await page.getByText('Make a root key').click()
    await look('keys, both forms open')
    await page.click('#key-submit')
    await look('keys, refused')
    await page.fill('#key-name', 'An export with a rather long name that goes on and on')
    await page.getByLabel(/notes:write/).check()
    await page.click('#key-submit')
    await page.locator('#key-secret').waitFor()
    await look('key made')
    await page.click('#key-done')
    await page.getByText('Revoke').first().click()
    await look('keys, about to revoke')
    await page.goto(`${issuer}/logout`)
    await look('sign-out')
    await context.clearCookies()
    await page.goto(application.startUrl())
    await look('sign-in from an application')
    await page.click('#login-submit')
    await page.locator('#problems').waitFor()
    await look('sign-in, refused')
    await fillSignIn(page)
    await page.locator('#consent-allow').waitFor()
    await look('consent')
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    await page.goto(`${issuer}/account`)
    await look('account')
    await page.goto(`${issuer}/account/applications`)
    await look('applications')
    await page.goto(`${issuer}/device`)
    await page.click('#device-submit')
    await look('device, refused')
    await page.goto((await startDevice(latchwork, { client_id: 'tv' })).completeUri)
    await page.click('#device-submit')
    await page.locator('#device-warning').waitFor()
    await look('device')
    await page.click('#consent-deny')
    await look('device, denied')
  })
})

async function isReachable(page: Page, where: string): Promise<void> {
  assert.equal(await page.locator('h1').count(), 1, where)
  assert.deepEqual(await page.evaluate(unlabelled), [], where)
  assert.deepEqual(await wideIn(page, { width: 320, height: 640 }), [], `${where}, 320 px`)
  assert.deepEqual(await wideIn(page, { width: 640, height: 400 }), [], `${where}, 1280 px at 200 %`) // a page of 1280 px zoomed to 200 % has 640
  await page.evaluate(() => void document.documentElement.style.setProperty('font-size', '200%'))
  assert.deepEqual(await wideIn(page, { width: 640, height: 800 }), [], `${where}, letters of 200 %`)
  await page.evaluate(() => void document.documentElement.style.removeProperty('font-size'))
  await page.setViewportSize({ width: 320, height: 640 })
  assert.deepEqual(await focusOf(page), [], `${where}, focus`)
}

function unlabelled(): string[] {
  const fields = [
    ...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLButtonElement>('input:not([type=hidden]), textarea, select, button'),
  ]
  const wordsOf = (field: (typeof fields)[number]): string => (field.tagName === 'BUTTON' ? field.textContent : (field.labels?.[0]?.textContent ?? ''))
  const nameless = fields.filter((field) => wordsOf(field).trim() === '')
  return nameless.map((field) => field.outerHTML)
}

/** What sticks out of a page of this size; a page that scrolls sideways has at least one such element. */
async function wideIn(page: Page, size: { readonly width: number; readonly height: number }): Promise<string[]> {
  await page.setViewportSize(size)
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width)
    return [`scrolls to ${document.documentElement.scrollWidth}`, ...wide.map((element) => element.outerHTML.slice(0, 200))]
  })
}

/** Goes through the page by Tab: what takes the focus must show it, and be in sight. */
async function focusOf(page: Page): Promise<string[]> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  const hidden: string[] = []
  const seen = new Set<string>()
  for (let tabs = 0; tabs < 120; tabs++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      const isShown = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2
      const isInSight = box.width > 0 && box.bottom > 0 && box.top < innerHeight
      const place = [...document.querySelectorAll('*')].indexOf(element)
      return { place: `${place}`, words: element.outerHTML.slice(0, 150), isSeen: isShown && isInSight }
    })
    if (focused === undefined || seen.has(focused.place)) return hidden
    seen.add(focused.place)
    if (!focused.isSeen) hidden.push(focused.words)
  }
  return hidden
}
