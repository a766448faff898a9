import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createDatabase, engineNames } from '@latchwork/store/test-engines'
import { SMTPServer } from 'smtp-server'
import { pauseAfter } from '../../src/key-use/alert-sender.ts'
import { startOn } from '../kit/shared.ts'
import { type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

const DAY = 24 * 3_600_000
const secret = randomBytes(32).toString('base64url')

interface Received {
  readonly body: string
  readonly signature: string
  readonly delivery: string
}

interface Receiver {
  readonly port: number
  readonly received: Received[]
  /** What it answers from now on. */
  readonly answer: (status: number | 'break') => void
}

async function startReceiver(t: Pick<TestContext, 'after'>, port = 0): Promise<Receiver> {
  const received: Received[] = []
  let status: number | 'break' = 204
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    received.push({
      body: Buffer.concat(parts).toString(),
      signature: String(request.headers['latchwork-signature']),
      delivery: String(request.headers['latchwork-delivery']),
    })
    if (status === 'break') response.destroy()
    else response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const answer: Receiver['answer'] = (to) => {
    status = to
  }
  return { port: (server.address() as AddressInfo).port, received, answer }
}

/** As a receiver would check it, from the guide alone. */
function isSigned({ body, signature }: Received): boolean {
  const [, time, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  return given === createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
}

function webhookTo(port: number) {
  return { outbound: { allow: [`127.0.0.1:${port}`] }, alerts: { webhook: { url: `http://127.0.0.1:${port}/alerts`, secret } } }
}

/** Makes a key and uses it in a way that is unusual: again after a long time. */
async function raiseAlert({ call, rootKey, server, advance, now }: Latchwork): Promise<string> {
  const made = await call('POST', '/v1/keys', { bearer: rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'nightly', scopes: [] } })
  const keyId = String(made.body.key.id)
  const { onVerified, flush } = server.installation.keyUse
  onVerified({ keyId, outcome: 'valid', address: '192.0.2.1', at: now() })
  await flush()
  advance(31 * DAY)
  onVerified({ keyId, outcome: 'valid', address: '192.0.2.1', userAgent: 'curl/8', at: now() })
  await flush()
  return keyId
}

const deliveriesOf = async ({ call, rootKey }: Latchwork) =>
  (await call('GET', '/v1/alerts/deliveries', { bearer: rootKey })).body.items as readonly Readonly<Record<string, unknown>>[]

const stateOf = async (latchwork: Latchwork) => (await deliveriesOf(latchwork)).map(({ state, attempts, lastOutcome }) => [state, attempts, lastOutcome])

for (const engine of engineNames) {
  describe(`alerts by webhook (${engine})`, () => {
    it('E2 K11: an alert is an event, and is posted signed, once', async (t) => {
      const receiver = await startReceiver(t)
      const latchwork = await startOn(t, engine, { config: webhookTo(receiver.port) })
      const keyId = await raiseAlert(latchwork)
      await until(async () => (await deliveriesOf(latchwork))[0]?.['state'] === 'delivered', 'the delivery is written down')
      const [first] = receiver.received
      assert.ok(first !== undefined && isSigned(first), first?.signature)
      const { id, deliveryId, at, key, ...content } = JSON.parse(first.body)
      assert.equal(deliveryId, `${id}.webhook`)
      assert.equal(first.delivery, deliveryId)
      assert.ok(Math.abs(Date.parse(at) - latchwork.now()) < 60_000)
      assert.deepEqual({ ...key, fingerprint: '' }, { id: keyId, name: 'nightly', fingerprint: '', accountId: 'acc_test', environment: 'live' })
      assert.deepEqual(content, { type: 'key.alert', kind: 'after_silence', message: 'Used again after 31 days of silence', data: { days: 31 } })
      const { body } = await latchwork.call('GET', `/v1/events?type=key.alert&credentialId=${keyId}`, { bearer: latchwork.rootKey })
      assert.deepEqual(
        body.items.map(({ reason, address, userAgent, data }: Readonly<Record<string, unknown>>) => ({ reason, address, userAgent, data })),
        [{ reason: 'after_silence', address: '192.0.2.1', userAgent: 'curl/8', data: { alert: id, message: content.message, days: 31 } }],
      )
      assert.deepEqual(await stateOf(latchwork), [['delivered', 1, 'answered 204']])
      assert.equal(receiver.received.length, 1)
    })

    it('E2: what is not taken is sent again, later each time, under the same delivery id', async (t) => {
      const receiver = await startReceiver(t)
      const latchwork = await startOn(t, engine, { config: webhookTo(receiver.port) })
      const { wake } = latchwork.server.installation.keyUse
      receiver.answer(500)
      await raiseAlert(latchwork)
      await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] === 'answered 500', 'the first attempt')
      receiver.answer('break')
      latchwork.advance(pauseAfter(1))
      wake()
      await until(async () => /not reached/.test(String((await deliveriesOf(latchwork))[0]?.['lastOutcome'])), 'the second attempt')
      receiver.answer(302)
      latchwork.advance(pauseAfter(2))
      wake()
      await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] === 'answered 302', 'the third attempt')
      receiver.answer(200)
      latchwork.advance(pauseAfter(3))
      wake()
      await until(async () => (await deliveriesOf(latchwork))[0]?.['state'] === 'delivered', 'the fourth attempt')
      assert.deepEqual(await stateOf(latchwork), [['delivered', 4, 'answered 200']])
      assert.equal(new Set(receiver.received.map(({ delivery }) => delivery)).size, 1)
      assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1)
      assert.equal(receiver.received.length, 4)
      assert.ok(receiver.received.every(isSigned))
    })

    it('E2: a receiver that is never there is given up after twenty attempts, and the log says so', async (t) => {
      const receiver = await startReceiver(t)
      const latchwork = await startOn(t, engine, { config: webhookTo(receiver.port) })
      receiver.answer(401)
      await raiseAlert(latchwork)
      for (let attempts = 1; attempts < 20; attempts++) {
        await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] === `answered ${400 + attempts}`, `attempt ${attempts}`)
        receiver.answer(401 + attempts)
        latchwork.advance(pauseAfter(attempts))
        latchwork.server.installation.keyUse.wake()
      }
      await until(async () => (await deliveriesOf(latchwork))[0]?.['state'] === 'given_up', 'given up')
      assert.deepEqual(await stateOf(latchwork), [['given_up', 20, 'answered 420']])
      assert.ok(latchwork.log.some((line) => line.includes('given up after 20 attempts')))
    })
  })
}

