/** The counts of one node, in its memory. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLimitMemory, type LimitDemand, paceOf, type WrittenLimits } from '@latchwork/limits'

const START = 1_800_000_000_000
const demands: readonly LimitDemand[] = [
  { name: 'hourly', pace: paceOf({ burst: 100, count: 100, periodMs: 60_000 }), units: 1 },
  { name: 'wide', pace: paceOf({ burst: 1000, count: 1000, periodMs: 60_000 }), units: 1 },
]

const nowhere: WrittenLimits = { read: async () => [], write: async () => {}, remove: async () => {} }

describe('limits in memory', () => {
  it('R5: a clock that is set back by an hour closes no limit until the old time comes, however often it is asked', () => {
    const memory = createLimitMemory(nowhere)
    const take = (now: number) => {
      const answer = memory.take('key', demands, now)
      assert.ok(!(answer instanceof Promise))
      return answer
    }
    assert.equal(take(START).taken, true)
    const back = START - 3_600_000
    const first = take(back)
    assert.deepEqual([first.taken, first.decisions[0]?.retryAfterMs], [false, 600])
    for (let after = 100; after < 600; after += 100) assert.equal(take(back + after).taken, false)
    assert.equal(take(back + 600).taken, true, 'when it said it would')
    const rest = take(back + 61_000)
    assert.equal(rest.decisions[0]?.remaining, 99, 'and all of it is there again after a whole period')
  })
})
