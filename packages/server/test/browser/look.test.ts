/** Logo and accent in a real browser, under the strict policy: in both schemes, on a narrow screen and a wide one. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { folder } from '../config/refused.ts'
import { pngOf } from '../kit/logo-host.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { LOGO_SVG } from '../pages/branded.ts'
import { describeInChromium } from './chromium.ts'

function start(t: TestContext, logo: Buffer | string, more: Readonly<Record<string, unknown>> = {}): Promise<Latchwork> {
  const path = join(folder(t), 'logo')
  writeFileSync(path, logo)
  return startLatchwork(t, { config: { site: { name: 'Harbour Accounts', logo: path, accent: '#a3195b', accentDark: '#ff8fc4', ...more } } })
}

describeInChromium('the look of a site', (open) => {
  const schemes = { light: 'rgb(163, 25, 91)', dark: 'rgb(255, 143, 196)' } as const
  for (const [colorScheme, colour] of Object.entries(schemes))
    it(`13: buttons have the accent and the logo its proportions, ${colorScheme}, at 320 px and wide`, async (t) => {
      const latchwork = await start(t, LOGO_SVG)
      const { page } = await open(t, { colorScheme: colorScheme as keyof typeof schemes, viewport: { width: 320, height: 640 } })
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 700 })
        await page.goto(`${latchwork.issuer}/login`)
        assert.equal(await page.locator('#login-submit').evaluate((button) => getComputedStyle(button).backgroundColor), colour)
        const logo = page.locator('header img')
        const drawn = await logo.evaluate((image: HTMLImageElement) => {
          const { width, height, paddingTop } = getComputedStyle(image)
          const [across, down] = [width, height].map((length) => Number.parseFloat(length) - 2 * Number.parseFloat(paddingTop))
          return { isWhole: image.complete && image.naturalWidth > 0, ratio: (across ?? 0) / (down ?? 1) }
        })
        assert.ok(drawn.isWhole)
        assert.ok(Math.abs(drawn.ratio - 4) < 0.1, String(drawn.ratio))
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
        assert.equal(await page.getByRole('banner').getByRole('link').ariaSnapshot(), '- link "Harbour Accounts":\n  - /url: /')
      }
    })

  it('13: a logo that shows the name says it to who does not see it; a small one stays small', async (t) => {
    const latchwork = await start(t, pngOf(40, 20), { logoHasName: true })
    const { page } = await open(t)
    await page.goto(`${latchwork.issuer}/login`)
    await page.getByRole('banner').getByRole('link', { name: 'Harbour Accounts', exact: true }).getByRole('img', { name: 'Harbour Accounts' }).waitFor()
    assert.deepEqual(await page.locator('header img').evaluate((image) => [image.clientWidth, image.clientHeight]), [40, 20])
  })

  it('13: a drawing that is opened by itself is a picture and nothing else', async (t) => {
    const latchwork = await start(t, LOGO_SVG)
    const { page } = await open(t)
    await page.goto(`${latchwork.issuer}/assets/logo`)
    assert.equal(await page.evaluate(() => document.documentElement.localName), 'svg')
    assert.equal(await page.evaluate(() => self.origin), 'null')
  })
})
