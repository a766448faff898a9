import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createThrottle, networkOf } from '@latchwork/limits'

const START = 1_800_000_000_000
const slow = { burst: 3, count: 1, periodMs: 1000 }
const fast = { burst: 10, count: 10, periodMs: 1000 }

describe('a throttle of several limits', () => {
  it('R5: a clock that is set back empties a limit at most, and fills it again from then on, however often it is asked', () => {
    const throttle = createThrottle({ limits: { slow, fast }, maxEntries: 100 })
    const back = START - 3_600_000
    assert.equal(throttle.take([{ limit: 'slow', key: 'a' }], START).allowed, true)
    const asked = [0, 250, 500, 750, 1000].map((after) => throttle.take([{ limit: 'slow', key: 'a' }], back + after).allowed)
    assert.deepEqual(asked, [false, false, false, false, true])
  })

  it('K9: takes of all limits or of none', () => {
    const throttle = createThrottle({ limits: { slow, fast }, maxEntries: 100 })
    const demands = [
      { limit: 'fast', key: 'a' },
      { limit: 'slow', key: 'a' },
    ] as const
    for (let i = 0; i < 3; i++) assert.equal(throttle.take(demands, START).allowed, true)
    for (let i = 0; i < 20; i++) {
      const refused = throttle.take(demands, START)
      assert.equal(refused.allowed, false)
      assert.equal(refused.retryAfterMs, 1000)
      assert.deepEqual(
        refused.decisions.map(({ limit, allowed, remaining }) => [limit, allowed, remaining]),
        [
          ['fast', true, 7],
          ['slow', false, 0],
        ],
      )
    }
    assert.equal(throttle.take([{ limit: 'fast', key: 'a', units: 7 }], START).allowed, true, 'twenty refusals cost the other limit nothing')
  })

  it('K9: keeps keys and limits apart', () => {
    const throttle = createThrottle({ limits: { slow, fast }, maxEntries: 100 })
    assert.equal(throttle.take([{ limit: 'slow', key: 'a', units: 3 }], START).allowed, true)
    assert.equal(throttle.take([{ limit: 'slow', key: 'a' }], START).allowed, false)
    assert.equal(throttle.take([{ limit: 'slow', key: 'b' }], START).allowed, true)
    assert.equal(throttle.take([{ limit: 'fast', key: 'a' }], START).allowed, true)
  })

  it('K9: gives back once what turned out not to count', () => {
    const throttle = createThrottle({ limits: { slow }, maxEntries: 100 })
    const taken = throttle.take([{ limit: 'slow', key: 'a', units: 2 }], START)
    throttle.take([{ limit: 'slow', key: 'a' }], START)
    taken.giveBack(START)
    taken.giveBack(START)
    assert.equal(throttle.take([{ limit: 'slow', key: 'a', units: 2 }], START).allowed, true)
    assert.equal(throttle.take([{ limit: 'slow', key: 'a' }], START).allowed, false)
  })

  it('9.4: a limit that nobody defined, and one key named twice, throw and let nothing pass', () => {
    const throttle = createThrottle<string>({ limits: { slow }, maxEntries: 100 })
    assert.throws(() => throttle.take([{ limit: 'sloow', key: 'a' }], START), RangeError)
    assert.throws(
      () =>
        throttle.take(
          [
            { limit: 'slow', key: 'a' },
            { limit: 'slow', key: 'a' },
          ],
          START,
        ),
      RangeError,
    )
  })

  it('R6: remembers a bounded number of keys, the ones used last, and one limit does not push out another', () => {
    const throttle = createThrottle({ limits: { slow, fast }, maxEntries: 100 })
    throttle.take([{ limit: 'fast', key: 'apart', units: 10 }], START)
    let passed = 0
    for (let i = 0; i < 10_000; i++) {
      throttle.take([{ limit: 'slow', key: `stranger ${i}` }], START)
      if (throttle.take([{ limit: 'slow', key: 'hammering' }], START).allowed) passed++
      assert.ok(throttle.size() <= 101)
    }
    assert.equal(passed, 3, 'who goes on is not forgotten, though refused')
    assert.equal(throttle.take([{ limit: 'fast', key: 'apart' }], START).allowed, false)
  })

  it('R6: forgets keys that have rested', () => {
    const throttle = createThrottle({ limits: { slow }, maxEntries: 10_000 })
    for (let i = 0; i < 1000; i++) throttle.take([{ limit: 'slow', key: `early ${i}` }], START)
    for (let i = 0; i < 1000; i++) throttle.take([{ limit: 'slow', key: `late ${i}` }], START + 60_000)
    assert.equal(throttle.size(), 1000)
  })
})

describe('what one network is', () => {
  it('10.2: ten thousand addresses of one /64 share one bucket', () => {
    const throttle = createThrottle({ limits: { slow }, maxEntries: 100_000 })
    let passed = 0
    for (let i = 0; i < 10_000; i++) {
      const address = `2001:db8:0:7:${(i * 7919).toString(16).slice(-4)}:${(i % 65_536).toString(16)}::${((i * 31) % 65_536).toString(16)}`
      if (throttle.take([{ limit: 'slow', key: networkOf(address) }], START).allowed) passed++
    }
    assert.deepEqual([passed, throttle.size()], [3, 1])
    assert.notEqual(networkOf('2001:db8:0:7::1'), networkOf('2001:db8:0:8::1'))
  })

  it('10.2: every spelling of one address is one key', () => {
    const spellings = [
      ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:192.0.2.1', '0000:0000:0000:0000:0000:ffff:c000:0201', '::ffff:192.0.2.1%eth0'],
      ['2001:db8::1', '2001:DB8::1', '2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8:0:0:0::1', '2001:db8::0:1', '2001:db8::0.0.0.1', '2001:db8::1%7'],
      ['::1', '0:0:0:0:0:0:0:1', '::0.0.0.1', '0::1'],
    ]
    for (const [first, ...others] of spellings) for (const other of others) assert.equal(networkOf(other), networkOf(first), other)
    assert.deepEqual([networkOf('::ffff:192.0.2.1'), networkOf('2001:DB8:0:1::9')], ['192.0.2.1', '2001:db8:0:1::/64'])
    assert.notEqual(networkOf('192.0.2.1'), networkOf('192.0.2.2'))
  })

  it('10.2: what is no address shares one bucket', () => {
    const garbage = [
      undefined,
      '',
      ' ',
      'localhost',
      '192.0.2',
      '192.0.2.1 ',
      '192.0.2.01',
      '0x7f.1',
      '2130706433',
      '192.0.2.1:80',
      '[::1]',
      '::1::',
      '1:2:3:4:5:6:7:8:9',
      'x'.repeat(100_000),
    ]
    assert.deepEqual([...new Set(garbage.map(networkOf))], ['unknown'])
  })
})
