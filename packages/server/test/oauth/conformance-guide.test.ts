/** The guide to the OpenID conformance suite: its file starts a server, and its commands lead the suite's browser through the pages. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { hashPassword } from '@latchwork/accounts'
import { loadConfig } from '@latchwork/server/config'
import { basic } from '../kit/authorize.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

type Command = readonly [name: string, by: string, id: string, ...more: unknown[]]
interface Task {
  readonly task: string
  readonly match: string
  readonly commands: readonly Command[]
}

const SUITE = 'https://suite.example.com/test/a/latchwork'
const password = 'correct horse battery staple'
const guide = await readFile(new URL('../../../../docs/guides/conformance.md', import.meta.url), 'utf8')
const blockOf = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? assert.fail(language)

/** A folder with what the guide has made, and the guide's own file. */
async function prepare(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchwork-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['suite-1', 'suite-2', 'suite-post', 'suite-back', 'suite-front']) await writeFile(join(folder, `${name}.secret`), testSecret)
  const { cert, key } = selfSigned('auth.example.com')
  await writeFile(join(folder, 'tls.pem'), cert)
  await writeFile(join(folder, 'tls.key'), key)
  await writeFile(join(folder, 'ada.hash'), await hashPassword(password))
  await writeFile(join(folder, 'latchwork.config.ts'), blockOf('ts'))
  return folder
}

async function startAsInGuide(t: TestContext): Promise<Latchwork> {
  const data = await prepare(t)
  const { issuer, http, ...config } = (await import(pathToFileURL(join(data, 'latchwork.config.ts')).href)).default
  assert.deepEqual([new URL(issuer).protocol, typeof http.tls], ['https:', 'object'])
  return startLatchwork(t, { data, config })
}

interface Walk {
  /** Where the browser is in the end. */
  readonly at: URL
  /** What it was told to wait for, as the pages say it. */
  readonly read: readonly string[]
}

/** Goes through the tasks of the guide for an address, as the suite does. */
async function walk(latchwork: Latchwork, browser: WebBrowser, url: string): Promise<Walk> {
  const settings = JSON.parse(blockOf('json').replaceAll('https://auth.example.com', latchwork.issuer))
  const isLike = (pattern: string, address: string): boolean => address.startsWith(pattern.slice(0, pattern.indexOf('*')))
  const tasks: readonly Task[] = settings.browser.find(({ match }: Task) => isLike(match, url)).tasks
  let page = await browser.open(url)
  const read: string[] = []
  for (const { match, commands } of tasks) if (page.location === undefined && isLike(match, page.url)) page = await perform(browser, page, commands, read)
  return { at: new URL(page.location ?? page.url), read }
}

async function perform(browser: WebBrowser, page: Visit, commands: readonly Command[], read: string[]): Promise<Visit> {
  const typed: Record<string, string> = {}
  let now = page
  for (const [name, by, id, ...more] of commands) {
    const isThere = by === 'id' && now.text.includes(` id="${id}"`)
    assert.ok(isThere || more[0] === 'optional', `${name} ${id} at ${now.url}: ${now.text}`)
    if (name === 'text') typed[id] = id === 'login-password' ? password : String(more[0])
    if (name === 'wait') read.push(new RegExp(String(more[1])).exec(now.text)?.[0] ?? assert.fail(`${more[1]} in ${now.text}`))
    if (name === 'click' && isThere) now = await browser.submit(now, id, typed)
  }
  return now
}

const parameters = { client_id: 'suite-1', response_type: 'code', redirect_uri: `${SUITE}/callback`, state: 'the state', nonce: 'the nonce' }
const everything = 'openid email phone address profile'

describe('the guide to the conformance suite', () => {
  it('O6: its file is accepted as it stands', async (t) => {
    const cwd = await prepare(t)
    const config = await loadConfig({ flags: { config: 'latchwork.config.ts' }, env: {}, cwd })
    assert.equal(config.clients.length, 5)
  })

  it('O6 O16: its commands sign in, allow, sign in again, read what is refused, and sign out; its person has every claim of the scopes', async (t) => {
    const latchwork = await startAsInGuide(t)
    const browser = webBrowser()
    const authorize = (change: Readonly<Record<string, string>> = {}) =>
      walk(latchwork, browser, `${latchwork.issuer}/authorize?${new URLSearchParams({ ...parameters, scope: 'openid', ...change })}`)

    const first = await authorize({ scope: everything })
    assert.deepEqual([`${first.at.origin}${first.at.pathname}`, first.read], [`${SUITE}/callback`, ['Sign in']])
    const code = first.at.searchParams.get('code') ?? assert.fail(first.at.href)
    const tokens = await latchwork.form('/token', { grant_type: 'authorization_code', code, redirect_uri: parameters.redirect_uri }, basic('suite-1'))
    assert.equal(tokens.status, 200, JSON.stringify(tokens.body))
    const { body: told } = await latchwork.call('GET', '/userinfo', { bearer: tokens.body.access_token })
    const { body: metadata } = await latchwork.call('GET', '/.well-known/openid-configuration')
    const aboutPerson = metadata.claims_supported.slice(metadata.claims_supported.indexOf('name'))
    assert.deepEqual(Object.keys(told).toSorted(), ['sub', ...aboutPerson].toSorted())

    const silent = await authorize({ prompt: 'none' })
    assert.deepEqual([silent.at.searchParams.has('code'), silent.read], [true, []])
    assert.deepEqual((await authorize({ prompt: 'login' })).read, ['Sign in'])
    assert.deepEqual((await authorize({ redirect_uri: `${SUITE}/callback/other` })).read, ['cannot be answered'])

    const logout = `${latchwork.issuer}/logout?${new URLSearchParams({ id_token_hint: 'x', post_logout_redirect_uri: `${SUITE}/post_logout_redirect` })}`
    assert.deepEqual((await walk(latchwork, browser, logout)).read, ['cannot be answered'])
    assert.deepEqual((await walk(latchwork, browser, `${latchwork.issuer}/logout`)).read, ['signed out'])
    assert.equal((await authorize({ prompt: 'none' })).at.searchParams.get('error'), 'login_required')
  })
})
