import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { createDatabase } from '@latchwork/store/test-engines'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { loginCookie, newEmail, password, signInDevice } from '../kit/front-end.ts'
import { onEachEngine, startOn } from '../kit/shared.ts'
import { API, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { type Visit, type WebBrowser, webBrowser } from '../kit/web-browser.ts'

const DAY = 24 * 60 * 60 * 1000
const codeOf = (page: Visit): string | undefined => /<code id="error-code">([a-z_]+)<\/code>/.exec(page.text)?.[1]

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-start-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('two nodes that start at once on one empty database', () => {
  it('8.6 J2 E5: have one set of signing keys, take each other’s tokens, and end them for each other within a tenth of a second', async (t) => {
    const database = await createDatabase('postgres', 'none')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const { url } = database.options
    const issuer = 'http://localhost:1'
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => startLatchwork(t, { postgres: url, config: { issuer } })))
    assert.ok(one && two && three)
    const keySets = await Promise.all([one, two, three].map(async (node) => (await node.call('GET', '/jwks')).body))
    assert.deepEqual(keySets[0], keySets[1])
    assert.deepEqual(keySets[0], keySets[2])
    assert.equal(keySets[0].keys.length, 2)
    const rows = await database.query('select algorithm, state from signing_keys')
    assert.equal(rows.length, 2)
    const created = await database.query("select * from events where type = 'signing_key.created'")
    assert.equal(created.length, 2, 'one event each')

    const device = await signInDevice(one)
    await jwtVerify(device.accessToken, createLocalJWKSet(keySets[1]), { issuer, audience: API })
    const made = await one.call('POST', '/v1/root-keys', { bearer: one.rootKey, body: { name: 'x', scopes: ['keys:read'] } })
    assert.equal((await two.call('GET', '/v1/keys', { bearer: made.body.secret })).status, 200)
    assert.equal((await three.call('GET', '/v1/keys', { bearer: made.body.secret })).status, 200)
    assert.equal((await one.call('DELETE', `/v1/root-keys/${made.body.rootKey.id}`, { bearer: one.rootKey })).status, 204)
    const ended = performance.now()
    for (const node of [two, three])
      await until(async () => (await node.call('GET', '/v1/keys', { bearer: made.body.secret })).status === 401, 'refused elsewhere', 5000)
    t.diagnostic(`refused on both other nodes ${(performance.now() - ended).toFixed(1)} ms after the answer`)
  })

  it('R1: what may happen once happens once over three nodes: key places and refresh tokens', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const { url } = database.options
    const nodes = await Promise.all([1, 2, 3].map(() => startLatchwork(t, { postgres: url, config: { issuer: 'http://localhost:1' } })))
    const nodeOf = (n: number): Latchwork => nodes[n % nodes.length] as Latchwork
    const body = { accountId: 'acc_test', name: 'x' }
    const mints = await Promise.all(Array.from({ length: 60 }, (_, n) => nodeOf(n).call('POST', '/v1/keys', { bearer: nodeOf(n).rootKey, body })))
    assert.deepEqual(
      Object.entries(Object.groupBy(mints, ({ status }) => status)).map(([status, all]) => [status, all?.length]),
      [
        ['201', 2],
        ['409', 58],
      ],
    )
    const device = await signInDevice(nodeOf(0))
    const cookie = `__Host-lw_refresh=${device.refreshToken()}`
    const refreshes = await Promise.all(Array.from({ length: 60 }, (_, n) => nodeOf(n).call('POST', '/v1/sessions/refresh', { headers: { cookie } })))
    assert.deepEqual(
      Object.entries(Object.groupBy(refreshes, ({ status }) => status)).map(([status, all]) => [status, all?.length]),
      [
        ['200', 1],
        ['400', 59],
      ],
    )
  })
})

describe('a start that cannot be', () => {
  it('E7: another secretKey than the one the signing keys were sealed with: told in a sentence, nothing listens, nothing is changed', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const { url } = database.options
    const first = await startLatchwork(t, { postgres: url })
    const before = await database.query('select kid, sealed_private_key from signing_keys order by kid')
    await first.stop()
    const secretKey = digestOf('another secret key')
    await assert.rejects(startLatchwork(t, { postgres: url, config: { database: { url }, secretKey } }), (error: Error) => {
      assert.match(error.message, /cannot be opened: secretKey is not the one it was sealed with, nor is one of formerSecretKeys/)
      assert.ok(!error.message.includes(secretKey))
      return true
    })
    assert.deepEqual(await database.query('select kid, sealed_private_key from signing_keys order by kid'), before)
  })

  it('E7: a port in use: told, and the database is let go of', async (t) => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, 'localhost', resolve))
    t.after(() => taken.close())
    const address = taken.address()
    assert.ok(address !== null && typeof address === 'object')
    const data = folderFor(t)
    await assert.rejects(startLatchwork(t, { data, http: { port: address.port } }), { code: 'EADDRINUSE' })
    const latchwork = await startLatchwork(t, { data })
    assert.equal((await latchwork.call('GET', '/health/ready')).status, 200)
  })

  it('R2 E5: a second start on the same data finds everything, with the same keys', async (t) => {
    const data = folderFor(t)
    const first = await startLatchwork(t, { data })
    const keys = (await first.call('GET', '/jwks')).body
    const device = await signInDevice(first)
    const { secret } = (await first.call('POST', '/v1/root-keys', { bearer: first.rootKey, body: { name: 'x', scopes: ['keys:read'] } })).body
    await first.stop()
    const second = await startLatchwork(t, { data })
    assert.deepEqual((await second.call('GET', '/jwks')).body, keys)
    assert.equal((await second.call('GET', '/v1/keys', { bearer: secret })).status, 200)
    const cookie = `__Host-lw_refresh=${device.refreshToken()}`
    assert.equal((await second.call('POST', '/v1/sessions/refresh', { headers: { cookie } })).status, 200)
  })
})

