import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { digestOf, mintToken } from '@latchwork/kernel'
import { type RunningServer, startServer } from '@latchwork/server'
import { loadConfig } from '@latchwork/server/config'
import { type RunningApi, startApi } from 'demo-api'
import { type RunningApp, startApp } from '../src/app.ts'
import { type Browser, browser, type Page } from './browser.ts'

const ada = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' }
const grace = { email: 'grace@example.com', password: 'battery staple correct horse', name: 'Grace' }

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}

describe('the Notes Printer', () => {
  const data = mkdtempSync(join(tmpdir(), 'latchwork-printer-'))
  const [rootKey, clientSecret] = [mintToken('root_key').reveal(), mintToken('client_secret').reveal()]
  let server: RunningServer
  let api: RunningApi
  let app: RunningApp

  before(async () => {
    const [port, apiPort, appPort] = [await freePort('localhost'), await freePort('localhost'), await freePort('127.0.0.1')]
    const apiUrl = `http://localhost:${apiPort}`
    const config = await loadConfig({
      given: {
        data,
        http: { port },
        demo: false,
        signUp: { open: true },
        log: { level: 'fatal' },
        apis: [{ identifier: apiUrl, name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] }],
        rootKeys: [{ name: 'notes', digest: digestOf(rootKey), scopes: ['credentials:verify', 'revocations:read'] }],
        clients: [
          {
            id: 'printer',
            name: 'Notes Printer',
            redirectUris: [`http://127.0.0.1:${appPort}/callback`],
            scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
            audiences: [apiUrl],
            secretDigests: [digestOf(clientSecret)],
          },
        ],
      },
    })
    server = await startServer(config)
    api = await startApi({ issuer: server.issuer, rootKey, port: apiPort })
    app = await startApp({ issuer: new URL(server.issuer), clientId: 'printer', clientSecret, apiUrl: new URL(apiUrl), port: appPort })
    for (const person of [ada, grace]) {
      const body = JSON.stringify(person)
      const signedUp = await fetch(`${server.issuer}/v1/sessions/sign-up`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      assert.equal(signedUp.status, 201)
    }
  })

  after(async () => {
    await app?.close()
    await api?.close()
    await server?.close()
    rmSync(data, { recursive: true })
  })

  /** From the application's start page to the server's consent page. */
  async function toConsent(visitor: Browser, person = ada): Promise<Page> {
    const signIn = await visitor.press(await visitor.open(app.url), 'sign-in')
    assert.equal(signIn.url.origin, server.issuer, 'the password is asked for by the server, on its own host')
    return visitor.press(signIn, 'login-submit', { email: person.email, password: person.password })
  }

  async function signedIn(): Promise<{ readonly visitor: Browser; readonly home: Page }> {
    const visitor = browser()
    const asked = await toConsent(visitor)
    const end = asked.url.origin === app.url ? asked : await visitor.press(asked, 'consent-allow') // she is asked once
    assert.equal(end.url.href, `${app.url}/`, end.text)
    return { visitor, home: end }
  }

  it('O1, O6: signs a person in with openid-client, reads the notes in her name, refreshes, and gives the tokens back', async () => {
    const { visitor, home } = await signedIn()
    assert.match(home.text, /id="subject">Ada</)
    for (const claim of ['iss', 'sub', 'aud', 'nonce', 'auth_time']) assert.match(home.text, new RegExp(`<dt>${claim}</dt>`), claim)
    assert.match(home.text, /<dt>email<\/dt><dd>ada@example\.com</)

    const printed = await visitor.press(home, 'read-notes')
    assert.equal(printed.status, 200)
    assert.match(printed.text, /id="notes"><li>Your first note/)

    const refreshed = await visitor.press(printed, 'refresh')
    assert.match(refreshed.text, /id="notice"[^>]*>The access token was refreshed/)
    assert.notEqual(tokenOf(refreshed), tokenOf(home))
    assert.match((await visitor.press(refreshed, 'read-notes')).text, /id="notes"/)

    const out = await visitor.press(refreshed, 'sign-out')
    assert.match(out.text, /id="sign-in"/)
    assert.equal((await visitor.press(refreshed, 'read-notes')).status, 401)
  })

  it('O7: tells the person that she said no, and is ready to ask again', async () => {
    const visitor = browser()
    const refused = await visitor.press(await toConsent(visitor, grace), 'consent-deny')
    assert.equal(refused.url.origin, app.url)
    assert.match(refused.text, /id="error-detail">You did not allow Notes Printer/)
    assert.match(refused.text, /id="error-code">access_denied</)
    assert.match((await visitor.open(app.url)).text, /id="sign-in"/)
  })

  it('R8: no token reaches the browser', async () => {
    const { visitor, home } = await signedIn()
    for (const page of [home, await visitor.press(home, 'read-notes'), await visitor.press(home, 'refresh')]) {
      assert.doesNotMatch(page.text, /lw_(?:at|rt|ac)_[0-9A-Za-z]{40}/)
      assert.doesNotMatch(page.text, /eyJ[\w-]+\.[\w-]+\./)
    }
  })

  it('O5: refuses an answer to a sign-in that this browser did not start', async () => {
    const visitor = browser()
    const start = await fetch(`${app.url}/sign-in`, { method: 'POST', redirect: 'manual' })
    assert.equal(start.status, 303)
    const stray = await visitor.open(`${app.url}/callback?code=stolen&state=stolen&iss=${server.issuer}`)
    assert.match(stray.text, /id="sign-in"/, 'without a sign-in under way there is nothing to answer')

    const cookie = start.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const forged = await fetch(`${app.url}/callback?code=stolen&state=stolen&iss=${server.issuer}`, { headers: { cookie }, redirect: 'manual' })
    assert.equal(forged.status, 502)
    assert.match(await forged.text(), /could not be trusted/)
    const again = await fetch(`${app.url}/callback?code=stolen&state=stolen&iss=${server.issuer}`, { headers: { cookie }, redirect: 'manual' })
    assert.equal(again.headers.get('location'), '/', 'one answer for one sign-in')
  })

  it('says what went wrong: not signed in, no such page, a server that does not answer', async () => {
    const notSignedIn = await fetch(`${app.url}/notes`, { method: 'POST' })
    assert.equal(notSignedIn.status, 401)
    assert.equal((await fetch(`${app.url}/nothing`)).status, 404)
    const lost = await startApp({
      issuer: new URL(`http://localhost:${await freePort('localhost')}`),
      clientId: 'a',
      clientSecret: 'b',
      apiUrl: new URL(api.url),
      port: 0,
    })
    try {
      const answer = await fetch(`${lost.url}/sign-in`, { method: 'POST' })
      assert.equal(answer.status, 503)
      assert.match(await answer.text(), /No connection/)
    } finally {
      await lost.close()
    }
  })
})

function tokenOf(page: Page): string {
  return /<dt>token<\/dt><dd>([^<]*)</.exec(page.text)?.[1] ?? ''
}
