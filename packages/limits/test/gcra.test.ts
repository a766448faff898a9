import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { giveUnitsBack, isRested, paceOf, type RateLimit, takeUnits } from '@latchwork/limits'

const START = 1_800_000_000_000

/** Repeatable chance (mulberry32): a failure can be run again. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function randomLimit(random: () => number): RateLimit {
  return { burst: 1 + Math.floor(random() * 20), count: 1 + Math.floor(random() * 50), periodMs: 1 + Math.floor(random() * 5000) }
}

describe('GCRA', () => {
  it('K9: never lets more pass than the limit in any window, at any pace of arrival', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = chance(seed)
      const limit = randomLimit(random)
      const pace = paceOf(limit)
      const passed: { readonly at: number; readonly units: number }[] = []
      let [now, tat]: [number, number | undefined] = [START, undefined]
      for (let arrival = 0; arrival < 300; arrival++) {
        now += random() < 0.5 ? 0 : Math.floor(random() * ((3 * limit.periodMs) / limit.count))
        const units = 1 + Math.floor(random() * limit.burst)
        const decision = takeUnits(pace, tat, units, now)
        tat = decision.tat
        if (decision.allowed) passed.push({ at: now, units })
      }
      for (let first = 0; first < passed.length; first++) {
        let sum = 0
        for (const { at, units } of passed.slice(first)) {
          sum += units
          const most = limit.burst + ((at - (passed[first]?.at ?? 0)) * limit.count) / limit.periodMs
          assert.ok(sum <= most + 1e-6, `seed ${seed}: ${sum} passed where ${most} may`)
        }
      }
    }
  })

  it('K9: lets pass what waited as long as it was told, and nothing a millisecond earlier', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = chance(seed)
      const pace = paceOf(randomLimit(random))
      let [now, tat]: [number, number | undefined] = [START, undefined]
      for (let round = 0; round < 50; round++) {
        const units = 1 + Math.floor(random() * pace.burst)
        const decision = takeUnits(pace, tat, units, now)
        tat = decision.tat
        if (decision.allowed) continue
        assert.ok(decision.retryAfterMs > 0)
        assert.equal(takeUnits(pace, tat, units, now + decision.retryAfterMs - 1).allowed, false)
        now += decision.retryAfterMs
        const retried = takeUnits(pace, tat, units, now)
        assert.equal(retried.allowed, true)
        tat = retried.tat
      }
    }
  })

  it('K9: takes the burst at once, then one per interval, and tells what remains', () => {
    const pace = paceOf({ burst: 3, count: 2, periodMs: 1000 })
    let tat: number | undefined
    const take = (now: number) => {
      const decision = takeUnits(pace, tat, 1, now)
      tat = decision.tat
      return [decision.allowed, decision.remaining, decision.retryAfterMs, decision.resetAfterMs]
    }
    assert.deepEqual(take(START), [true, 2, 0, 500])
    assert.deepEqual(take(START), [true, 1, 0, 1000])
    assert.deepEqual(take(START), [true, 0, 0, 1500])
    assert.deepEqual(take(START), [false, 0, 500, 1500])
    assert.deepEqual(take(START + 499), [false, 0, 1, 1001])
    assert.deepEqual(take(START + 500), [true, 0, 0, 1500])
    assert.deepEqual(take(START + 500 + 1500), [true, 2, 0, 500])
  })

  it('K9: keeps a sustained rate exactly, over hours', () => {
    const pace = paceOf({ burst: 1, count: 3, periodMs: 1000 }) // a third of a second is no whole number of microseconds
    let [tat, passed]: [number | undefined, number] = [undefined, 0]
    for (let now = START; now < START + 3_600_000; now += 37) {
      const decision = takeUnits(pace, tat, 1, now)
      tat = decision.tat
      if (decision.allowed) passed++
    }
    assert.ok(passed <= 1 + 3 * 3600, `${passed} passed`)
  })

  it('K9: rounds against the caller: 600,000 per second never become a million', () => {
    const pace = paceOf({ burst: 1000, count: 600_000, periodMs: 1000 })
    let [tat, passed]: [number | undefined, number] = [undefined, 0]
    for (let now = START; now <= START + 1000; now++) {
      for (const units of [500, 250, 125, 75, 50]) {
        const decision = takeUnits(pace, tat, units, now)
        tat = decision.tat
        if (decision.allowed) passed += units
      }
    }
    assert.ok(passed > 400_000 && passed <= 601_000, `${passed} passed`)
  })

  it('R5: a clock that steps back empties the bucket at most; it does not close it until the old time comes', () => {
    const pace = paceOf({ burst: 5, count: 1, periodMs: 1000 })
    const taken = takeUnits(pace, undefined, 5, START)
    const stepped = START - 3_600_000
    const refused = takeUnits(pace, taken.tat, 1, stepped)
    assert.deepEqual([refused.allowed, refused.retryAfterMs], [false, 1000])
    assert.equal(takeUnits(pace, refused.tat, 1, stepped + 1000).allowed, true)
  })

  it('K9: gives back no more than was taken and time has not given back', () => {
    const pace = paceOf({ burst: 2, count: 1, periodMs: 1000 })
    const first = takeUnits(pace, undefined, 1, START)
    assert.equal(isRested(giveUnitsBack(pace, first.tat, first.tat, 1, START), START), true)
    // A second later the first is back by itself; giving it back then must not pay for the second.
    const second = takeUnits(pace, first.tat, 1, START + 1000)
    const after = giveUnitsBack(pace, second.tat, first.tat, 1, START + 1000)
    assert.equal(takeUnits(pace, after, 0, START + 1000).remaining, 1)
  })

  it('R6: refuses limits and units that could not be kept', () => {
    const good: RateLimit = { burst: 1, count: 1, periodMs: 1000 }
    for (const bad of [
      { burst: 0 },
      { burst: 1.5 },
      { count: 0 },
      { count: Number.NaN },
      { periodMs: 0 },
      { count: 1_000_001 },
      { burst: 1e9 },
      { periodMs: Infinity },
    ]) {
      assert.throws(() => paceOf({ ...good, ...bad }), RangeError, JSON.stringify(bad))
    }
    for (const units of [-1, 0.5, 2, Number.NaN]) assert.throws(() => takeUnits(paceOf(good), undefined, units, START), RangeError)
  })
})
