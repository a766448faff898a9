/** Apache's mod_auth_openidc as a client: sign-in, what it learns of the person, and both ways of ending its session. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { callbackAt, type Site, startApache, withoutApache } from '../kit/apache.ts'
import { person, signUp } from '../kit/authorize.ts'
import { API, freePort, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { sentTo, type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

interface Rig {
  readonly latchwork: Latchwork
  readonly site: Site
  readonly browser: WebBrowser
}

async function start(t: TestContext, settings: object = {}, lines: readonly string[] = []): Promise<Rig> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const latchwork = await startLatchwork(t, { config: { outbound: { allow: [`127.0.0.1:${port}`] } } })
  const made = await latchwork.call('POST', '/v1/clients', {
    bearer: latchwork.rootKey,
    body: {
      name: 'Apache',
      redirectUris: [callbackAt(port)],
      scopes: ['openid', 'profile', 'email'],
      audiences: [API],
      settings: {
        postLogoutRedirectUris: [`${origin}/left.html`],
        backchannelLogoutUri: `${callbackAt(port)}?logout=backchannel`,
        backchannelLogoutSessionRequired: true,
        ...settings,
      },
    },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const site = await startApache(t, { issuer: latchwork.issuer, clientId: made.body.client.id, secret: made.body.secret, port, lines })
  return { latchwork, site, browser: await signUp(latchwork) }
}

/** Two sites, two jars of cookies, as browsers keep them by host (they differ here in the host alone); follows redirects between them. */
async function follow(site: Site, jars: { readonly site: WebBrowser; readonly issuer: WebBrowser }, url: string, asked: string[]): Promise<Visit> {
  const at = (address: string): WebBrowser => (address.startsWith(site.origin) ? jars.site : jars.issuer)
  let visit = await at(url).get(url)
  for (let hop = 0; hop < 12; hop++) {
    const isConsent = visit.text.includes('id="consent-allow"')
    if (isConsent) asked.push(visit.url)
    const next = visit.location ?? (isConsent ? (await jars.issuer.submit(visit, 'consent-allow')).location : undefined)
    if (next === undefined) return visit
    visit = await at(next).get(next)
  }
  return assert.fail(`too many redirects: ${visit.url}`)
}

async function signIn({ site, browser }: Rig, asked: string[] = []): Promise<WebBrowser> {
  const own = webBrowser()
  const page = await follow(site, { site: own, issuer: browser }, `${site.origin}/private/`, asked)
  assert.equal(page.status, 200, `${page.text}\n${await site.log()}`)
  assert.match(page.text, new RegExp(`^Private, for usr_\\S+ named ${person.name}\\.`), page.text)
  return own
}

const isLetIn = async ({ site }: Rig, own: WebBrowser): Promise<boolean> => (await own.get(`${site.origin}/private/`)).status === 200

describe('Apache with mod_auth_openidc', { skip: withoutApache }, () => {
  it('O1 O5 O6: discovery, PKCE, consent, ID token and UserInfo, to a page for people who are signed in', async (t) => {
    const rig = await start(t)
    assert.equal((await webBrowser().get(`${rig.site.origin}/private/`)).status, 302, 'a stranger is sent to sign in')
    const asked: string[] = []
    const own = await signIn(rig, asked)
    assert.equal(asked.length, 1, 'one consent page')
    assert.equal(await isLetIn(rig, own), true)
  })

  it('O16: the sign-out that it begins ends the login session here, and comes back (RP-Initiated Logout §2)', async (t) => {
    const rig = await start(t)
    const own = await signIn(rig)
    const back = `${rig.site.origin}/left.html`
    const asked = await own.get(`${rig.site.callback}?${new URLSearchParams({ logout: back })}`)
    const left = await rig.browser.get(sentTo(asked, `${rig.latchwork.issuer}/logout?`))
    assert.deepEqual([left.status, left.location], [303, back], left.text)
    assert.notEqual((await rig.browser.get(`${rig.latchwork.issuer}/account`)).status, 200, 'signed out here')
    assert.equal(await isLetIn(rig, own), false)
  })

  it('O16: a sign-out here ends its session by the back channel (Back-Channel Logout §2.5)', async (t) => {
    const rig = await start(t)
    const own = await signIn(rig)
    await rig.browser.submit(await rig.browser.open(`${rig.latchwork.issuer}/logout`), 'logout-confirm')
    await until(async () => !(await isLetIn(rig, own)), 'Apache has heard').catch(async (error) => assert.fail(`${error}\n${await rig.site.log()}`))
    const { body } = await rig.latchwork.call('GET', '/v1/events?type=logout.delivered', { bearer: rig.latchwork.rootKey })
    assert.equal(body.items.length, 1)
  })
})
