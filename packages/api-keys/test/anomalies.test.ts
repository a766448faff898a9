import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnomalyKind, judgeUse, type KeyHabit, type KeyUse, newHabit, type UseSurroundings, usualThresholds } from '@latchwork/api-keys'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const T0 = Date.UTC(2026, 0, 1)

function useAt(at: number, changes: Partial<KeyUse> = {}): KeyUse {
  return {
    keyId: 'key_1',
    minute: at - (at % MINUTE),
    counts: { valid: 1 },
    lastUsedAt: at,
    networks: [{ network: '192.0.2.1', firstSeenAt: at, lastSeenAt: at }],
    beyondNetworks: 0,
    ...changes,
  }
}

const around: UseSurroundings = { kind: 'sk', newNetworks: [], knownNetworks: 1, networksAtOnce: 1 }

/** A key with a past: uses of so many calls an hour for so many hours. */
function habitOf(hours: number, usesPerHour: number): KeyHabit {
  let habit = newHabit
  for (let hour = 0; hour < hours; hour++) habit = judgeUse(useAt(T0 + hour * HOUR, { counts: { valid: usesPerHour } }), habit, around).habit
  return habit
}

function kinds(use: KeyUse, habit: KeyHabit, changes: Partial<UseSurroundings> = {}): readonly AnomalyKind[] {
  return judgeUse(use, habit, { ...around, ...changes }).anomalies.map(({ kind }) => kind)
}

describe('anomalies', () => {
  it('K11: a new network is news only for a key that has been used for a while, and not for one that is used from everywhere', () => {
    const newcomer = { newNetworks: ['203.0.113.5'] }
    const habit = habitOf(5, 3)
    const later = T0 + 2 * DAY
    assert.deepEqual(kinds(useAt(later), habit, newcomer), ['new_network'])
    assert.deepEqual(kinds(useAt(later), habit), [])
    assert.deepEqual(kinds(useAt(T0), newHabit, { ...newcomer, knownNetworks: 0 }), [], 'the first use of all')
    assert.deepEqual(kinds(useAt(T0 + HOUR), habitOf(1, 3), newcomer), [], 'a key that is being set up')
    assert.deepEqual(kinds(useAt(later), habit, { ...newcomer, knownNetworks: 100 }), [])
    assert.deepEqual(kinds(useAt(later), habit, { ...newcomer, kind: 'pk' }), [])
  })

  it('K11: silence of thirty days, to the millisecond', () => {
    const habit = habitOf(1, 1)
    assert.deepEqual(kinds(useAt(T0 + usualThresholds.silenceMs - 1), habit), [])
    assert.deepEqual(kinds(useAt(T0 + usualThresholds.silenceMs), habit), ['after_silence'])
    assert.deepEqual(kinds({ ...useAt(T0), networks: [] }, newHabit), [], 'a first use ends no silence')
    const { lastUsedAt: _none, ...refused } = useAt(T0 + 90 * DAY, { counts: { expired: 1 }, networks: [] })
    assert.deepEqual(kinds(refused, habit), [], 'a refusal is no use')
  })

  it("K11: a spike is judged against the key's own hours, and needs a hundred uses", () => {
    const at = T0 + 10 * HOUR
    assert.deepEqual(kinds(useAt(at, { counts: { valid: 500 } }), habitOf(10, 50)), [], 'ten times is not more than ten times')
    assert.deepEqual(kinds(useAt(at, { counts: { valid: 501 } }), habitOf(10, 50)), ['rate_spike'])
    assert.deepEqual(kinds(useAt(at, { counts: { valid: 99 } }), habitOf(10, 1)), [])
    assert.deepEqual(kinds(useAt(at, { counts: { valid: 100 } }), habitOf(10, 1)), ['rate_spike'])
    assert.deepEqual(kinds(useAt(T0 + 2 * HOUR, { counts: { valid: 5000 } }), habitOf(2, 1)), [], 'too young for a habit')
  })

  it('K11: a spike is seen over many small portions, and hours without use do not lower what is usual', () => {
    let habit = habitOf(10, 60)
    const at = T0 + 200 * HOUR
    const seen: (readonly AnomalyKind[])[] = []
    for (let portion = 0; portion < 61; portion++) {
      const judged = judgeUse(useAt(at + portion * 1000, { counts: { valid: 10 } }), habit, around)
      habit = judged.habit
      seen.push(judged.anomalies.map(({ kind }) => kind))
    }
    assert.deepEqual(seen.slice(0, 60).flat(), [])
    assert.deepEqual(seen[60], ['rate_spike'])
    assert.equal(Math.round(habit.usualPerHour), 60)
  })

  it('K11: refusals of one minute are added up over portions; each minute begins anew', () => {
    let habit = habitOf(1, 1)
    const refuseMany = (at: number, count: number) => {
      const { lastUsedAt: _none, ...use } = useAt(at, { counts: { wrong_address: count, expired: 1 }, networks: [] })
      const judged = judgeUse(use, habit, around)
      habit = judged.habit
      return judged.anomalies
    }
    const at = T0 + HOUR
    assert.deepEqual(refuseMany(at, 14), [])
    assert.deepEqual(
      refuseMany(at + 1000, 14).map(({ kind, message }) => [kind, message]),
      [['refusal_burst', 'Refused 30 times within a minute, mostly as wrong_address']],
    )
    assert.deepEqual(refuseMany(at + MINUTE, 28), [])
  })

  it('K11: many networks at once', () => {
    const habit = habitOf(1, 1)
    assert.deepEqual(kinds(useAt(T0 + HOUR), habit, { networksAtOnce: 4 }), [])
    assert.deepEqual(kinds(useAt(T0 + HOUR), habit, { networksAtOnce: 5 }), ['many_networks'])
    assert.deepEqual(kinds(useAt(T0 + HOUR), habit, { networksAtOnce: 50, kind: 'pk' }), [])
  })

  it('K11: uses that come late or out of order take nothing back', () => {
    const habit = habitOf(5, 100)
    const { habit: after, anomalies } = judgeUse(useAt(T0 - 30 * DAY, { counts: { valid: 100_000, expired: 2 } }), habit, around)
    assert.deepEqual(anomalies, [])
    assert.deepEqual({ ...after, firstUsedAt: habit.firstUsedAt }, habit)
    assert.equal(after.firstUsedAt, T0 - 30 * DAY)
  })
})
