/** `latchwork request` with a person in front of a real browser. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { ada, startInstallation } from '../request/installation.ts'
import { personAt } from '../request/person.ts'
import { describeInChromium } from './chromium.ts'

async function signUpByPage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/signup`)
  await page.fill('#signup-name', ada.name)
  await page.fill('#signup-identifier', ada.email)
  await page.fill('#signup-password', ada.password)
  await page.click('#signup-submit')
  await page.waitForURL(`${url}/account`)
}

describeInChromium('latchwork request in a browser', (open) => {
  it('C1: code with PKCE over a loopback address: allowed in a real browser, ID token checked, refreshed, ended at logout', async (t) => {
    const { url, isActive } = await startInstallation(t)
    const person = await personAt(t)
    const page = await open(t)
    await signUpByPage(page, url)
    const words = [
      'login',
      'me',
      '--type',
      'code',
      '--server',
      url,
      '--client-id',
      'cli',
      '--redirect-path',
      '/cb',
      '--scope',
      'openid offline_access notes:read',
    ]
    const begun = person.begin(words)
    const address = await begun.url
    assert.match(address, /code_challenge_method=S256/)
    await page.goto(address)
    await page.click('#consent-allow')
    await page.getByText('go back to the terminal').waitFor()
    const ended = await begun.ended
    assert.equal(ended.code, 0, ended.err)
    const info = await person.run(['GET', `${url}/userinfo`, '--profile', 'me', '--json', '--show-secrets'])
    assert.equal(info.code, 0, info.err + info.out)
    const token = JSON.parse(info.out)
      .request.headers.find(([name]: [string]) => name === 'authorization')[1]
      .slice(7)
    assert.match((await person.run(['logout', 'me'])).err, /at the server/)
    assert.equal(await isActive(token), false)
  })

  it('C1: a person who says no is told so in plain words, and nothing is kept', async (t) => {
    const { url } = await startInstallation(t)
    const person = await personAt(t)
    const page = await open(t)
    await signUpByPage(page, url)
    const begun = person.begin(['login', 'me', '--type', 'code', '--server', url, '--client-id', 'cli', '--redirect-path', '/cb', '--scope', 'notes:read'])
    await page.goto(await begun.url)
    await page.click('#consent-deny')
    const { code, err } = await begun.ended
    assert.equal(code, 1)
    assert.match(err, /said no \(access_denied\)/)
    assert.equal((await person.run(['profiles', '--json'])).out, '{"profiles":[],"damaged":[]}\n')
  })

  it('C1: a device login shows code and link, waits, and is let in (RFC 8628)', async (t) => {
    const { url } = await startInstallation(t)
    const person = await personAt(t)
    const page = await open(t)
    await signUpByPage(page, url)
    const begun = person.begin(['login', 'tv', '--type', 'device', '--server', url, '--client-id', 'tv', '--scope', 'openid notes:read'])
    const [, address = ''] = await begun.said(/Or open (\S+)/)
    await page.goto(address)
    await page.click('#device-submit')
    await page.click('#consent-allow')
    const { code, err } = await begun.ended
    assert.equal(code, 0, err)
    assert.equal((await person.run(['GET', `${url}/userinfo`, '--profile', 'tv'])).code, 0)
  })
})
