/**
 * What of the counts in memory is written down, so that a restart is as if there had been none (K9): of each key that has changed, the limits that will not have rested by the time a
 * restart is over. What stands written is behind what was taken, for as long as it takes to write.
 */
import { isRested } from './gcra.ts'
import type { WrittenCounts, WrittenLimits } from './store.ts'

export interface Counts {
  /** Theoretical arrival times, by limit name. */
  readonly tats: Map<string, number>
  /** Since it was written down last. */
  hasChanged: boolean
  /** Something stands written of it, or may. */
  isWritten: boolean
}

export const freshCounts = (): Counts => ({ tats: new Map(), hasChanged: false, isWritten: false })

export interface LimitRecord {
  /** Costs a comparison, and a place in a list once between two writings. @param tat the new one; the old one, where units are given back. */
  readonly noteChanged: (key: string, counts: Counts, tat: number, now: number) => void
  readonly noteForgotten: (key: string, counts: Counts) => void
  readonly recall: (now: number) => Promise<void>
  readonly writeDown: (now: number) => Promise<void>
}

/** A restart takes about as long: what rests sooner is not worth writing. */
const WORTH_WRITING_MS = 5000
/** Of one act: on SQLite nothing else is done meanwhile. */
const AT_ONCE = 500

/** @param kept the counts of all keys; `recall` fills it, with no more than the memory had room for that wrote them. */
export function createLimitRecord(written: WrittenLimits, kept: Map<string, Counts>): LimitRecord {
  let changed: string[] = []
  const forgotten = new Set<string>()

  function noteChanged(key: string, counts: Counts, tat: number, now: number): void {
    if (counts.hasChanged || !(counts.isWritten || isWorthWriting(tat, now))) return
    counts.hasChanged = true
    changed.push(key)
  }

  function noteForgotten(key: string, { isWritten }: Counts): void {
    if (isWritten) forgotten.add(key)
  }

  async function recall(now: number): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: readonly WrittenCounts[] = await written.read(after, AT_ONCE)
      for (const { key, tats } of page) {
        const unrested = Object.entries(tats).filter(([, tat]) => !isRested(tat, now))
        if (unrested.length > 0) kept.set(key, { tats: new Map(unrested), hasChanged: false, isWritten: true })
        else forgotten.add(key)
      }
      after = page.at(-1)?.key
    }
  }

  async function writeDown(now: number): Promise<void> {
    const keys = changed
    changed = []
    for (let start = 0; start < keys.length; start += AT_ONCE) {
      const some = keys.slice(start, start + AT_ONCE)
      const counts = settle(some, now)
      try {
        if (counts.length > 0) await written.write(counts)
      } catch (error) {
        for (const key of some) noteAgain(key)
        changed = changed.concat(keys.slice(start + AT_ONCE))
        throw error
      }
    }
    await removeForgotten()
  }

  /** How they stand now; what changes from here on is noted anew. Of which nothing is left that is worth a place, goes. */
  function settle(keys: readonly string[], now: number): readonly WrittenCounts[] {
    const standing: WrittenCounts[] = []
    for (const key of keys) {
      const counts = kept.get(key)
      if (counts === undefined) continue
      const tats = [...counts.tats].filter(([, tat]) => isWorthWriting(tat, now))
      if (tats.length > 0) {
        standing.push({ key, tats: Object.fromEntries(tats) })
        forgotten.delete(key) // it has come back since: its row is written anew
      } else noteForgotten(key, counts)
      counts.hasChanged = false
      counts.isWritten = tats.length > 0
    }
    return standing
  }

  function noteAgain(key: string): void {
    const counts = kept.get(key)
    if (counts === undefined || counts.hasChanged) return
    counts.hasChanged = true
    changed.push(key)
  }

  async function removeForgotten(): Promise<void> {
    while (forgotten.size > 0) {
      const some = [...forgotten.keys().take(AT_ONCE)]
      await written.remove(some)
      for (const key of some) forgotten.delete(key) // only now: what could not be removed is removed the next time
    }
  }

  return { noteChanged, noteForgotten, recall, writeDown }
}

function isWorthWriting(tat: number, now: number): boolean {
  return !isRested(tat, now + WORTH_WRITING_MS)
}
