/** Removes whole batches whose time is over, oldest first (R7). What is left is proven from there on; what is not sealed never goes. */
import { isAcceptedSeal } from './accepted-break.ts'
import { proofOfFloor, proveSeal, type SealKeys } from './seal.ts'
import type { EventChainStore, Removal } from './store.ts'

const DAY_MS = 86_400_000

/**
 * Removes about so many events of batches that are older than `before`. A batch goes by what its seal says, and only if the seal is proven, or stands as an operator accepted it: who could change the times in the database could have
 * the server remove what was written yesterday.
 * @returns whether there may be more.
 * @throws Error when the first batches are not proven: nothing is removed until somebody has looked.
 */
export async function removeOldEvents(store: EventChainStore, keys: SealKeys, before: number, limit: number): Promise<boolean> {
  let unproven: number | undefined
  const isOver: Removal['isOver'] = (place, seal, accepted) => {
    // A time ahead of the sealing is that of a clock that was wrong.
    if (Math.min(seal.newestAt, seal.sealedAt) >= before) return false
    if (proveSeal(keys, place, seal) === 'proven' || isAcceptedSeal(keys, accepted, place, seal)) return true
    unproven ??= seal.number
    return false
  }
  const more = await store.removeFirst(limit, { isOver, prove: (floor) => proofOfFloor(keys, floor) })
  if (!more && unproven !== undefined)
    throw new Error(
      `the seal of batch ${unproven} of the event log is not proven, so that nothing is removed: look with \`latchwork events verify\`, and accept what cannot be mended with \`latchwork events accept-break\``,
    )
  return more
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
