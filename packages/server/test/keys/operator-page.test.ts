import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startLatchwork } from '../kit/start-latchwork.ts'
import { asRoot, DAY, HOUR, make, operatorOf, read } from './calls.ts'

describe('/operator/keys', () => {
  it('K5: asks for an end where policy demands one, within what it allows, and the key has it', async (t) => {
    const latchwork = await startLatchwork(t, { config: { keys: { live: { requireExpiry: true, maxLifetimeDays: 45 } } } })
    const browser = await operatorOf(latchwork)
    const page = await browser.open(`${latchwork.issuer}/operator/keys`)
    const choices = [...page.text.matchAll(/name="days" value="(\d+)"/g)].map(([, days]) => days)
    assert.deepEqual(choices, ['30'])
    const made = await browser.submit(page, 'key-submit', { 'key-name': 'export' })
    const { expiresAt } = await read(latchwork, /id="key-id">([^<]+)</.exec(made.text)?.[1] ?? assert.fail(made.text))
    assert.ok(Math.abs(Date.parse(expiresAt) - latchwork.now() - 30 * DAY) < HOUR)
    const form_token = /name="form_token" value="([^"]*)"/.exec((await browser.open(`${latchwork.issuer}/operator/keys`)).text)?.[1] ?? ''
    const send = (days: string) =>
      browser.post(`${latchwork.issuer}/operator/keys`, { form_token, name: 'x', kind: 'rk', environment: 'live', days }, { origin: latchwork.issuer })
    for (const days of ['', '46']) {
      const refused = await send(days)
      assert.deepEqual([refused.status, /45 days/.test(refused.text)], [400, true])
    }
    assert.equal((await send('1e3')).status, 400)
  })

  it('K7: has one box for a scope that several APIs have, with what each says of it', async (t) => {
    const api = (identifier: string, description: string) => ({ identifier, name: identifier, scopes: [{ name: 'notes:read', description }] })
    const apis = [api('https://one.example.test', 'Read your notes'), api('https://two.example.test', 'See your notes')]
    const latchwork = await startLatchwork(t, { config: { apis, clients: [] } })
    const { text } = await (await operatorOf(latchwork)).open(`${latchwork.issuer}/operator/keys`)
    assert.deepEqual(text.match(/value="notes:read"/g), ['value="notes:read"'])
    assert.match(text, /Read your notes · See your notes/)
  })

  it('K4: shows a publishable key whole, and of every other its ends alone', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await operatorOf(latchwork)
    const [operator] = (await asRoot(latchwork, 'GET', '/v1/events?type=operator.claimed')).body.items
    const account = (await latchwork.server.installation.store.accounts.findUser(operator.userId))?.accountId ?? assert.fail('no operator')
    const [pk, rk] = [await make(latchwork, account, { kind: 'pk' }), await make(latchwork, account, { kind: 'rk' })]
    const { text } = await browser.open(`${latchwork.issuer}/operator/keys`)
    assert.deepEqual([text.includes(pk.secret), text.includes(rk.secret), text.includes(rk.key.fingerprint)], [true, false, true])
    assert.ok(!text.includes('name="days"'), 'no end is asked for where none is demanded')
  })
})
