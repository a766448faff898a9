import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { onEachEngine, shared } from '../kit/shared.ts'
import { type Latchwork, refuses, startLatchwork, type Wishes } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'
import { isAlive, makeKey, settled, told, toldOf } from './leaked.ts'

const secret = 'a secret of the webhook, of more than 32 characters'
const wishes: Wishes = { config: { leaks: { webhookSecret: secret } } }

const secondsOf = (latchwork: Latchwork): number => Math.floor(latchwork.now() / 1000)

function sign(body: string, seconds: number, by = secret): string {
  return `t=${seconds},v1=${createHmac('sha256', by).update(`${seconds}.${body}`).digest('hex')}`
}

function post(latchwork: Latchwork, body: string, signature?: string) {
  const headers = { 'content-type': 'application/json', ...(signature === undefined ? {} : { 'latchwork-signature': signature }) }
  return latchwork.call('POST', '/v1/leaks/webhook', { body, headers })
}

onEachEngine(
  'POST /v1/leaks/webhook',
  (latchworkOf) => {
    it('K15: a signed delivery is taken in whole; what is malformed in it is counted and passed over; duplicates are one notice', async () => {
      const latchwork = latchworkOf()
      const [one, two] = [await makeKey(latchwork), await makeKey(latchwork)]
      const entries = [one.text, two.text, one.text, 'sk_live_lw_nothing', mintKey('sk', 'live', 'lw').reveal()].map((credential) => ({
        credential,
        source: 'ci',
      }))
      const body = JSON.stringify(entries, null, 2)
      const answer = await post(latchwork, body, sign(body, secondsOf(latchwork)))
      assert.equal(answer.status, 202, JSON.stringify(answer.body))
      assert.deepEqual(answer.body, { accepted: 4, malformed: 1 })
      for (const key of [one, two]) {
        const event = await told(latchwork, key.fingerprint)
        assert.deepEqual([event.actor.id, event.data?.['channel'], event.data?.['source']], ['webhook', 'webhook', 'ci'])
        await until(async () => !(await isAlive(latchwork, 'rk', key.text)), 'the key has ended')
      }
      await settled(latchwork)
      assert.equal((await toldOf(latchwork, 'key.leaked', `&credentialId=${one.id}`)).length, 1)
    })

    it('K15, R1: a delivery is taken once, however often and however fast it is sent again', async () => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      const body = JSON.stringify([{ credential: key.text }])
      const signature = sign(body, secondsOf(latchwork))
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(latchwork, body, signature)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [202, ...Array.from({ length: 19 }, () => 409)])
      refuses(await post(latchwork, body, signature), 409, 'delivery_repeated')
      refuses(await post(latchwork, body, signature.toUpperCase()), 401, 'signature_invalid')
      const anew = await post(latchwork, body, sign(body, secondsOf(latchwork) + 1))
      assert.equal(anew.status, 202)
      await settled(latchwork)
      assert.equal((await toldOf(latchwork, 'key.leaked', `&credentialId=${key.id}`)).length, 1)
    })

    it('K15: 5,000 entries are taken within seconds and worked on in the background', async (t) => {
      const latchwork = latchworkOf()
      const key = await makeKey(latchwork)
      const credentials = [...Array.from({ length: 4999 }, () => mintKey('sk', 'live', 'lw').reveal()), key.text]
      const body = JSON.stringify(credentials.map((credential) => ({ credential, url: 'https://example.com/some/long/path/to/a/file.txt' })))
      const started = performance.now()
      const answer = await post(latchwork, body, sign(body, secondsOf(latchwork)))
      const answeredMs = performance.now() - started
      assert.equal(answer.status, 202, JSON.stringify(answer.body))
      assert.equal(answer.body.accepted, 5000)
      assert.ok(answeredMs < 10_000, `${answeredMs} ms`)
      await until(async () => !(await isAlive(latchwork, 'rk', key.text)), 'the last one is heeded', 60_000)
      t.diagnostic(`answered in ${Math.round(answeredMs)} ms, all done after ${Math.round(performance.now() - started)} ms`)
      await settled(latchwork)
      assert.deepEqual(await latchwork.query('select 1 from leak_reports'), [])
    })

    it('K15: 5,000 copies of one credential cost one look, and hold up no other report', async () => {
      const latchwork = latchworkOf()
      const [one, other] = [await makeKey(latchwork), await makeKey(latchwork)]
      const claims = Array.from({ length: 4999 }, (_, index) => ({ credential: one.text, url: `https://example.com/${index}` }))
      const body = JSON.stringify([...claims, { credential: 'sk_live_lw_nothing' }])
      const answer = await post(latchwork, body, sign(body, secondsOf(latchwork)))
      assert.deepEqual([answer.status, answer.body], [202, { accepted: 4999, malformed: 1 }])
      const rows = await latchwork.query('select 1 from leak_reports')
      assert.ok(rows.length <= 1, `${rows.length} rows are waiting`)
      assert.equal((await latchwork.call('POST', '/v1/leaks', { body: { credential: other.text } })).status, 202)
      for (const key of [one, other]) await until(async () => !(await isAlive(latchwork, 'rk', key.text)), 'both are heeded')
      await settled(latchwork)
      const [event, ...more] = await toldOf(latchwork, 'key.leaked', `&credentialId=${one.id}`)
      assert.deepEqual([event?.data?.['url'], more], ['https://example.com/0', []])
    })
  },
  wishes,
)

