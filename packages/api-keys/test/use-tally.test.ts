import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUseTally, type KeyUse, outcomeOfCode, outcomeOfRefusal, useOutcomeNames } from '@latchwork/api-keys'
import { Refusal } from '@latchwork/kernel'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 0, 1)
const networkOf = (address: string | undefined): string => address ?? 'unknown'
const at = T0 + 5000

describe('the tally of use', () => {
  it('K11: adds up each outcome, and takes the last use from what was accepted alone', () => {
    const tally = createUseTally({ networkOf })
    for (const [index, outcome] of [...useOutcomeNames, ...useOutcomeNames].entries())
      tally.note({ keyId: 'key_1', outcome, address: `192.0.2.${index}`, userAgent: `agent ${index}`, at: at + index })
    const [[use] = []] = tally.take()
    assert.deepEqual(use, {
      keyId: 'key_1',
      minute: T0,
      counts: Object.fromEntries(useOutcomeNames.map((name) => [name, 2])),
      lastUsedAt: at + useOutcomeNames.length,
      lastAddress: `192.0.2.${useOutcomeNames.length}`,
      lastUserAgent: `agent ${useOutcomeNames.length}`,
      networks: [
        { network: '192.0.2.0', firstSeenAt: at, lastSeenAt: at },
        { network: `192.0.2.${useOutcomeNames.length}`, firstSeenAt: at + useOutcomeNames.length, lastSeenAt: at + useOutcomeNames.length },
      ],
      beyondNetworks: 0,
    } satisfies KeyUse)
    assert.deepEqual(tally.take(), [], 'handed over once')
  })

  it('K11: the address of the last use has one spelling, as networks have', () => {
    const tally = createUseTally({ networkOf })
    tally.note({ keyId: 'key_1', outcome: 'valid', address: '::ffff:192.0.2.1', at })
    tally.note({ keyId: 'key_2', outcome: 'valid', address: '2001:DB8:0::1', at })
    assert.deepEqual(
      tally.take().flatMap((portion) => portion.map(({ lastAddress }) => lastAddress)),
      ['192.0.2.1', '2001:db8::1'],
    )
  })

  it('K11: minutes are kept apart, and portions hold at most two hundred keys', () => {
    const tally = createUseTally({ networkOf })
    for (let key = 0; key < 500; key++) tally.note({ keyId: `key_${key}`, outcome: 'valid', at: T0 + MINUTE - 1 })
    tally.note({ keyId: 'key_0', outcome: 'valid', at: T0 + MINUTE })
    const portions = tally.take()
    assert.deepEqual(
      portions.map((portion) => [portion.length, portion[0]?.minute]),
      [
        [200, T0],
        [200, T0],
        [100, T0],
        [1, T0 + MINUTE],
      ],
    )
  })

  it('K11: addresses of one network are one, and beyond 64 addresses a portion only counts', () => {
    const tally = createUseTally({ networkOf: () => '2001:db8:0:1::/64' })
    for (let index = 0; index < 100; index++) tally.note({ keyId: 'key_1', outcome: 'valid', address: `2001:db8:0:1::${index}`, at: at + index })
    const [[use] = []] = tally.take()
    assert.deepEqual(use?.networks, [{ network: '2001:db8:0:1::/64', firstSeenAt: at, lastSeenAt: at + 63 }])
    assert.equal(use?.beyondNetworks, 36)
    assert.equal(use?.counts.valid, 100)
  })

  it('K11: a network is handed over once a minute, a new one at once', () => {
    const tally = createUseTally({ networkOf })
    const networks = (addresses: readonly string[], when: number) => {
      for (const address of addresses) tally.note({ keyId: 'key_1', outcome: 'valid', address, at: when })
      return tally.take()[0]?.[0]?.networks.map(({ network }) => network)
    }
    assert.deepEqual(networks(['192.0.2.1', '192.0.2.2'], at), ['192.0.2.1', '192.0.2.2'])
    assert.deepEqual(networks(['192.0.2.1', '192.0.2.3'], at + 1000), ['192.0.2.3'])
    assert.deepEqual(networks(['192.0.2.1'], at + MINUTE), ['192.0.2.1'])
  })

  it('K11: is bounded: what finds no room is counted as lost, and keys that have a place go on', () => {
    const tally = createUseTally({ networkOf, capacity: 10 })
    for (let round = 0; round < 3; round++) for (let key = 0; key < 15; key++) tally.note({ keyId: `key_${key}`, outcome: 'valid', at })
    assert.equal(tally.size(), 10)
    assert.equal(tally.takeDropped(), 15)
    assert.deepEqual(
      tally.take()[0]?.map(({ counts }) => counts.valid),
      Array.from({ length: 10 }, () => 3),
    )
  })

  it('K11: refusals of verification are told apart by code, and where the bearer is told nothing by reason', () => {
    assert.equal(outcomeOfRefusal(new Refusal('credential_expired')), 'expired')
    assert.equal(outcomeOfRefusal(new Refusal('credential_invalid', { reason: 'revoked' })), 'revoked')
    assert.equal(outcomeOfRefusal(new Refusal('scope_insufficient')), 'scope_insufficient')
    assert.equal(outcomeOfRefusal(new Refusal('rate_limited')), 'rate_limited')
    assert.equal(outcomeOfRefusal(new Refusal('internal')), 'refused')
    for (const [code, outcome] of [
      ['VALID', 'valid'],
      ['ADDRESS_MISSING', 'wrong_address'],
      ['CREDITS_EXHAUSTED', 'credits_exhausted'],
      ['LIMIT_UNKNOWN', 'refused'],
    ] as const)
      assert.equal(outcomeOfCode(code), outcome)
  })
})
