/** Text that strangers choose (names, state, addresses, error parameters) is text on every page, whatever it looks like (13.2). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Page } from 'playwright-core'
import { API, startLatchwork } from '../kit/start-latchwork.ts'
import { startApplication } from './application.ts'
import { describeInChromium } from './chromium.ts'
import { ada, fillSignIn, fillSignUp } from './steps.ts'

const MARKUP = `"'><img src=x onerror=alert(1)><script>alert(2)</script>`
/** Turns what follows around, hides and joins. */
const TURNED = '\u202egpj.exe\u2066\u2069\u200b'
const HOSTILE = `${MARKUP}${TURNED}`

describeInChromium('hostile text', (open) => {
  it('13.2: stays text on every page it reaches, and comes back to the application untouched', async (t) => {
    const { application, connect } = await startApplication(t, { name: `Acme ${HOSTILE}` })
    const latchwork = await startLatchwork(t, {
      config: {
        clients: [application.declaration],
        accounts: [{ id: 'acc_test', name: `Test ${HOSTILE}` }],
        apis: [
          {
            identifier: API,
            name: `Notes ${HOSTILE}`,
            scopes: [
              { name: 'notes:read', description: `Read ${HOSTILE}` },
              { name: 'notes:write', description: `Write ${HOSTILE}` },
            ],
          },
        ],
      },
    })
    await connect(latchwork)
    const { page } = await open(t, { userAgent: `Robot ${MARKUP}` })
    const person = { ...ada, name: `Ada ${MARKUP}` }
    const { issuer } = latchwork

    await page.goto(latchwork.server.operatorLink ?? '')
    await fillSignUp(page, { ...person, password: MARKUP.slice(0, 5), email: MARKUP })
    await isInert(page, 'operator link, refused')
    await fillSignUp(page, person)
    await page.waitForURL(`${issuer}/operator/keys`)
    await page.getByText('Make an API key').click()
    await page.click('#key-submit')
    await isInert(page, 'keys, refused')
    await page.fill('#key-name', HOSTILE)
    await page.click('#key-submit')
    await page.locator('#key-name-problem').waitFor()
    await isInert(page, 'keys, refused for invisible characters')
    await page.fill('#key-name', MARKUP)
    await page.click('#key-submit')
    await page.locator('#key-secret').waitFor()
    await isInert(page, 'key made')
    await page.click('#key-done')
    await page.locator('li[id^=key_]').waitFor()
    await isInert(page, 'keys')
    await page.goto(`${issuer}/logout`)
    await isInert(page, 'sign-out')
    await page.click('#logout-confirm')
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()

    const state = `state ${HOSTILE}`
    await page.goto(application.startUrl({ state, login_hint: HOSTILE, scope: 'openid notes:read notes:write' }))
    await isInert(page, 'sign-in from an application')
    assert.equal(await page.inputValue('#login-identifier'), `${MARKUP}gpj.exe`)
    await fillSignIn(page, { ...person, email: MARKUP })
    await page.locator('#problems').waitFor()
    await isInert(page, 'sign-in, refused')
    await page.click('#signup-link')
    await isInert(page, 'sign-up from an application')
    await page.click('#login-link')
    await fillSignIn(page, person)
    await page.locator('#consent-allow').waitFor()
    await isInert(page, 'consent')
    assert.match(await page.innerText('.scopes'), /Read "'><img src=x onerror=alert\(1\)>/)
    await page.click('#consent-allow')
    await page.locator('#welcome').waitFor()
    assert.equal(application.received[0]?.parameters['state'], state)
    await page.goto(`${issuer}/account`)
    await isInert(page, 'account')

    await page.goto(application.startUrl({ state, response_mode: 'form_post', scope: 'openid notes:read' }))
    await page.waitForURL(`${application.origin}/callback`)
    assert.deepEqual([application.received[1]?.method, application.received[1]?.parameters['state']], ['POST', state])
    await page.goto(application.startUrl({ state, scope: HOSTILE }))
    await page.locator('#refused').waitFor()
    assert.equal(application.received[2]?.parameters['state'], state)
  })

  it('13.2: an error page repeats nothing that could act', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    const planted = encodeURIComponent(HOSTILE)
    for (const path of [
      `/authorize?client_id=${planted}&redirect_uri=${planted}`,
      `/authorize?client_id=app&redirect_uri=${encodeURIComponent('javascript:alert(1)')}`,
      `/authorize?client_id=app&redirect_uri=${planted}&error=${planted}&error_description=${planted}`,
      `/login?continue=${planted}&login_hint=${planted}&error=${planted}&error_description=${planted}`,
      `/signup?continue=${encodeURIComponent('javascript:alert(1)')}`,
      `/logout?post_logout_redirect_uri=${planted}&state=${planted}&id_token_hint=${planted}`,
      `/first-operator?link=${planted}`,
      `/errors/${planted}`,
      `/${planted}`,
      '/login?continue=%',
    ]) {
      await page.goto(latchwork.issuer + path)
      await isInert(page, path)
    }
  })

  it('13.2: no link of ours leads away after a sign-in', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await page.goto(`${latchwork.issuer}/signup`)
    await fillSignUp(page)
    for (const way of [
      '//evil.example/',
      '/\\evil.example',
      'https://evil.example/',
      'javascript:alert(1)',
      '/\t/evil.example',
      '/account/../..//evil.example',
    ]) {
      await context.clearCookies()
      await page.goto(`${latchwork.issuer}/login?continue=${encodeURIComponent(way)}`)
      await fillSignIn(page)
      await page.waitForURL(`${latchwork.issuer}/account`)
    }
  })
})

/** Nothing was added to the page: no element that only hostile text could have brought, no handler, no character that turns its surroundings around. */
async function isInert(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => {
    const handlers = [...document.querySelectorAll('*')].filter((element) =>
      [...element.attributes].some(({ name }) => name.startsWith('on') || name === 'style'),
    )
    const foreign = [...document.querySelectorAll('img, svg, iframe, object, embed, style, script, base')]
    return {
      handlers: handlers.map(({ outerHTML }) => outerHTML),
      foreign: foreign.map(({ outerHTML }) => outerHTML),
      text: document.documentElement.innerText,
      title: document.title,
    }
  })
  assert.deepEqual({ handlers: found.handlers, foreign: found.foreign }, { handlers: [], foreign: [] }, where)
  assert.doesNotMatch(found.text + found.title, /\p{Bidi_Control}|\u200b/u, where)
  assert.equal(await page.locator('h1').count(), 1, where)
}
