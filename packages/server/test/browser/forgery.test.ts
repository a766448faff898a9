/** What another site can do to an operator who is signed in here: nothing. */
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { Latchwork } from '../kit/start-latchwork.ts'
import { webBrowser } from '../kit/web-browser.ts'
import { type Application, startBoth } from './application.ts'
import { describeInChromium, type OpenVisitor, type Visitor } from './chromium.ts'
import { ada, becomeOperator } from './steps.ts'

describeInChromium('another site', (open) => {
  it('13.1: posts forms to everything that changes something, and changes nothing', async (t) => {
    const { latchwork, application, victim, state } = await signedInVictim(t, open)
    const before = await state()
    const forms: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['/consent', { decision: 'allow', scope: 'notes:write', request: await requestOf(application) }],
      ['/login', { email: 'mallory@example.com', password: ada.password }],
      ['/signup', { name: 'M', email: 'new@example.com', password: 'a quite long password' }],
      ['/account/sessions/end', { session_id: before.sessions[0] ?? '' }],
      ['/account/sessions/end-others', {}],
      ['/account/applications/end', { consent_id: before.consents[0] ?? '' }],
      ['/device', { user_code: 'BBBB-BBBB' }],
      ['/operator/keys', { name: 'evil', kind: 'sk', environment: 'live', scope: 'notes:write' }],
      ['/operator/root-keys', { name: 'evil', scope: '*:*' }],
    ]
    // On 127.0.0.1 the page is another site; on localhost, at another port, it is the same site, and even Strict cookies come along.
    for (const place of [application.origin, application.origin.replace('127.0.0.1', 'localhost')]) {
      for (const [path, fields] of forms) {
        const evil = await victim.context.newPage()
        application.serve('/evil', autoForm(latchwork.issuer + path, { ...fields, form_token: await ownFormToken(latchwork) }))
        await evil.goto(`${place}/evil`)
        await evil.waitForURL(latchwork.issuer + path)
        assert.match(await evil.innerText('#error-code'), /^(origin_refused|sign_in_required)$/, `${place} ${path}`)
        await evil.close()
      }
      // Any application may ask for a sign-out (RP-Initiated Logout §2); asking is all it gets.
      const asking = await victim.context.newPage()
      application.serve('/evil', autoForm(`${latchwork.issuer}/logout`, { client_id: application.id }))
      await asking.goto(`${place}/evil`)
      await asking.locator('#logout-confirm').waitFor()
      await asking.close()
      for (const path of ['/v1/sessions/sign-out', '/v1/sessions/refresh']) {
        const evil = await victim.context.newPage()
        application.serve('/evil', autoForm(latchwork.issuer + path, {}))
        await evil.goto(`${place}/evil`)
        await evil.waitForURL(latchwork.issuer + path)
        assert.match(await evil.innerText('body'), /"code":"origin_refused"/, `${place} ${path}`)
        await evil.close()
      }
    }
    assert.deepEqual(await state(), before)
    await staysSignedIn(victim.page, latchwork)
  })

  it('13.1 J14: calls the session API with credentials, and gets nothing', async (t) => {
    const { latchwork, application, victim, state } = await signedInVictim(t, open)
    const before = await state()
    for (const place of [application.origin, application.origin.replace('127.0.0.1', 'localhost')]) {
      application.serve('/evil', '<h1>Nice page</h1>')
      const evil = await victim.context.newPage()
      await evil.goto(`${place}/evil`)
      for (const path of ['/v1/sessions/sign-out', '/v1/sessions/refresh', '/logout', '/account/applications/end']) {
        for (const mode of ['no-cors', 'cors'] as const) {
          const read = await evil.evaluate(
            ([url, mode]) =>
              fetch(url, { method: 'POST', credentials: 'include', mode, body: new URLSearchParams({ consent_id: 'x' }) }).then(
                (answer) => answer.text(),
                () => '',
              ),
            [latchwork.issuer + path, mode] as const,
          )
          assert.equal(read, '', `${place} ${mode} ${path}`)
        }
      }
      const account = await evil.evaluate(
        (url) =>
          fetch(url, { credentials: 'include' }).then(
            (answer) => answer.text(),
            () => '',
          ),
        `${latchwork.issuer}/account`,
      )
      assert.equal(account, '')
      await evil.close()
    }
    const refusedByCors = victim.troubles.splice(0)
    assert.ok(refusedByCors.length > 0)
    for (const trouble of refusedByCors) assert.match(trouble, /blocked by CORS policy|net::ERR_FAILED/)
    assert.deepEqual(await state(), before)
    await staysSignedIn(victim.page, latchwork)
  })

  it('13.1: puts the consent page in a frame, and sees an empty one', async (t) => {
    const { latchwork, application, victim } = await signedInVictim(t, open)
    const { page } = victim
    for (const path of [`/authorize?${await requestOf(application)}`, '/account', '/logout', '/login', '/', '/errors', '/nowhere']) {
      application.serve('/evil', `<iframe id="frame" src="${(latchwork.issuer + path).replaceAll('&', '&amp;')}"></iframe>`)
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.url() === latchwork.issuer + path),
        page.goto(`${application.origin}/evil`),
      ])
      assert.ok(answer.status() < 500)
      const frame = await (await page.waitForSelector('#frame')).contentFrame()
      assert.ok(frame)
      assert.match(frame.url(), /^chrome-error:/, path)
      assert.equal(await frame.locator('#main').count(), 0, path)
    }
    const framed = victim.troubles.splice(0)
    for (const trouble of framed) assert.match(trouble, /frame-ancestors|X-Frame-Options/)
    assert.ok(framed.length >= 7)
  })
})

