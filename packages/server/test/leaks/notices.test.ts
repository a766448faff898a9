import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it, type TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { register, signInDevice } from '../kit/front-end.ts'
import { leaksIn } from '../kit/leaks.ts'
import { until } from '../kit/until.ts'
import { makeKey, report, settled } from './leaked.ts'

const secret = 'a secret of the alerts, of more than 32 characters'

async function startReceiver(t: TestContext): Promise<{ readonly port: number; readonly received: string[] }> {
  const received: string[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    received.push(Buffer.concat(parts).toString())
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, received }
}

interface Mail {
  readonly to: readonly string[]
  readonly text: string
}

async function startMailServer(t: TestContext): Promise<{ readonly mail: object; readonly mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, done) {
      const parts: Buffer[] = []
      for await (const part of stream) parts.push(part as Buffer)
      mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(parts).toString().replaceAll('=\r\n', '') })
      done()
    },
  })
  const listening = server.listen(0, '127.0.0.1')
  await new Promise<void>((resolve) => listening.once('listening', () => resolve()))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { mail: { smtpUrl: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`, from: 'latchwork@example.com' }, mails }
}

describeOnEachEngine('the owner of a leaked key', (start) => {
  it('K15: is told by mail, whoever it is: the person of a token, of a sign-in, or who owns the account; and nobody else is', async (t) => {
    const { mail, mails } = await startMailServer(t)
    const latchwork = await start(t, { config: { mail } })
    const email = await register(latchwork)
    const refreshToken = (await signInDevice(latchwork, email)).refreshToken()
    const user = (await latchwork.server.installation.store.accounts.findUserByEmail(email))?.user ?? assert.fail(email)
    const { id: userId, accountId } = user
    const make = async (body: object) => (await latchwork.call('POST', '/v1/keys', { bearer: latchwork.rootKey, body })).body.secret as string
    const token = await make({ accountId, userId, kind: 'pat', name: 'laptop', expiresAt: new Date(latchwork.now() + 86_400_000).toISOString() })
    const ofAccount = await make({ accountId, name: 'export', kind: 'rk' })
    const ofNobody = await make({ accountId: 'acc_test', name: 'lonely', kind: 'rk' })
    for (const [text, expected] of [
      [token, /it is revoked[\s\S]*laptop[\s\S]*\/account/],
      [ofAccount, /it is revoked[\s\S]*export[\s\S]*Replace it wherever it is used/],
      [refreshToken, /refresh token[\s\S]*\/account/],
    ] as const) {
      const before = mails.length
      for (let count = 0; count < 2; count++) await report(latchwork, text, { url: 'https://phish.example/click' })
      await until(() => mails.length > before, `mail about ${text.slice(0, 6)}`)
      const told = mails[before]
      assert.deepEqual(told?.to, [email])
      assert.match(told.text, expected)
      assert.ok(!told.text.includes('phish.example'), 'what a stranger said is not passed on')
      assert.ok(!told.text.includes(text.slice(11, 40)))
    }
    await report(latchwork, ofNobody)
    await settled(latchwork)
    const deliveries = async () => (await latchwork.call('GET', '/v1/alerts/deliveries', { bearer: latchwork.rootKey })).body.items
    await until(async () => (await deliveries())[0]?.lastOutcome === 'there is nobody whose address is known', 'the last was looked at')
    assert.equal(mails.length, 3)
  })

  it('K15 14.5: is told by the channel of alerts, once, what leaked and what was done, and never the key', async (t) => {
    const { port, received } = await startReceiver(t)
    const latchwork = await start(t, {
      config: { outbound: { allow: [`127.0.0.1:${port}`] }, alerts: { webhook: { url: `http://127.0.0.1:${port}/alerts`, secret } } },
    })
    const key = await makeKey(latchwork)
    for (let count = 0; count < 3; count++) assert.equal((await report(latchwork, key.text, { url: 'https://example.com/paste/1' })).status, 202)
    await until(() => received.length > 0, 'the owner is told')
    await settled(latchwork)
    await latchwork.server.installation.keyUse.flush()
    const [told, ...more] = received
    assert.deepEqual(more, [])
    const { type, kind, message, key: about, data } = JSON.parse(told ?? '')
    assert.deepEqual([type, kind, message], ['key.leaked', 'leaked', 'Reported as leaked: it is revoked'])
    assert.deepEqual(about, { id: key.id, name: 'export', fingerprint: key.fingerprint, accountId: 'acc_test', environment: 'live' })
    assert.equal(data.url, 'https://example.com/paste/1')
    assert.deepEqual(leaksIn(received.join(), new Map([['key', key.text]])), [])
  })
})
