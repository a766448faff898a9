/** Seals what was written, off every request. What this node saw sealed it remembers: whoever takes seals away while it runs is found out by the next turn. */
import { headText } from './head.ts'
import { type SealKeys, sealBatch } from './seal.ts'
import type { EventChainStore, Seal } from './store.ts'

export interface Sealer {
  /** Seals all that is settled, batch after batch. @throws Refusal `store_unavailable`. */
  readonly turn: () => Promise<void>
  /** The newest seal that this node knows of. */
  readonly head: () => Seal | undefined
}

export interface SealerParts {
  readonly store: EventChainStore
  readonly keys: SealKeys
  readonly now: () => number
  /** Between two batches: others have their turn. `false`: leave the rest. */
  readonly rest: () => Promise<boolean>
  readonly onTrouble: (message: string) => void
}

/** Events of one batch: read and digested in one go, in a millisecond or two. */
const SEALED_AT_ONCE = 100

export function createSealer({ store, keys, now, rest, onTrouble }: SealerParts): Sealer {
  let newest: Seal | undefined

  async function checkNewest(known: Seal): Promise<void> {
    const found = await store.findSeal(known.number)
    if (found?.value === known.value) return
    if (found === undefined && (await store.findFloor()).number >= known.number) return
    onTrouble(
      `the seals of the event log were cut back or changed: batch ${known.number} was sealed, and its seal is not there any more. If the database was not restored from an older state, somebody changed it. Its head was ${headText(known)}`,
    )
  }

  return {
    head: () => newest,
    turn: async () => {
      if (newest !== undefined) await checkNewest(newest)
      newest = await store.findNewestSeal()
      for (;;) {
        const seal = await store.sealNext(SEALED_AT_ONCE, (before, events) => sealBatch(keys, before, events, now()))
        newest = seal ?? newest
        if (seal === undefined || seal.count < SEALED_AT_ONCE || !(await rest())) return
      }
    },
  }
}