describe('what the webhook refuses', () => {
  const latchworkOf = shared((t) => startLatchwork(t, wishes))

  it('K15: a signature that is missing, malformed, of another secret, body or time is 401, and nothing is taken', async () => {
    const latchwork = latchworkOf()
    const key = await makeKey(latchwork)
    const body = JSON.stringify([{ credential: key.text }])
    const now = secondsOf(latchwork)
    const good = sign(body, now)
    const wrong: readonly [string, string, string?][] = [
      ['missing', body],
      ['empty', body, ''],
      ['of another secret', body, sign(body, now, `${secret}.`)],
      ['of another body', `${body} `, good],
      ['of the same JSON written otherwise', JSON.stringify(JSON.parse(body), null, 1), good],
      ['with another time', body, good.replace(String(now), String(now - 1))],
      ['too old', body, sign(body, now - 301)],
      ['of the future', body, sign(body, now + 305)],
      ['cut', body, good.slice(0, -2)],
      ['with more', body, `${good},v1=${'0'.repeat(64)}`],
      ['without a version', body, good.replace('v1=', '')],
    ]
    for (const [what, sent, signature] of wrong) {
      const answer = await post(latchwork, sent, signature)
      assert.equal(answer.status, 401, what)
      refuses(answer, 401, 'signature_invalid')
    }
    // What cannot be parsed is not parsed before it is proven.
    refuses(await post(latchwork, '{"a":', sign('{', now)), 401, 'signature_invalid')
    await settled(latchwork)
    assert.ok(await isAlive(latchwork, 'rk', key.text))
    assert.equal((await post(latchwork, body, sign(body, now - 290))).status, 202, 'within the tolerance')
  })

  it('K15: a signed body that is no list of reports is 400, one of more than 5,000 is 413', async () => {
    const latchwork = latchworkOf()
    const now = secondsOf(latchwork)
    for (const body of [
      '{',
      '{}',
      'null',
      '"x"',
      '[1]',
      '[{}]',
      '[{"credential":1}]',
      '[{"credential":"x","more":1}]',
      '[{"credential":"x","credential":"y"}]',
      '',
    ])
      refuses(await post(latchwork, body, sign(body, now)), 400, 'request_malformed')
    const many = JSON.stringify(Array.from({ length: 5001 }, () => ({ credential: 'x' })))
    refuses(await post(latchwork, many, sign(many, now)), 413, 'body_too_large')
    const large = `["${'x'.repeat(9 * 1024 * 1024)}"]`
    refuses(await post(latchwork, large, sign(large, now)), 413, 'body_too_large')
  })

  it('K15: without a secret there is no webhook, and GitHub’s door is shut unless it is opened', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const path of ['/v1/leaks/webhook', '/v1/leaks/github']) refuses(await latchwork.call('POST', path, { body: [] }), 404, 'not_found')
  })
})
