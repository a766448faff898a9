import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createRefusalTally, MAX_GROUPS, SINGLE_PER_GROUP } from '../src/refusal-tally.ts'

const MINUTE = 60_000
const START = 30_000_000 * MINUTE

describe('the tally of refusals', () => {
  it('E1: ten of a network, reason and minute are single, the rest are one count', () => {
    const tally = createRefusalTally()
    const single = Array.from({ length: 500 }, () => tally.isSingle('192.0.2.1', 'sign_in_failed', START))
    assert.deepEqual([single.lastIndexOf(true) + 1, single.filter(Boolean).length], [SINGLE_PER_GROUP, SINGLE_PER_GROUP])
    assert.equal(tally.isSingle('192.0.2.2', 'sign_in_failed', START), true)
    assert.equal(tally.isSingle('192.0.2.1', 'rate_limited', START), true)
    assert.deepEqual(tally.settle(START + MINUTE - 1), [], 'the minute is not over')
    assert.equal(tally.isOpen(), true)
    const counted = tally.settle(START + MINUTE)
    assert.deepEqual(
      counted.map(({ type, at, reason, data }) => [type, at, reason, data]),
      [['request.refused', START, 'sign_in_failed', { network: '192.0.2.1', count: 490, periodMs: MINUTE }]],
    )
    assert.deepEqual([tally.settle(START + MINUTE), tally.isOpen()], [[], false], 'each count once')
    assert.equal(tally.isSingle('192.0.2.1', 'sign_in_failed', START + MINUTE), true, 'a new minute begins anew')
  })

  it('E1: every refusal is either single or counted, however they come', () => {
    const tally = createRefusalTally()
    let [single, counted] = [0, 0]
    const add = (events: ReturnType<typeof tally.settle>) => {
      for (const event of events) counted += Number(event.data?.['count'])
    }
    for (let i = 0; i < 20_000; i++) {
      const now = START + i * 17
      if (tally.isSingle(`192.0.2.${i % 13}`, i % 3 === 0 ? 'rate_limited' : 'sign_in_failed', now)) single++
      if (i % 101 === 0) add(tally.settle(now))
    }
    add(tally.settleAll())
    assert.equal(single + counted, 20_000)
    assert.ok(single <= SINGLE_PER_GROUP * 13 * 2 * 7)
  })

  it('R6: a hundred thousand networks in a minute write a bounded number of events', () => {
    const tally = createRefusalTally()
    let single = 0
    for (let i = 0; i < 100_000; i++) if (tally.isSingle(`2001:db8:${i >> 16}:${i & 0xffff}::/64`, 'credential_malformed', START)) single++
    const counted = tally.settleAll()
    assert.equal(single, MAX_GROUPS)
    assert.deepEqual(
      counted.map(({ data }) => data),
      [{ network: 'others', count: 100_000 - MAX_GROUPS, periodMs: MINUTE }],
    )
  })
})
