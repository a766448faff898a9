/** The applications that may act for a person, seen and taken back, on the page and by JSON (O17); and sign-ins that are begun there (O16). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allow, authorizationUrl, authorize, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { allowDevice, poll, startDevice } from '../kit/device.ts'
import { type Device, signInDevice } from '../kit/front-end.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const HOUR = 3_600_000
const page = async (latchwork: Latchwork, browser: WebBrowser): Promise<string> => (await browser.open(`${latchwork.issuer}/account/applications`)).text

describe('/account/applications', () => {
  it('O17: says so when there is none, and wants a sign-in', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    assert.match(await page(latchwork, browser), /id="applications-empty"/)
    assert.match((await browser.open(`${latchwork.issuer}/account`)).text, /href="\/account\/applications"/)
    const stranger = await fetch(`${latchwork.issuer}/account/applications`, { redirect: 'manual' })
    assert.equal(stranger.status, 303)
    assert.match(stranger.headers.get('location') ?? '', /^\/login\?continue=%2Faccount%2Fapplications/)
  })

  it('O17: tells name, place, who made it, what it may do, since when, and when it last had tokens', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const tokens = (await redeem(latchwork, await authorize(latchwork, { scope: 'openid notes:read offline_access' }, browser))).body
    const row = async (): Promise<string> => {
      await latchwork.server.installation.grantUse.flush()
      return page(latchwork, browser)
    }
    const first = await row()
    for (const words of [
      /Acme Notes/,
      /127\.0\.0\.1:9/,
      /Made by the operators of/,
      /Verified by/,
      /Read your notes/,
      /Keep access when you are signed out/,
      /last used/,
    ])
      assert.match(first, words)
    const lastUsed = (text: string): number => Date.parse(/last used <time datetime="([^"]+)"/.exec(text)?.[1] ?? '')
    latchwork.advance(5 * HOUR)
    assert.equal((await refresh(latchwork, tokens.refresh_token)).status, 200)
    assert.ok(lastUsed(await row()) - lastUsed(first) >= 5 * HOUR)
  })

  it('O17: one that was allowed and never came for its tokens was not used yet', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    await allow(browser, authorizationUrl(latchwork).url)
    assert.match(await page(latchwork, browser), /not used yet/)
  })

  it('O16: leads to the application’s own sign-in, with iss and nothing about the person (OpenID Connect Core §4)', async (t) => {
    const clients = [
      { ...testClients.public, id: 'plain' },
      { ...testClients.public, id: 'one', settings: { initiateLoginUri: 'https://one.example/start' } },
      { ...testClients.public, id: 'two', settings: { initiateLoginUri: 'https://two.example/start?a=b' } },
    ]
    const latchwork = await startLatchwork(t, { config: { clients } })
    const browser = await signUp(latchwork)
    for (const { id } of clients) await allow(browser, authorizationUrl(latchwork, { client_id: id, redirect_uri: 'http://127.0.0.1:4711/cb' }).url)
    const hrefs = [...(await page(latchwork, browser)).matchAll(/<a class="button" href="(https:[^"]+)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&'),
    )
    const iss = new URLSearchParams({ iss: latchwork.issuer })
    assert.deepEqual(hrefs.sort(), [`https://one.example/start?${iss}`, `https://two.example/start?a=b&${iss}`])
  })
})

onEachEngine('/v1/me/consents', (rig) => {
  const consentsOf = (device: Device) => rig().call('GET', '/v1/me/consents', { bearer: device.accessToken })

  it('O17: lists and takes back, by the person’s session alone, and ends tokens everywhere at once', async () => {
    const [ada, mal] = [await signInDevice(rig()), await signInDevice(rig())]
    assert.deepEqual((await consentsOf(ada)).body, { items: [] })
    const tokens = (await redeem(rig(), await authorize(rig(), { scope: 'openid notes:read offline_access' }, ada.browser))).body
    const tv = await startDevice(rig())
    await allowDevice(rig(), ada.browser, tv)
    const onTv = (await poll(rig(), tv)).body
    await rig().server.installation.grantUse.flush()
    const { body, status } = await consentsOf(ada)
    assert.equal(status, 200)
    const notes = body.items.find((item: { client: { id: string } }) => item.client.id === 'app')
    assert.equal(body.items.length, 2)
    assert.deepEqual([notes.client.name, notes.client.hosts, notes.client.madeBy, notes.client.assured], ['Acme Notes', ['127.0.0.1:9'], 'operators', true])
    assert.deepEqual(notes.scopes, ['openid', 'notes:read', 'offline_access'])
    assert.equal(notes.sentences[1], 'Read your notes')
    assert.match(notes.lastUsedAt, /^\d{4}-/)
    const path = `/v1/me/consents/${notes.id}`
    refuses(await rig().call('DELETE', path, { bearer: mal.accessToken }), 404, 'not_found')
    for (const bearer of [rig().rootKey, tokens.access_token]) {
      const refused = await rig().call('DELETE', path, { bearer })
      assert.ok([401, 403].includes(refused.status), `${refused.status}`)
    }
    assert.equal((await rig().call('DELETE', path)).status, 401)
    assert.ok(await isActive(rig(), tokens.access_token))
    assert.equal((await rig().call('DELETE', path, { bearer: ada.accessToken })).status, 204)
    assert.equal(await isActive(rig(), tokens.access_token), false)
    refuses(await refresh(rig(), tokens.refresh_token), 400, 'invalid_grant')
    assert.ok(await isActive(rig(), onTv.access_token), 'another application’s')
    refuses(await rig().call('DELETE', path, { bearer: ada.accessToken }), 404, 'not_found')
    assert.equal((await consentsOf(ada)).body.items.length, 1)
  })

  it('O17: what knows its grant and not its consent hears of it too: each grant has its entry in the feed', async () => {
    const ada = await signInDevice(rig())
    for (let round = 0; round < 2; round++) await redeem(rig(), await authorize(rig(), {}, ada.browser))
    const { feed } = rig().server.installation.store
    const head = await feed.head()
    const [{ id }] = (await consentsOf(ada)).body.items
    await rig().call('DELETE', `/v1/me/consents/${id}`, { bearer: ada.accessToken })
    const lifelines = (await feed.read(head, 10)).map(({ lifeline }) => lifeline.split(':')[0])
    assert.deepEqual(lifelines.sort(), ['consent', 'grant', 'grant'])
  })
})
