/** A real Chromium, where there is one (its path in LATCHWORK_TEST_CHROMIUM). */
import { after, before, describe, type TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'

export function describeInChromium(title: string, tests: (open: (t: TestContext) => Promise<Page>) => void): void {
  const executablePath = process.env['LATCHWORK_TEST_CHROMIUM']
  describe(title, { skip: executablePath ? false : 'no Chromium' }, () => {
    let browser: Browser | undefined
    before(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] })
    })
    after(() => browser?.close())
    tests(async (t) => {
      const context = await browser?.newContext()
      if (context === undefined) throw new Error('Chromium runs')
      t.after(() => context.close())
      context.setDefaultTimeout(20_000)
      return context.newPage()
    })
  })
}
