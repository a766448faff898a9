/** RFC 6749 §4.1.2.1, RFC 9700 §4.1: who is not known, and where they did not register, nobody is sent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { allow, authorizationUrl, basic, signUp } from '../kit/authorize.ts'
import { type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { type WebBrowser, webBrowser } from '../kit/web-browser.ts'

const web = {
  id: 'acme-web',
  name: 'Acme',
  redirectUris: ['https://app.example.test/cb', 'https://app.example.test/cb?tenant=7', 'http://localhost:4000/cb'],
  secretDigests: [digestOf(testSecret)],
}
const native = {
  id: 'acme-native',
  name: 'Acme for the desktop',
  applicationType: 'native',
  authenticationMethod: 'none',
  redirectUris: ['http://127.0.0.1/cb', 'http://[::1]/cb', 'http://localhost:7777/cb', 'com.example.app:/cb'],
}
const config = { clients: [web, native] }

/** Not one of these is `https://app.example.test/cb`. */
const strangers = [
  'https://app.example.test/cb/',
  'https://app.example.test/CB',
  'https://app.example.test/cB',
  'https://APP.example.test/cb',
  'HTTPS://app.example.test/cb',
  'http://app.example.test/cb',
  'https://app.example.test:443/cb',
  'https://app.example.test:8443/cb',
  'https://app.example.test./cb',
  'https://user@app.example.test/cb',
  'https://user:secret@app.example.test/cb',
  'https://app.example.test@evil.test/cb',
  'https://a@app.example.test@evil.test/cb',
  'https://app.example.test:x@evil.test/cb',
  'https://app.example.test\\@evil.test/cb',
  'https://evil.test\\@app.example.test/cb',
  'https://app.example.test/cb#',
  'https://app.example.test/cb#code=1',
  'https://app.example.test/cb?',
  'https://app.example.test/cb?tenant=8',
  'https://app.example.test/cb?tenant=7&x=1',
  'https://app.example.test/cb?TENANT=7',
  'https://app.example.test/cb/..;/admin',
  'https://app.example.test/cb/../cb',
  'https://app.example.test/cb/%2e%2e/cb',
  'https://app.example.test/x/..%2fcb',
  'https://app.example.test/./cb',
  'https://app.example.test//cb',
  'https://app.example.test\\cb',
  'https://app.example.test/%63b',
  'https://app.example.test/cb%20',
  'https://app.example.test/cb%00',
  'https://app.example.test/cb\r\nset-cookie: a=b',
  'https://app.example.test/cb ',
  ' https://app.example.test/cb',
  '\thttps://app.example.test/cb',
  'https://app.example.test/cb;a',
  'https://app.example.test.evil.test/cb',
  'https://xapp.example.test/cb',
  'https://evil.test/https://app.example.test/cb',
  'https://evil.test?https://app.example.test/cb',
  'https://evil.test#https://app.example.test/cb',
  'https://app。example.test/cb',
  'https:app.example.test/cb',
  'https:/app.example.test/cb',
  '//app.example.test/cb',
  '/cb',
  'cb',
  'https://*.example.test/cb',
  'javascript:alert(1)//https://app.example.test/cb',
  'data:text/html,https://app.example.test/cb',
  'http://localhost:4001/cb', // the port of a loopback address is free for native applications alone (RFC 8252 §7.3)
  'http://127.0.0.1:4000/cb',
]

