import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { mintToken, Secret } from '@latchwork/kernel'
import { createVerifier } from '../src/index.ts'
import { checkIssuer, connectToIssuer } from '../src/remote/issuer-connection.ts'
import { createUseReporter } from '../src/remote/use-reporter.ts'
import { audience, bearing } from './core.ts'
import { startRemoteIssuer, until } from './remote-issuer.ts'

interface Use {
  readonly keyId: string
  readonly minute: string
  readonly counts: Readonly<Record<string, number>>
  readonly lastUsedAt?: string
  readonly lastAddress?: string
  readonly lastUserAgent?: string
  readonly addresses?: readonly string[]
}

interface Sent {
  readonly bytes: number
  readonly reporter: string
  readonly sequence: number
  readonly uses: readonly Use[]
}

const MINUTE = 60_000

async function open(t: TestContext) {
  const sent: Sent[] = []
  const answers = { status: 200, breaks: false }
  const rootKey = mintToken('root_key').reveal()
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    assert.deepEqual([request.method, request.url, request.headers.authorization], ['POST', '/v1/keys/use', `Bearer ${rootKey}`])
    sent.push({ bytes: body.length, ...(JSON.parse(body.toString()) as Omit<Sent, 'bytes'>) })
    if (answers.breaks) request.socket.destroy()
    else response.writeHead(answers.status, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const connection = connectToIssuer(checkIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), new Secret(rootKey))
  const lines: string[] = []
  const clock = { time: Date.UTC(2026, 0, 1), now: () => clock.time }
  const reporter = createUseReporter(connection, clock, (line) => void lines.push(line))
  t.after(() => {
    reporter.close()
    connection.close()
    server.closeAllConnections()
    server.close()
  })
  return { reporter, sent, answers, lines, clock }
}

describe('reports of use', () => {
  it('K11: one report tells counts by outcome, and the last accepted use of each key', async (t) => {
    const { reporter, sent, clock } = await open(t)
    reporter.note('key_1', 'valid', '192.0.2.1', 'curl/8')
    reporter.note('key_1', 'valid', '192.0.2.2', 'x'.repeat(5000))
    clock.time += 10
    reporter.note('key_1', 'expired', '192.0.2.3')
    reporter.note('key_2', 'rate_limited')
    await reporter.send()
    const minute = '2026-01-01T00:00:00.000Z'
    assert.deepEqual(sent[0]?.uses, [
      {
        keyId: 'key_1',
        minute,
        counts: { valid: 2, expired: 1 },
        lastUsedAt: minute,
        addresses: ['192.0.2.1', '192.0.2.2'],
        lastAddress: '192.0.2.2',
        lastUserAgent: 'x'.repeat(256),
      },
      { keyId: 'key_2', minute, counts: { rate_limited: 1 } },
    ])
    await reporter.send()
    assert.equal(sent.length, 1, 'nothing to tell')
  })

  it('K11: is sent by itself within a second or so', async (t) => {
    const { reporter, sent } = await open(t)
    reporter.note('key_1', 'valid')
    await until(() => sent.length === 1, 'the report')
  })

  it('K11: a report that got no answer is sent again as it was; the log says once that the issuer is away', async (t) => {
    const { reporter, sent, answers, lines, clock } = await open(t)
    answers.breaks = true
    reporter.note('key_1', 'valid')
    await reporter.send()
    clock.time += MINUTE
    reporter.note('key_1', 'valid')
    await reporter.send()
    answers.breaks = false
    answers.status = 503
    await reporter.send()
    assert.equal(lines.length, 1)
    answers.status = 200
    await reporter.send()
    const [first, second] = [...new Set(sent.map(({ sequence }) => sequence))]
    assert.deepEqual([first, second], [1, 2])
    assert.ok(sent.every(({ reporter: name }) => name === sent[0]?.reporter && /^[A-Za-z0-9_-]{8,40}$/.test(name)))
    const last = sent.slice(-2)
    assert.deepEqual(
      last.map(({ sequence, uses }) => [sequence, uses[0]?.minute, uses[0]?.counts]),
      [
        [first, '2026-01-01T00:00:00.000Z', { valid: 1 }],
        [second, '2026-01-01T00:01:00.000Z', { valid: 1 }],
      ],
    )
    assert.equal(new Set(sent.filter(({ sequence }) => sequence === first).map(({ uses }) => JSON.stringify(uses))).size, 1)
  })

  it('K11: what the issuer refuses is let go, and does not hold up the rest', async (t) => {
    const { reporter, sent, answers, lines } = await open(t)
    answers.status = 403
    reporter.note('key_1', 'valid')
    await reporter.send()
    answers.status = 200
    reporter.note('key_2', 'valid')
    await reporter.send()
    assert.deepEqual(
      sent.map(({ uses }) => uses[0]?.keyId),
      ['key_1', 'key_2'],
    )
    assert.match(lines.join(), /answered 403/)
  })

  it('K12: what a framework gives for an address and is none is not reported as one', async (t) => {
    const { reporter, sent } = await open(t)
    reporter.note('key_1', 'valid', 'unknown', undefined)
    reporter.note('key_2', 'valid', '192.0.2.1', undefined)
    await reporter.send()
    assert.deepEqual(
      sent[0]?.uses.map(({ lastAddress }) => lastAddress),
      [undefined, '192.0.2.1'],
    )
  })

  it('K11: reports fit what the issuer takes, however many keys, addresses and long words there are', async (t) => {
    const { reporter, sent } = await open(t)
    for (let key = 0; key < 1000; key++)
      for (let from = 0; from < 30; from++) reporter.note(`key_${key}`, 'valid', `2001:db8:1111:2222:3333:4444:5555:${from}`, 'é'.repeat(256))
    await reporter.send()
    assert.ok(sent.every(({ bytes, uses }) => bytes <= 64 * 1024 && uses.length <= 200))
    assert.ok(sent.every(({ uses }) => uses.every(({ addresses }) => addresses?.length === 20)))
    assert.equal(
      sent.reduce((sum, { uses }) => sum + uses.length, 0),
      1000,
    )
    assert.equal(new Set(sent.map(({ sequence }) => sequence)).size, sent.length)
  })
})

