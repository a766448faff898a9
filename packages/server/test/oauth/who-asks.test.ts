/** Who stands behind an application, as people are told before they allow it anything (O7, 13.2). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { registerClient } from '@latchwork/oauth'
import { allow, authorizationUrl, signUp } from '../kit/authorize.ts'
import { enterCode, startDevice } from '../kit/device.ts'
import { API, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { webBrowser } from '../kit/web-browser.ts'

type Wishes = Partial<Parameters<typeof registerClient>[1]>
const CALLBACK = 'https://shop.example/cb'
const operator = { kind: 'system', id: 'system', origin: {} } as const

async function register(latchwork: Latchwork, wishes: Wishes = {}): Promise<string> {
  const request = { name: 'Shop', redirectUris: [CALLBACK], scopes: ['openid', 'notes:read'], audiences: [API], ...wishes }
  return (await registerClient(latchwork.server.installation.oauth, request, operator, latchwork.now())).client.id
}

const urlFor = (latchwork: Latchwork, client_id: string, more: Readonly<Record<string, string>> = {}): string =>
  authorizationUrl(latchwork, { client_id, redirect_uri: CALLBACK, ...more }).url

describe('an application that nobody vouches for', () => {
  for (const [what, settings] of [
    ['registered by the management API', {}],
    ['that registered itself', { isDynamic: true }],
  ] as const) {
    it(`O7 13.1: ${what}: is marked, asked for each time, and never passes in silence`, async (t) => {
      const latchwork = await startLatchwork(t)
      const [client, browser] = [await register(latchwork, { settings }), await signUp(latchwork)]
      assert.ok((await allow(browser, urlFor(latchwork, client))).searchParams.get('code'))
      const again = await browser.open(urlFor(latchwork, client))
      assert.match(again.text, /id="consent-allow"/, 'asked again')
      assert.match(again.text, /You allowed this before/)
      assert.match(again.text, /Not verified by/)
      assert.match(again.text, /id="consent-unverified"/)
      const silent = await browser.get(urlFor(latchwork, client, { prompt: 'none' }))
      assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'consent_required')
    })
  }

  it('O5: nobody is sent to its address by a link to us alone: a person sees where it leads, and goes or does not (RFC 9700 §4.11.2)', async (t) => {
    const latchwork = await startLatchwork(t, { config: { registration: { mode: 'open' } } })
    const scheme = 'search-ms:query=x'
    const redirectUris = [CALLBACK, scheme]
    const native = { redirectUris, applicationType: 'native', authenticationMethod: 'none' } as const
    const [stranger, known] = [
      await register(latchwork, { ...native, settings: { isDynamic: true } }),
      await register(latchwork, { ...native, settings: { isDynamic: true, isAssured: true } }),
    ]
    const [nobody, somebody] = [webBrowser(), await signUp(latchwork)]
    const wrong: readonly Readonly<Record<string, string>>[] = [{ response_type: 'token' }, { code_challenge: '' }, { scope: 'nothing:known' }]
    for (const more of [...wrong, { prompt: 'none' }, { redirect_uri: scheme, ...wrong[0] }]) {
      const page = await nobody.get(urlFor(latchwork, stranger, more))
      assert.deepEqual([page.status >= 400 && page.status < 500, page.location], [true, undefined], JSON.stringify(more))
      const href = /id="leaving-go" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(page.text)
      assert.ok(href.startsWith(more['redirect_uri'] ?? CALLBACK))
      assert.ok(new URLSearchParams(href.slice(href.indexOf('?') + 1)).has('error'))
      assert.match(page.text, /Nobody here vouches for this application/)
      assert.match(page.text, /<h1>This request cannot be answered<\/h1>[\s\S]*<dt>For its makers<\/dt>/)
      assert.equal((await nobody.get(urlFor(latchwork, known, more))).status, 303, 'an operator knows this one')
    }
    const operators = await register(latchwork, native)
    assert.equal((await nobody.get(urlFor(latchwork, operators, wrong[0]))).status, 303, 'nor could anybody have registered this one')
    assert.equal((await somebody.get(urlFor(latchwork, stranger, wrong[0]))).location, undefined, 'who is signed in is asked too')
    const silent = await somebody.get(urlFor(latchwork, stranger, { prompt: 'none' }))
    assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'consent_required', 'silence is kept for who is here already')
    const posted = await nobody.get(urlFor(latchwork, stranger, { response_mode: 'form_post', ...wrong[0] }))
    assert.match(posted.text, new RegExp(`<form method="post" action="${CALLBACK}">`))
    assert.doesNotMatch(posted.text, /data-continue/)
  })

  it('O16: nor by a sign-out that nobody asked for', async (t) => {
    const latchwork = await startLatchwork(t, { config: { registration: { mode: 'open' } } })
    const settings = { postLogoutRedirectUris: [CALLBACK] }
    const [stranger, known] = [
      await register(latchwork, { settings: { ...settings, isDynamic: true } }),
      await register(latchwork, { settings: { ...settings, isDynamic: true, isAssured: true } }),
    ]
    const asking = (client_id: string) => new URLSearchParams({ client_id, post_logout_redirect_uri: CALLBACK }).toString()
    const logout = (client_id: string) => webBrowser().get(`${latchwork.issuer}/logout?${asking(client_id)}`)
    const formOfElsewhere = (client_id: string) => webBrowser().post(`${latchwork.issuer}/logout`, { request: asking(client_id) })
    for (const ask of [logout, formOfElsewhere]) {
      const page = await ask(stranger)
      assert.deepEqual([page.status, page.location], [200, undefined])
      assert.match(page.text, /id="signed-out-return"/)
      assert.doesNotMatch(page.text, /http-equiv="refresh"/)
      assert.equal((await ask(known)).location, CALLBACK)
    }
  })

  it('O7: one that an operator vouches for is remembered, and bears no warning', async (t) => {
    const latchwork = await startLatchwork(t)
    const [client, browser] = [await register(latchwork, { settings: { isAssured: true } }), await signUp(latchwork)]
    const first = await browser.open(urlFor(latchwork, client))
    assert.match(first.text, /Verified by/)
    assert.doesNotMatch(first.text, /id="consent-unverified"/)
    await browser.submit(first, 'consent-allow')
    for (const more of [{}, { prompt: 'none' }])
      assert.ok(new URL((await browser.get(urlFor(latchwork, client, more))).location ?? '').searchParams.has('code'))
  })

  it('O7: one of the configuration is vouched for, unless the configuration says that it is not', async (t) => {
    const declared = (id: string, settings: object) => ({ id, name: id, redirectUris: [CALLBACK], authenticationMethod: 'none', scopes: ['openid'], settings })
    const latchwork = await startLatchwork(t, { config: { clients: [declared('known', {}), declared('stranger', { isAssured: false })] } })
    const browser = await signUp(latchwork)
    for (const [id, words] of [
      ['known', /Verified by/],
      ['stranger', /Not verified by/],
    ] as const)
      assert.match((await browser.open(urlFor(latchwork, id, { scope: 'openid' }))).text, words)
  })
})

describe('what the consent page tells', () => {
  it('O7: who made it, its pages, where the answer goes; and no picture from elsewhere', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const settings = { policyUri: 'https://shop.example/privacy', termsUri: 'https://shop.example/terms', logoUri: 'https://shop.example/logo.png' }
    const owned = await register(latchwork, { accountId: 'acc_test', homepage: 'https://shop.example/', settings })
    const { text } = await browser.open(urlFor(latchwork, owned))
    assert.match(text, /id="consent-maker"><bdi class="name">Test<\/bdi>, an account at/)
    for (const address of ['https://shop.example/privacy', 'https://shop.example/terms', 'https://shop.example/']) assert.ok(text.includes(`href="${address}"`))
    assert.match(text, /id="consent-host"[^>]*><bdi dir="ltr">shop\.example</)
    assert.doesNotMatch(text, /<img|logo\.png/)
    const dynamic = await browser.open(urlFor(latchwork, await register(latchwork, { settings: { isDynamic: true } })))
    assert.match(dynamic.text, /id="consent-maker">Not known: it registered itself/)
  })

  it('O7 13.2: names that turn the line around, hold mark-up or never end stay names', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const name of ['<img src=x onerror=alert(1)>', '\u202EGoogle\u2066 evil', 'W'.repeat(100)]) {
      const client = await register(latchwork, { name, homepage: 'https://shop.example/"><script>' })
      const { text, status } = await browser.open(urlFor(latchwork, client))
      assert.equal(status, 200)
      assert.doesNotMatch(text, /<img|<script>|\u202E|\u2066/)
      assert.ok(text.length < 20_000)
    }
  })

  it('O7 O2: a device’s question tells the same, and warns of who sent the code', async (t) => {
    const latchwork = await startLatchwork(t)
    const grantTypes = ['urn:ietf:params:oauth:grant-type:device_code'] as const
    const client_id = await register(latchwork, { authenticationMethod: 'none', grantTypes: [...grantTypes], redirectUris: [], settings: { isDynamic: true } })
    const { userCode } = await startDevice(latchwork, { client_id, scope: 'openid notes:read' })
    const { text } = await enterCode(latchwork, await signUp(latchwork), userCode)
    for (const words of [/id="device-warning"/, /Not verified by/, /it registered itself/, new RegExp(client_id)]) assert.match(text, words)
    assert.doesNotMatch(text, /id="consent-host"/, 'there is no answer to send anywhere')
  })
})
