import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signUp } from '../kit/authorize.ts'
import { shared } from '../kit/shared.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'
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
})