describe('a verifier', () => {
  it('K11: reports what it judged itself, by outcome and caller; unknown keys make no report', async (t) => {
    const remote = await startRemoteIssuer(t)
    const key = remote.addKey('key_1')
    const verifier = createVerifier({ issuer: remote.url, audience, rootKey: remote.rootKey, log: () => {}, trustedProxies: ['192.0.2.1'] })
    t.after(() => verifier.close())
    await verifier.ready()
    const request = { ...bearing(key), remoteAddress: '192.0.2.1' }
    const from = { ...request, headers: { ...request.headers, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https', 'user-agent': 'curl/8' } }
    for (let call = 0; call < 5; call++) await verifier.authenticate(from)
    await assert.rejects(verifier.authenticate(from, { scopes: ['notes:destroy'] }))
    await assert.rejects(verifier.authenticate(bearing(mintToken('access_token').reveal())))
    await until(() => remote.reported.length > 0, 'the report')
    const [use, ...others] = remote.reported
    assert.deepEqual(others, [])
    assert.deepEqual([use?.keyId, use?.counts], ['key_1', { valid: 5, scope_insufficient: 1 }])
    assert.deepEqual([use?.lastAddress, use?.lastUserAgent], ['203.0.113.7', 'curl/8'])
    remote.end('key:key_1')
    await until(
      () =>
        verifier.authenticate(from).then(
          () => false,
          () => true,
        ),
      'revoked',
    )
    await until(() => remote.reported.some(({ counts }) => (counts['revoked'] ?? 0) > 0), 'the refusal is reported')
  })

  it('K11: told not to report, reports nothing', async (t) => {
    const remote = await startRemoteIssuer(t)
    const key = remote.addKey('key_1')
    const [silent, telling] = [false, true].map((reportUse) => {
      const verifier = createVerifier({ issuer: remote.url, audience, rootKey: remote.rootKey, log: () => {}, reportUse })
      t.after(() => verifier.close())
      return verifier
    })
    assert.ok(silent !== undefined && telling !== undefined)
    for (let call = 0; call < 3; call++) await silent.authenticate(bearing(key))
    await telling.authenticate(bearing(key))
    await until(() => remote.reported.length > 0, 'the report of the other')
    assert.deepEqual(
      remote.reported.map(({ counts }) => counts),
      [{ valid: 1 }],
    )
  })
})
