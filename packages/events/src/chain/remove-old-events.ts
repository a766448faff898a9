/** Removes whole batches whose time is over, oldest first (R7). What is left is proven from there on; what is not sealed never goes. */
import { isAcceptedSeal } from './accepted-break.ts'
import { proofOfFloor, proveSeal, type SealKeys } from './seal.ts'
import type { EventChainStore, Fate, Removal, Seal } from './store.ts'

const DAY_MS = 86_400_000

/** What is over, epoch milliseconds: what is older than `before`. What is later than `now` has the time of a clock that was ahead. */
export interface Over {
  readonly before: number
  readonly now: number
}

/**
 * Removes about so many events of batches that are over. A batch goes by what its seal says, and only if the seal is proven, or stands as an operator accepted it: who could change the times in the database could have
 * the server remove what was written yesterday. Behind a batch that is kept nothing goes, whatever its time: a clock may have been set back when it was sealed.
 * @returns whether there may be more.
 * @throws Error when the first batches are not proven: nothing is removed until somebody has looked.
 */
export async function removeOldEvents(store: EventChainStore, keys: SealKeys, over: Over, limit: number): Promise<boolean> {
  let unproven: number | undefined
  const judge: Removal['judge'] = (place, seal, accepted) => {
    const fate = fateOf(seal, over)
    if (fate === 'unknown' || proveSeal(keys, place, seal) === 'proven' || isAcceptedSeal(keys, accepted, place, seal)) return fate
    if (fate === 'over') unproven ??= seal.number
    return 'unknown'
  }
  const more = await store.removeFirst(limit, { judge, prove: (floor) => proofOfFloor(keys, floor) })
  if (!more && unproven !== undefined)
    throw new Error(
      `the seal of batch ${unproven} of the event log is not proven, so that nothing is removed: look with \`latchwork events verify\`, and accept what cannot be mended with \`latchwork events accept-break\``,
    )
  return more
}

function fateOf({ newestAt, sealedAt }: Seal, { before, now }: Over): Fate {
  const at = Math.min(newestAt, sealedAt) // a time ahead of the sealing is that of a clock that was wrong
  if (at > now) return 'unknown'
  return at < before ? 'over' : 'kept'
}

/** Has the log say how many were removed, once a day. */
export function tellRemovedEvents(store: EventChainStore, now: number): Promise<void> {
  return store.tellRemoved(now - DAY_MS, now, (count, { removed, number }) => ({
    type: 'events.removed',
    at: now,
    actor: { kind: 'system' },
    data: { count, total: removed, lastBatch: number },
  }))
}