/** Not one of these is a loopback address with another port. */
const nativeStrangers = [
  'http://127.0.0.1:8080/other',
  'http://127.0.0.1:8080/CB',
  'http://127.0.0.1:8080/cb/',
  'http://127.0.0.1:8080/cb?x=1',
  'http://127.0.0.1:8080/cb#',
  'http://127.0.0.1:8080/cb/../cb',
  'http://127.0.0.1:8080/%63b',
  'http://127.0.0.1:8080//cb',
  'http://127.0.0.1:8080\\cb',
  'https://127.0.0.1:8080/cb',
  'HTTP://127.0.0.1:8080/cb',
  'http://127.0.0.1:0/cb',
  'http://127.0.0.1:65536/cb',
  'http://127.0.0.1:99999/cb',
  'http://127.0.0.1:0080/cb',
  'http://127.0.0.1:/cb',
  'http://127.0.0.1:-1/cb',
  'http://127.0.0.1:8080:80/cb',
  'http://127.0.0.1:80a/cb',
  'http://127.0.0.2:8080/cb',
  'http://127.1:8080/cb',
  'http://2130706433:8080/cb',
  'http://0x7f000001:8080/cb',
  'http://0.0.0.0:8080/cb',
  'http://[::]:8080/cb',
  'http://[0:0:0:0:0:0:0:1]:8080/cb',
  'http://[::ffff:127.0.0.1]:8080/cb',
  'http://[::1%25eth0]:8080/cb',
  'http://LOCALHOST:8080/cb',
  'http://localhost.:8080/cb',
  'http://localhost.evil.test:8080/cb',
  'http://localhost@evil.test:8080/cb',
  'http://127.0.0.1.evil.test:8080/cb',
  'http://127.0.0.1@evil.test/cb',
  'http://127.0.0.1:8080@evil.test/cb',
  'http://127.0.0.1:8080\\@evil.test/cb',
  'com.example.app:/CB',
  'com.example.app://cb',
  'com.example.app:cb',
  'COM.EXAMPLE.APP:/cb',
  'com.example.app.evil:/cb',
]

/** Whatever else is wrong, it is not told to a stranger's address. */
const otherFaults: readonly Readonly<Record<string, string | undefined>>[] = [
  {},
  { response_type: 'token' },
  { scope: 'no:such' },
  { code_challenge: undefined },
  { prompt: 'none' },
  { request: 'eyJhbGciOiJub25lIn0.e30.' },
  { response_mode: 'form_post' },
  { response_mode: 'fragment' },
]

async function isShownOnly(browser: WebBrowser, url: string, about: string): Promise<void> {
  const page = await browser.get(url)
  assert.equal(page.location, undefined, `${about} → ${page.location}`)
  assert.ok(page.status >= 400 && page.status < 500, `${about}: ${page.status}`)
  assert.match(page.text, /id="error-code"/, about)
  assert.match(page.text, /id="error-application">The application that sent you here made a mistake/, about)
  assert.doesNotMatch(page.text, /http-equiv="refresh"|<form\b[^>]*evil|href="[^"]*evil/i, about)
}

