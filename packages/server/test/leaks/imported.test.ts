import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { parseLeakReport } from '@latchwork/api-keys'
import { digestOf } from '@latchwork/kernel'
import { leaksIn } from '../kit/leaks.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { report, settled, told, toldOf } from './leaked.ts'

const webhookSecret = 'a secret of the webhook, of more than 32 characters'
const github = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const identifier = 'b'.repeat(64)
const keys = [`${identifier}=${github.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`]
const wishes = { config: { leaks: { webhookSecret, github: { enabled: true, keys } } } }

/** Such as an address writes otherwise. */
const textOf = (name: string): string => `legacy/${name}+4f9a8c1d2e3b=`

async function bring(latchwork: Latchwork, text: string): Promise<string> {
  const entry = { digest: digestOf(text), accountId: 'acc_test', name: 'old', start: 'legacy/', end: '' }
  const { status, body } = await latchwork.call('POST', '/v1/keys/import', { bearer: latchwork.rootKey, body: { keys: [entry] } })
  assert.equal(status, 201, JSON.stringify(body))
  return body.keys[0].id
}

async function hasEnded(latchwork: Latchwork, text: string): Promise<boolean> {
  const { body } = await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: text } })
  return body.record.alive === false
}

function byWebhook(latchwork: Latchwork, credentials: readonly string[]) {
  const body = JSON.stringify(credentials.map((credential) => ({ credential })))
  const seconds = Math.floor(latchwork.now() / 1000)
  const signature = `t=${seconds},v1=${createHmac('sha256', webhookSecret).update(`${seconds}.${body}`).digest('hex')}`
  return latchwork.call('POST', '/v1/leaks/webhook', { body, headers: { 'content-type': 'application/json', 'latchwork-signature': signature } })
}

function byGithub(latchwork: Latchwork, tokens: readonly string[]) {
  const body = JSON.stringify(tokens.map((token) => ({ token, type: 'legacy' })))
  const signature = sign('sha256', Buffer.from(body), github.privateKey).toString('base64')
  const headers = { 'content-type': 'application/json', 'github-public-key-identifier': identifier, 'github-public-key-signature': signature }
  return latchwork.call('POST', '/v1/leaks/github', { body, headers })
}

onEachEngine(
  'leaked keys of other systems',
  (latchworkOf) => {
    it('K15 K16: without imports, a text that is not in our form is refused at every door', async () => {
      const latchwork = latchworkOf()
      refuses(await report(latchwork, textOf('nobody')), 400, 'request_malformed')
      assert.deepEqual((await byWebhook(latchwork, [textOf('nobody')])).body, { accepted: 0, malformed: 1 })
      assert.equal((await byGithub(latchwork, [textOf('nobody')])).body[0].label, 'false_positive')
    })

    it('K15 K16 K3: an imported key that leaked is revoked and told of by what its importer gave; its text is nowhere', async () => {
      const latchwork = latchworkOf()
      const text = textOf('reported')
      const id = await bring(latchwork, text)
      const url = `https://example.com/?a=${text}&b=${encodeURIComponent(text)}`
      const known = await report(latchwork, text, { url, source: text })
      const unknown = await report(latchwork, textOf('unknown'))
      for (const { status, body } of [known, unknown]) assert.deepEqual([status, body], [202, { accepted: true }])
      await until(() => hasEnded(latchwork, text), 'the key has ended')
      const event = await told(latchwork, 'legacy/…')
      assert.deepEqual([event.credentialId, event.reason, event.data?.['kind'], event.data?.['source']], [id, 'revoke', 'rk', '…'])
      assert.equal(event.data?.['url'], 'https://example.com/?a=…&b=…')
      await settled(latchwork)
      const texts = new Map([text, encodeURIComponent(text)].map((form) => [form, form]))
      assert.deepEqual(leaksIn((await latchwork.dump()) + latchwork.log.join('\n'), texts), [])
      assert.equal((await toldOf(latchwork, 'key.leaked')).length, 1, 'of the unknown one nothing is kept')
    })

    it('K15 K16: what can be no key of anybody is refused all the same', async () => {
      const latchwork = latchworkOf()
      await bring(latchwork, textOf('another'))
      for (const credential of ['a'.repeat(15), 'a'.repeat(513), `${'a'.repeat(16)} b`, `${'a'.repeat(16)}\u00e9`, ''])
        refuses(await report(latchwork, credential), 400, 'request_malformed')
      for (const credential of ['a'.repeat(16), 'a'.repeat(512)]) assert.equal((await report(latchwork, credential)).status, 202)
    })

    it('K15 K16: by the signed webhook and by GitHub likewise', async () => {
      const latchwork = latchworkOf()
      const [one, two] = [textOf('webhook'), textOf('github')]
      for (const text of [one, two]) await bring(latchwork, text)
      assert.deepEqual((await byWebhook(latchwork, [one, textOf('strange'), 'short'])).body, { accepted: 2, malformed: 1 })
      const labels = (await byGithub(latchwork, [two, textOf('strange'), 'short'])).body.map(({ label }: { readonly label: string }) => label)
      assert.deepEqual(labels, ['true_positive', 'false_positive', 'false_positive'])
      for (const text of [one, two]) await until(() => hasEnded(latchwork, text), 'the key has ended')
    })
  },
  wishes,
)

describe('a report of a key of another system', () => {
  it('K15 K12: shows nothing of a text that may be short', () => {
    const door = { channel: 'report', origin: {}, acceptsForeign: true } as const
    assert.deepEqual(parseLeakReport({ credential: 'legacy-0123456789' }, door, 5), {
      digest: digestOf('legacy-0123456789'),
      kind: 'rk',
      fingerprint: '…',
      channel: 'report',
      reportedAt: 5,
    })
  })
})
