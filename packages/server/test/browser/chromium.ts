/**
 * A real Chromium for a test file, and in it a fresh profile per test. Whatever a page should never do is written down as it happens and fails the test at its end: an error on
 * the console (violations of the content security policy stand there), an exception, a dialog, a request to a third party, a part of a page that is not there, an answer of 500 or
 * above.
 */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const NO_KEPT_PAGES = '--disable-back-forward-cache'
const ACTION_TIMEOUT_MS = 20_000
/** Chromium writes down every answer from 400 on; refusals are what many tests ask for. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/
const TWO_SITES = new Set(['localhost', '127.0.0.1'])

export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong so far; a test that provokes some takes it out. */
  readonly troubles: string[]
}

export interface Habits {
  /** Keeps pages in memory for going back, as browsers of people do; playwright's own `goBack` then waits for a load that never comes. */
  readonly keepsPages?: boolean
}

export type OpenVisitor = (t: TestContext, options?: BrowserContextOptions) => Promise<Visitor>

/** Tests that need a Chromium (its path in LATCHWORK_TEST_CHROMIUM); without one the whole group is left out. */
export function describeInChromium(title: string, tests: (open: OpenVisitor) => void, habits: Habits = {}): void {
  const executablePath = process.env['LATCHWORK_TEST_CHROMIUM']
  const skip = executablePath ? false : 'no Chromium'
  describe(title, { skip }, () => {
    let browser: Browser | undefined
    before(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? '', args: QUIET, ignoreDefaultArgs: habits.keepsPages ? [NO_KEPT_PAGES] : [] })
    })
    after(() => browser?.close())
    tests((t, options = {}) => openVisitor(browser ?? assert.fail('Chromium runs'), t, options))
  })
}

async function openVisitor(browser: Browser, t: TestContext, options: BrowserContextOptions): Promise<Visitor> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(ACTION_TIMEOUT_MS)
  const troubles: string[] = []
  watch(context, troubles)
  t.after(async () => {
    await context.close()
    assert.deepEqual(troubles, [])
  })
  return { context, page: await context.newPage(), troubles }
}

function watch(context: BrowserContext, troubles: string[]): void {
  context.on('console', (message) => {
    if (message.type() === 'error' && !REFUSED.test(message.text())) troubles.push(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => void troubles.push(`exception: ${error.error()}`))
  context.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && !TWO_SITES.has(url.hostname)) troubles.push(`third party: ${url}`)
  })
  context.on('response', (response) => {
    const isPart = ['stylesheet', 'script', 'image', 'font'].includes(response.request().resourceType())
    if (response.status() >= (isPart ? 400 : 500)) troubles.push(`${response.status()} ${response.url()}`)
  })
}