async function signedInVictim(
  t: TestContext,
  open: OpenVisitor,
): Promise<{
  readonly latchwork: Latchwork
  readonly application: Application
  readonly victim: Visitor
  readonly state: () => Promise<{ readonly sessions: readonly string[]; readonly consents: readonly string[]; readonly users: number; readonly keys: number }>
}> {
  const { latchwork, application } = await startBoth(t)
  const victim = await open(t)
  const { page } = victim
  await becomeOperator(page, latchwork)
  await page.goto(application.startUrl({ scope: 'openid notes:read' }))
  await page.click('#consent-allow')
  await page.waitForURL(`${application.origin}/callback?*`)
  const { store } = latchwork.server.installation
  const { user } = (await store.accounts.findUserByEmail(ada.email)) ?? assert.fail('the victim is registered')
  const state = async () => {
    const [sessions, consents, keys, rootKeys, other] = await Promise.all([
      store.accounts.listLoginSessions(user.id, latchwork.now()),
      store.oauth.listApplications(user.id, { limit: 100 }),
      store.apiKeys.listKeys({ limit: 100 }),
      store.apiKeys.listRootKeys({ limit: 100 }),
      store.accounts.findUserByEmail('new@example.com'),
    ])
    return {
      sessions: sessions.map(({ id }) => id),
      consents: consents.items.map(({ consent: { id, scopes } }) => `${id} ${scopes.join(' ')}`),
      users: other === undefined ? 1 : 2,
      keys: keys.items.length + rootKeys.items.length,
    }
  }
  return { latchwork, application, victim, state }
}

/** What a consent form would send along for this application: the query of an authorization request. */
async function requestOf(application: Application): Promise<string> {
  const answer = await fetch(application.startUrl(), { redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '').search.slice(1)
}

/** A form token the attacker got from a page of their own. */
async function ownFormToken(latchwork: Latchwork): Promise<string> {
  const page = await webBrowser().open(`${latchwork.issuer}/login`)
  return /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? assert.fail(page.text)
}

function autoForm(action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">`)
  return `<form method="post" action="${action}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`
}

async function staysSignedIn(page: Page, latchwork: Latchwork): Promise<void> {
  await page.goto(`${latchwork.issuer}/account`)
  assert.match(await page.locator('.person').innerText(), /ada@example\.com/)
}
