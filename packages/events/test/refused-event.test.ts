import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type EventQuery, listEvents, refusedEvent } from '@latchwork/events'
import { mintKey, Refusal } from '@latchwork/kernel'

const START = 1_800_000_000_000

describe('the event of a refusal', () => {
  it('E1: says who was refused what, from where, and why', () => {
    const refusal = new Refusal('sign_in_failed', { reason: 'wrong_password', about: { userId: 'usr_1', accountId: 'acc_1' } })
    assert.deepEqual(
      refusedEvent(
        refusal,
        { origin: { address: '192.0.2.1', userAgent: 'curl/8' }, route: 'POST /login', reference: 'r-1', fingerprint: () => 'sk_live_…abcd' },
        START,
      ),
      {
        type: 'request.refused',
        at: START,
        actor: { kind: 'anonymous' },
        address: '192.0.2.1',
        userAgent: 'curl/8',
        userId: 'usr_1',
        accountId: 'acc_1',
        fingerprint: 'sk_live_…abcd',
        reason: 'sign_in_failed',
        data: { why: 'wrong_password', route: 'POST /login', reference: 'r-1' },
      },
    )
    assert.deepEqual(refusedEvent(new Refusal('not_found'), { origin: {}, actor: { kind: 'client', id: 'cli_1' } }, START), {
      type: 'request.refused',
      at: START,
      actor: { kind: 'client', id: 'cli_1' },
      reason: 'not_found',
    })
  })

  it('R6: holds nothing long, no control character and no credential, whatever a stranger sent', () => {
    const secret = mintKey('sk', 'live', 'lw').reveal()
    const texts = ['x'.repeat(1_000_000), `a\u0000b\nc\ud800`, `agent ${secret}`, `${'x'.repeat(240)} ${secret}`, `${'x'.repeat(2020)} ${secret}`]
    for (const text of texts) {
      const refusal = new Refusal('client_unknown', { reason: text, about: { clientId: text } })
      const json = JSON.stringify(
        refusedEvent(refusal, { origin: { address: text, userAgent: text }, route: text, reference: text, fingerprint: () => text }, START),
      )
      assert.ok(json.length < 3000)
      assert.ok(!json.includes(secret.slice(0, 20)), text.slice(0, 20))
      assert.doesNotMatch(json, /\\u0000|\\n|\\ud800/)
    }
  })
})

describe('a query of the event log', () => {
  const reached = () => assert.fail('a malformed query reached the store')
  const untouched = { listEvents: reached, findEnd: reached }

  it('R6: is refused before it reaches the store when a part of it is malformed', async () => {
    const malformed: readonly EventQuery[] = [
      { limit: 0 },
      { limit: 101 },
      { limit: 1.5 },
      { limit: Number.NaN },
      { limit: -1 },
      { type: 'user.exploded' },
      { type: '__proto__' },
      { type: 'constructor' },
      { userId: '' },
      { clientId: 'x'.repeat(257) },
      { after: 'x'.repeat(1_000_000) },
    ]
    for (const query of malformed) {
      await assert.rejects(
        listEvents(untouched, query),
        (error) => error instanceof Refusal && error.code === 'request_malformed',
        JSON.stringify(query).slice(0, 80),
      )
    }
  })
})
