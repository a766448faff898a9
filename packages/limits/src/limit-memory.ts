/**
 * The counts of one node, in its memory: exact, because nothing stands between reading and writing them. What a restart must not forget is written down off the path of those who
 * take. A count is only forgotten once all of its limit is there again; where there are too many to keep, nothing more passes.
 */
import { Refusal } from '@latchwork/kernel'
import { giveUnitsBack, isRested } from './gcra.ts'
import { type Counts, createLimitRecord, freshCounts } from './limit-record.ts'
import type { LimitDemand, LimitsStore, LimitsTaken, WrittenLimits } from './store.ts'
import { takeAll } from './take-all.ts'

const MAX_KEYS = 1_000_000
/** How many kept keys are looked at for each that is taken: what has rested is found sooner than it comes. */
const LOOKED_AT = 2
const LOOKED_AT_WHEN_FULL = 1000

export function createLimitMemory(written: WrittenLimits, maxKeys = MAX_KEYS): LimitsStore & { readonly size: () => number } {
  const kept = new Map<string, Counts>()
  const record = createLimitRecord(written, kept)
  let rounds = kept.entries()

  /** Goes round the keys, a few at a time. */
  function forget(now: number, lookedAt: number): void {
    for (let looked = 0; looked < lookedAt; looked++) {
      const { value, done } = rounds.next()
      if (done === true) {
        rounds = kept.entries()
        return
      }
      const [key, counts] = value
      if (!isAllRested(counts, now)) continue
      kept.delete(key)
      record.noteForgotten(key, counts)
    }
  }

  function countsOf(key: string, now: number): Counts {
    const known = kept.get(key)
    if (known !== undefined) return known
    forget(now, LOOKED_AT)
    if (kept.size >= maxKeys) forget(now, LOOKED_AT_WHEN_FULL)
    if (kept.size >= maxKeys) throw new Refusal('overloaded', { reason: 'too many limits are in use to count one more' })
    const counts = freshCounts()
    kept.set(key, counts)
    return counts
  }

  function take(key: string, demands: readonly LimitDemand[], now: number): LimitsTaken {
    const counts = countsOf(key, now)
    const tats: (number | undefined)[] = []
    for (const { name } of demands) tats.push(counts.tats.get(name))
    const taken = takeAll(demands, tats, now)
    // Kept where it is refused too: a count that a clock set back found too far ahead has been brought back to what the limit allows (R5).
    for (let index = 0; index < demands.length; index++) {
      const tat = taken.decisions[index]?.tat as number
      if (tat === tats[index]) continue
      counts.tats.set((demands[index] as LimitDemand).name, tat)
      record.noteChanged(key, counts, tat, now)
    }
    return taken
  }

  function giveBack(key: string, demands: readonly LimitDemand[], taken: LimitsTaken, now: number): void {
    const counts = kept.get(key)
    if (counts === undefined || !taken.taken) return
    for (const [index, { name, pace, units }] of demands.entries()) {
      const [tat, left] = [counts.tats.get(name), taken.decisions[index]?.tat]
      if (tat === undefined || left === undefined) continue
      counts.tats.set(name, giveUnitsBack(pace, tat, left, units, now))
      record.noteChanged(key, counts, tat, now)
    }
  }

  return {
    take,
    giveBack,
    forgetRested: (now) => forget(now, LOOKED_AT_WHEN_FULL),
    recall: record.recall,
    writeDown: record.writeDown,
    size: () => kept.size,
  }
}

function isAllRested({ tats }: Counts, now: number): boolean {
  for (const tat of tats.values()) if (!isRested(tat, now)) return false
  return true
}
