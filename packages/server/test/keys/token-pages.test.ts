import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { webBrowser } from '../kit/web-browser.ts'
import { asRoot, DAY, known, works } from './calls.ts'

describe('/account/tokens', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('K18: a person makes a token with a name, scopes and an end, sees it without its text, and revokes it', async () => {
    const latchwork = latchworkOf()
    const browser = await signUp(latchwork)
    const page = await browser.open(`${latchwork.issuer}/account/tokens`)
    assert.match(page.text, /You have no tokens/)
    const token = /name="form_token" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
    const post = (path: string, fields: Readonly<Record<string, string>>) =>
      browser.post(`${latchwork.issuer}${path}`, { form_token: token, ...fields }, { origin: latchwork.issuer })
    const made = await post('/account/tokens', { name: 'laptop <b>', scope: 'notes:read', days: '30' })
    assert.equal(made.status, 200, made.text)
    const secret = /pat_live_lw_[0-9A-Za-z]{49}/.exec(made.text)?.[0] ?? assert.fail(made.text)
    const { principal } = (await known(latchwork, secret)).record
    assert.deepEqual([principal.scopes, principal.subject], [['notes:read'], principal.userId])
    assert.ok(Math.abs(principal.expiresAt - latchwork.now() - 30 * DAY) < 60_000)
    const listed = await browser.open(`${latchwork.issuer}/account/tokens`)
    assert.ok(listed.text.includes('laptop &lt;b&gt;') && !listed.text.includes(secret))
    const refused = await post('/account/tokens', { name: 'x', scope: 'admin:write', days: '30' })
    assert.deepEqual([refused.status, /You do not have admin:write/.test(refused.text)], [403, true])
    assert.equal((await post('/account/tokens', { name: 'x', scope: 'notes:read', days: '9999' })).status, 400)
    assert.equal(
      (await browser.post(`${latchwork.issuer}/account/tokens`, { name: 'x', days: '30' }, { origin: latchwork.issuer })).status,
      403,
      'no form token',
    )
    const other = await asRoot(latchwork, 'POST', '/v1/keys', { accountId: 'acc_test', name: 'not yours', kind: 'rk' })
    assert.equal((await post('/account/tokens/end', { token_id: other.body.key.id })).status, 404)
    assert.equal(await works(latchwork, other.body.secret), true)
    const ended = await post('/account/tokens/end', { token_id: principal.credentialId })
    assert.match(ended.text, /You have no tokens|^$/)
    assert.equal(await works(latchwork, secret), false)
  })

  it('K18: who must sign in first comes back to the page, and the lifetimes are in order with a usual one chosen', async () => {
    const { issuer } = latchworkOf()
    const browser = webBrowser()
    const signIn = await browser.open(`${issuer}/account/tokens`)
    assert.match(signIn.text, /you go to <b>your access tokens<\/b> here/)
    const signUpPage = await browser.open(issuer + (/href="(\/signup[^"]*)"/.exec(signIn.text)?.[1] ?? ''))
    const person = { 'signup-name': 'Ada', 'signup-identifier': 'ada-tokens@example.com', 'signup-password': 'correct horse battery staple' }
    const page = await browser.submit(signUpPage, 'signup-submit', person)
    assert.equal(page.url, `${issuer}/account/tokens`)
    const lifetimes = [...page.text.matchAll(/name="days" value="(\d+)"( checked)?/g)].map(([, days, checked]) => (checked ? `(${days})` : days))
    assert.deepEqual(lifetimes, ['7', '(30)', '90', '365'])
  })

  it('K18: calls what was made a token, and asks before one is revoked, also without script', async () => {
    const latchwork = latchworkOf()
    const browser = await signUp(latchwork, { name: 'Grace', email: 'grace-tokens@example.com', password: 'correct horse battery staple' })
    const made = await browser.submit(await browser.open(`${latchwork.issuer}/account/tokens`), 'token-submit', { 'token-name': 'laptop' })
    assert.match(made.text, /<h1>Your new token<\/h1>[\s\S]*Token for <bdi>laptop<\/bdi>/)
    const id = /id="key-id">([^<]+)</.exec(made.text)?.[1] ?? assert.fail(made.text)
    const listed = await browser.open(`${latchwork.issuer}/account/tokens`)
    assert.match(listed.text, new RegExp(`<summary>Revoke[\\s\\S]*cannot be undone[\\s\\S]*id="revoke-${id}"`))
    assert.match((await browser.submit(listed, `revoke-${id}`)).text, /You have no tokens/)
  })
})
