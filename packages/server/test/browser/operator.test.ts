/** The first operator and the page of keys. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { describeInChromium } from './chromium.ts'
import { ada, becomeOperator, heading, signUp } from './steps.ts'

describeInChromium('operator', (open) => {
  it('13: the one-time link makes the first operator, once', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await becomeOperator(page, latchwork)
    assert.equal(await heading(page), 'Keys')
    const stranger = await open(t)
    await stranger.page.goto(latchwork.server.operatorLink ?? '')
    assert.equal(await heading(stranger.page), 'Link no longer works')
    assert.equal(await stranger.page.innerText('#error-code'), 'link_invalid')
  })

  it('13: to a person who is no operator the page of keys does not exist', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await signUp(page, latchwork)
    assert.equal(await page.locator('nav a[href="/operator/keys"]').count(), 0)
    const answer = await page.goto(`${latchwork.issuer}/operator/keys`)
    assert.equal(answer?.status(), 404)
    assert.equal(await page.innerText('#error-code'), 'not_found')
  })

  it('13: makes an API key, shown once, which works until it is revoked on the page', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await becomeOperator(page, latchwork)
    await page.getByText('Make an API key').click()
    await page.fill('#key-name', 'Nightly export')
    await page.getByLabel('Test').check()
    await page.getByLabel(/notes:read/).check()
    await page.click('#key-submit')
    assert.equal(await heading(page), 'Your new key')
    const secret = await page.inputValue('#key-secret')
    assert.match(secret, /^sk_test_lw_/)
    assert.deepEqual(await lookUp(latchwork, secret), { alive: true, scopes: ['notes:read'], mechanism: 'api_key' })

    await page.click('#key-done')
    const row = page.locator('li', { hasText: 'Nightly export' })
    await row.waitFor()
    assert.ok(!(await page.content()).includes(secret), 'it is not shown again')
    await row.getByText('Revoke').first().click()
    await row.getByRole('button', { name: 'Revoke it now' }).click()
    await row.getByText('Revoked').waitFor()
    assert.equal((await lookUp(latchwork, secret)).alive, false)
    assert.equal(await row.getByRole('button').count(), 0)
  })

  it('13: makes a root key, which manages until it is revoked', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t, { javaScriptEnabled: false })
    await becomeOperator(page, latchwork)
    await page.getByText('Make a root key').click()
    await page.fill('#root-key-name', 'Terraform')
    await page
      .locator('#make-root-key')
      .getByLabel(/^keys:read/)
      .check()
    await page.click('#root-key-submit')
    const secret = await page.inputValue('#key-secret')
    assert.match(secret, /^lw_root_/)
    assert.equal((await latchwork.call('GET', '/v1/keys', { bearer: secret })).status, 200)
    assert.equal((await latchwork.call('GET', '/v1/events', { bearer: secret })).status, 403)
    await page.click('#key-done')
    const row = page.locator('li', { hasText: 'Terraform' })
    await row.getByText('Revoke').first().click()
    await row.getByRole('button', { name: 'Revoke it now' }).click()
    await row.getByText('Revoked').waitFor()
    assert.equal((await latchwork.call('GET', '/v1/keys', { bearer: secret })).status, 401)
  })

  it('13: a key that cannot be made keeps what was typed and says why', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page } = await open(t)
    await becomeOperator(page, latchwork)
    await page.getByText('Make an API key').click()
    await page.getByLabel(/notes:write/).check()
    await page.getByLabel('Live').check()
    await page.click('#key-submit')
    await page.locator('#problems').waitFor()
    assert.ok(await page.locator('#key-submit').isVisible())
    assert.equal(await page.getAttribute('#key-name', 'aria-invalid'), 'true')
    assert.ok(await page.getByLabel(/notes:write/).isChecked())
    assert.ok(await page.getByLabel('Live').isChecked())
    for (const name of ['Second try', 'Third']) {
      await page.fill('#key-name', name)
      await page.click('#key-submit')
      assert.equal(await heading(page), 'Your new key')
      await page.click('#key-done')
      await page.getByText('Make an API key').click()
      await page.getByLabel('Live').check()
    }
    await page.fill('#key-name', 'One too many')
    await page.click('#key-submit')
    assert.match(await page.innerText('#key-kind-problem'), /two/i)
    await page.getByText('Make a root key').click()
    await page.fill('#root-key-name', 'Of no use')
    await page.click('#root-key-submit')
    assert.match(await page.innerText('#root-key-scope-problem'), /at least one scope/)
  })

  it('13: the keys page is found from the account page, and asks a signed-out operator to sign in first', async (t) => {
    const latchwork = await startLatchwork(t)
    const { page, context } = await open(t)
    await becomeOperator(page, latchwork)
    await page.goto(`${latchwork.issuer}/account`)
    await page.locator('nav').getByRole('link', { name: 'Keys' }).click()
    await page.waitForURL(`${latchwork.issuer}/operator/keys`)
    await context.clearCookies()
    await page.reload()
    await page.fill('#login-identifier', ada.email)
    await page.fill('#login-password', ada.password)
    await page.click('#login-submit')
    await page.waitForURL(`${latchwork.issuer}/operator/keys`)
  })
})

async function lookUp(latchwork: Latchwork, credential: string): Promise<{ readonly alive: boolean; readonly scopes: unknown; readonly mechanism: unknown }> {
  const answer = await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential } })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.equal(answer.body.known, true, JSON.stringify(answer.body))
  const { alive, principal } = answer.body.record
  return { alive, scopes: principal.scopes, mechanism: principal.mechanism }
}
