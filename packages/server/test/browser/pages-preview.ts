/**
 * Writes every page with sample data to a folder, to be opened in a browser: `node packages/server/test/browser/pages-preview.ts FOLDER`.
 * With `--shoot` it also takes a picture of each with Chromium (path in LATCHWORK_CHROMIUM, default /usr/bin/chromium), narrow and wide, light and dark.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { pngOf } from '../kit/logo-host.ts'
import { branded, brandedTwice } from '../pages/branded.ts'
import { samples } from '../pages/samples.ts'

const [folder = 'pages-preview', ...options] = process.argv.slice(2)
const ORIGIN = 'http://preview.invalid'
const assets = [...branded.assets, ...brandedTwice.assets]
const WIDTHS = [320, 390, 1280]

mkdirSync(folder, { recursive: true })
for (const { name, site, view, render } of samples) {
  const page = render(site, view)
  writeFileSync(join(folder, `${name}.html`), page.replaceAll(/"\/assets\/([a-z.-]+)\?v=([0-9a-f]+)"/g, '"$2-$1"'))
}
for (const asset of assets) writeFileSync(join(folder, asset.path.replace('/assets/', `${asset.version}-`)), contentOf(asset))
if (options.includes('--shoot')) await shoot(options.find((option) => !option.startsWith('--')) ?? '')

function contentOf(asset: (typeof assets)[number]): string | Buffer {
  return 'text' in asset ? asset.text : asset.body
}

/** @param only Begin of the names to take; all when empty. */
async function shoot(only: string): Promise<void> {
  const executablePath = process.env['LATCHWORK_CHROMIUM'] ?? '/usr/bin/chromium'
  const quiet = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const browser = await chromium.launch({ executablePath, args: quiet })
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, javaScriptEnabled: false })
    await context.route(`${ORIGIN}/**`, (route) => {
      if (route.request().url().includes('/applications/')) return route.fulfill({ contentType: 'image/png', body: pngOf(96, 96) })
      const asset = assets.find(({ href }) => route.request().url() === ORIGIN + href)
      return asset === undefined ? route.abort() : route.fulfill({ contentType: asset.mediaType, body: contentOf(asset) })
    })
    const page = await context.newPage()
    for (const { name, site, view, render } of samples.filter((sample) => sample.name.startsWith(only))) {
      await context.route(`${ORIGIN}/page/${name}`, (route) => route.fulfill({ contentType: 'text/html', body: render(site, view) }))
      await page.goto(`${ORIGIN}/page/${name}`)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true, animations: 'disabled' })
      }
    }
    await context.close()
  }
  await browser.close()
}