describe('alerts', () => {
  it('E2 R2: what a server could not send before its end is sent by the next one', async (t) => {
    const receiver = await startReceiver(t)
    const wishes = { config: webhookTo(receiver.port) }
    const latchwork = await startLatchwork(t, wishes)
    receiver.answer(503)
    await raiseAlert(latchwork)
    await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] === 'answered 503', 'the first attempt')
    const { data } = latchwork.server.installation.config
    const later = latchwork.now() - Date.now() + DAY
    await latchwork.stop()
    receiver.answer(204)
    const next = await startLatchwork(t, { ...wishes, data })
    next.advance(later)
    next.server.installation.keyUse.wake()
    await until(async () => (await deliveriesOf(next))[0]?.['state'] === 'delivered', 'the second attempt')
    assert.equal(receiver.received.length, 2)
  })

  it('E2 E5: of two servers on one database, one sends', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'postgres')
    const receiver = await startReceiver(t)
    const wishes = { postgres: database.options.url, config: webhookTo(receiver.port) }
    const [first, second] = [await startLatchwork(t, wishes), await startLatchwork(t, wishes)]
    const raised = raiseAlert(first)
    second.advance(31 * DAY)
    for (let turn = 0; turn < 20; turn++) {
      first.server.installation.keyUse.wake()
      second.server.installation.keyUse.wake()
    }
    await raised
    await Promise.all([first, second].map(({ server }) => server.installation.keyUse.wake()))
    await until(async () => (await deliveriesOf(second))[0]?.['state'] === 'delivered', 'delivered')
    assert.equal(receiver.received.length, 1)
  })

  it('9.5 E2: an address on this machine or in the own network is not posted to unless it is listed', async (t) => {
    const receiver = await startReceiver(t)
    const { alerts } = webhookTo(receiver.port)
    const latchwork = await startLatchwork(t, { config: { alerts } })
    await raiseAlert(latchwork)
    await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] !== undefined, 'the attempt')
    const [delivery] = await deliveriesOf(latchwork)
    assert.match(String(delivery?.['lastOutcome']), /outbound\.allow/)
    assert.equal(delivery?.['state'], 'waiting')
    assert.deepEqual(receiver.received, [])
  })

  it('E2: an alert is mailed, in plain words, with what to do', async (t) => {
    const mails: { readonly to: readonly string[]; readonly text: string; readonly user: string | undefined }[] = []
    const server = new SMTPServer({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) => (password === 'p@ss' ? done(null, { user: username ?? '' }) : done(new Error('no'))),
      async onData(stream, session, done) {
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part as Buffer)
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(parts).toString(), user: session.user })
        done()
      },
    })
    const listening = server.listen(0, '127.0.0.1')
    await new Promise<void>((resolve) => listening.once('listening', () => resolve()))
    t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
    const { port } = listening.address() as AddressInfo
    const mail = { smtpUrl: `smtp://latchwork:${encodeURIComponent('p@ss')}@127.0.0.1:${port}`, from: 'latchwork@example.com' }
    const latchwork = await startLatchwork(t, { config: { mail, alerts: { emailTo: ['security@example.com', 'ops@example.com'] } } })
    const keyId = await raiseAlert(latchwork)
    await until(async () => (await deliveriesOf(latchwork))[0]?.['state'] === 'delivered', 'mailed')
    assert.deepEqual(await stateOf(latchwork), [['delivered', 1, 'taken for 2 addresses']])
    const [sent] = mails
    assert.ok(sent !== undefined && mails.length === 1)
    assert.equal(sent.user, 'latchwork')
    assert.deepEqual(sent.to, ['security@example.com', 'ops@example.com'])
    const text = sent.text.replaceAll('=\r\n', '')
    assert.match(text, /Used again after 31 days of silence/)
    assert.match(text, new RegExp(`latchwork keys revoke ${keyId} --server ${latchwork.issuer}`))
    assert.match(text, /Message-ID: <alr_\w+\.email@localhost>/i)
    assert.ok(!latchwork.log.join().includes('p@ss'))
  })

  it('E2: mail is tried again while the mail server is away', async (t) => {
    const mail = { smtpUrl: 'smtp://127.0.0.1:1', from: 'latchwork@example.com' }
    const latchwork = await startLatchwork(t, { config: { mail, alerts: { emailTo: ['security@example.com'] } } })
    await raiseAlert(latchwork)
    await until(async () => (await deliveriesOf(latchwork))[0]?.['lastOutcome'] !== undefined, 'the attempt')
    const [delivery] = await deliveriesOf(latchwork)
    assert.deepEqual([delivery?.['state'], delivery?.['attempts']], ['waiting', 1])
  })
})