async function claim(latchwork: Latchwork, link: string, browser: WebBrowser = webBrowser(), email = newEmail()): Promise<Visit> {
  const page = await browser.get(link)
  if (page.status !== 200) return page
  const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const secret = new URL(link).searchParams.get('link') ?? ''
  return browser.post(`${latchwork.issuer}/first-operator`, { form_token: token, link: secret, email, password, name: 'Ada' }, { origin: latchwork.issuer })
}

onEachEngine('the link for the first operator', (rigOf, engine) => {
  it('R1: 100 claims at the same moment make one operator, who can then make keys', async () => {
    const rig = rigOf()
    const link = rig.server.operatorLink ?? ''
    assert.ok(link.startsWith(`${rig.issuer}/first-operator?link=lw_ot_`))
    const operators = Array.from({ length: 100 }, () => webBrowser())
    const answers = await Promise.all(operators.map((browser) => claim(rig, link, browser)))
    const counts = Object.groupBy(answers, ({ status }) => status)
    assert.equal(counts[303]?.length, 1, JSON.stringify(Object.entries(counts).map(([status, all]) => [status, all?.length])))
    assert.equal(counts[303]?.[0]?.headers.get('location'), '/operator/keys')
    assert.equal(answers.filter(({ status }) => status >= 500 && status !== 503).length, 0)
    assert.equal((await rig.query('select * from users where is_operator = 1')).length, 1)
    assert.equal((await rig.query('select * from users')).length, 1, 'and nobody else was made')
    const winner = operators[answers.findIndex(({ status }) => status === 303)]
    const page = await winner?.open(`${rig.issuer}/operator/keys`)
    assert.equal(page?.status, 200)
    const after = await claim(rig, link)
    assert.deepEqual([after.status, codeOf(after)], [410, 'link_invalid'])
    const events = (await rig.call('GET', '/v1/events?type=operator.claimed', { bearer: rig.rootKey })).body.items
    assert.equal(events.length, 1)
  })

  it('E7: it lives a day, a form that was refused leaves it usable, and the next start replaces it', async (t) => {
    const rig = await startOn(t, engine)
    const link = rig.server.operatorLink ?? ''
    const weak = webBrowser()
    const page = await weak.get(link)
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    const secret = new URL(link).searchParams.get('link') ?? ''
    const refused = await weak.post(
      `${rig.issuer}/first-operator`,
      { form_token: token, link: secret, email: 'a@example.com', password: 'short', name: 'A' },
      { origin: rig.issuer },
    )
    assert.equal(refused.status, 400)
    assert.equal((await webBrowser().get(link)).status, 200)
    rig.advance(DAY)
    assert.equal(codeOf(await webBrowser().get(link)), 'link_invalid')
    for (const wrong of ['', 'x', secret.slice(0, -1), secret.replace('_ot_', '_ls_'), `${secret}x`])
      assert.equal(codeOf(await webBrowser().get(`${rig.issuer}/first-operator?link=${wrong}`)), 'link_invalid')
  })
})

describe('the operator’s first sign-in', () => {
  it('E7: each start without an operator makes a new link and ends the one before; with an operator there is none', async (t) => {
    const data = folderFor(t)
    const first = await startLatchwork(t, { data })
    const old = new URL(first.server.operatorLink ?? '').search
    await first.stop()
    const second = await startLatchwork(t, { data })
    assert.equal(codeOf(await webBrowser().get(`${second.issuer}/first-operator${old}`)), 'link_invalid')
    const browser = webBrowser()
    assert.equal((await claim(second, second.server.operatorLink ?? '', browser)).status, 303)
    assert.ok(browser.cookies.has(loginCookie))
    await second.stop()
    const third = await startLatchwork(t, { data })
    assert.equal(third.server.operatorLink, undefined)
  })

  it('K4: an operator makes a key on the page, sees it once, and revokes it; the next check refuses', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = webBrowser()
    await claim(latchwork, latchwork.server.operatorLink ?? '', browser)
    const page = await browser.open(`${latchwork.issuer}/operator/keys`)
    const made = await browser.submit(page, 'key-submit', { 'key-name': 'Export' })
    const secret = /(?:sk|rk)_(?:live|test)_lw_[0-9A-Za-z]{49}/.exec(made.text)?.[0] ?? ''
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const verify = async () => (await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: secret } })).body
    assert.equal((await verify()).record.alive, true)
    const list = await browser.open(`${latchwork.issuer}/operator/keys`)
    assert.ok(!list.text.includes(secret.slice(12, 30)))
    const keyId = (await verify()).record.principal.credentialId
    assert.equal((await browser.submit(list, `revoke-${keyId}`)).status, 200)
    assert.equal((await verify()).record.alive, false)
    refuses(await latchwork.call('GET', '/userinfo', { bearer: secret }), 401, 'invalid_token')
  })
})