describe('GET /authorize, before the client and its address are known good', () => {
  it(`O3 O5: ${strangers.length} spellings of a web client's redirect URI, each with every other fault, end at an error page`, async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    for (const redirect_uri of strangers) {
      for (const fault of otherFaults) {
        const { url } = authorizationUrl(latchwork, { client_id: web.id, scope: 'openid', redirect_uri, ...fault })
        await isShownOnly(browser, url, `${redirect_uri} ${JSON.stringify(fault)}`)
      }
    }
  })

  it(`O3 O5: ${nativeStrangers.length} spellings of a native client's redirect URI likewise`, async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    for (const redirect_uri of nativeStrangers) {
      for (const fault of otherFaults) {
        const { url } = authorizationUrl(latchwork, { client_id: native.id, scope: 'openid', redirect_uri, ...fault })
        await isShownOnly(browser, url, `${redirect_uri} ${JSON.stringify(fault)}`)
      }
    }
  })

  it('O3: what is registered passes, a native loopback address with any port (RFC 8252 §7.3)', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    const registered: readonly (readonly [string, string])[] = [
      ...web.redirectUris.map((uri) => [web.id, uri] as const),
      ...native.redirectUris.map((uri) => [native.id, uri] as const),
      ...['127.0.0.1', '[::1]', 'localhost'].flatMap((host) => ['', ':1', ':8080', ':65535'].map((port) => [native.id, `http://${host}${port}/cb`] as const)),
    ]
    for (const [client_id, redirect_uri] of registered) {
      const { url } = authorizationUrl(latchwork, { client_id, redirect_uri, scope: 'openid', prompt: 'none' })
      const { location } = await browser.get(url)
      assert.ok(location?.startsWith(`${redirect_uri}${redirect_uri.includes('?') ? '&' : '?'}error=consent_required&`), `${redirect_uri} → ${location}`)
    }
  })

  it('O5: a client that is unknown, missing, repeated or disabled', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    const redirect_uri = 'https://app.example.test/cb'
    const good = { client_id: web.id, redirect_uri, scope: 'openid' }
    const { url } = authorizationUrl(latchwork, good)
    assert.equal((await browser.get(url)).status, 200, 'the request is good but for the client')
    for (const client_id of ['', 'nobody', 'ACME-WEB', 'acme-web ', "acme-web' or '1'='1", 'x'.repeat(5000), undefined]) {
      await isShownOnly(browser, authorizationUrl(latchwork, { ...good, client_id }).url, `client ${client_id}`)
    }
    await isShownOnly(browser, `${url}&client_id=${native.id}`, 'two clients')
    await isShownOnly(browser, `${url}&client_id=${web.id}`, 'the same client twice')
    await isShownOnly(browser, `${url}&redirect_uri=${encodeURIComponent(redirect_uri)}`, 'the same redirect URI twice')
    await isShownOnly(browser, `${url}&redirect_uri=${encodeURIComponent('https://evil.test/')}`, 'a second redirect URI')
    await isShownOnly(browser, authorizationUrl(latchwork, { ...good, redirect_uri: undefined }).url, 'no redirect URI')
    await isShownOnly(browser, authorizationUrl(latchwork, { ...good, redirect_uri: '' }).url, 'an empty redirect URI')
    const some = { client_id: web.id, redirect_uri: undefined, scope: 'notes:read' }
    await isShownOnly(browser, authorizationUrl(latchwork, some).url, 'no redirect URI where several are registered')
    assert.equal((await latchwork.call('DELETE', `/v1/clients/${web.id}`, { bearer: latchwork.rootKey })).status, 204)
    await isShownOnly(browser, url, 'a disabled client')
  })

  it('O3 O5: who registered one address may leave it out (OAuth 2.1 §4.1.1), but not with the scope openid (Core §3.1.2.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const only = testClients.web.redirectUris[0]
    for (const scope of ['openid notes:read', undefined]) {
      const { url } = authorizationUrl(latchwork, { redirect_uri: undefined, scope })
      await isShownOnly(browser, url, `no redirect URI, scope ${scope}`)
    }
    const { url, verifier } = authorizationUrl(latchwork, { redirect_uri: undefined, scope: 'notes:read' })
    const target = await allow(browser, url)
    assert.equal(`${target.origin}${target.pathname}`, only)
    const code = target.searchParams.get('code') ?? ''
    const redeemed = await latchwork.form('/token', { grant_type: 'authorization_code', code, code_verifier: verifier }, basic(testClients.web.id))
    assert.equal(redeemed.status, 200, JSON.stringify(redeemed.body))
  })

  it('R6: queries that are no form encoding, too many, or too long', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    const { url } = authorizationUrl(latchwork, { client_id: web.id, redirect_uri: web.redirectUris[0], scope: 'openid' })
    for (const [about, query] of [
      ['a broken escape', '&x=%zz'],
      ['bad UTF-8', '&x=%ff%fe'],
      ['an overlong slash', '&x=%c0%af'],
      ['a null character', '&x=%00'],
      ['a null character in a name', '&%00=1'],
      ['101 parameters', '&x=1'.repeat(101)],
      ['13 000 characters', `&x=${'y'.repeat(13_000)}`],
    ] as const) {
      await isShownOnly(browser, url + query, about)
    }
    await isShownOnlyByPost(latchwork, url, 'x'.repeat(13_000))
    assert.equal((await browser.get(`${url}&x=${'y'.repeat(40_000)}`)).status, 431, 'beyond what the HTTP parser takes')
  })
})

async function isShownOnlyByPost(latchwork: Latchwork, url: string, filler: string): Promise<void> {
  const fields = new URLSearchParams(new URL(url).search)
  fields.set('x', filler)
  const page = await webBrowser().post(`${latchwork.issuer}/authorize`, fields)
  assert.deepEqual([page.location, page.status], [undefined, 400])
}
