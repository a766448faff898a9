/** The desk of rotations: looks every few seconds for keys that are due, on every node; which node takes which, leases decide. What changed is heard of by the feed. */

import { type Rotations, rotateDue } from '@latchwork/api-keys'
import type { Clock } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'
import { type ChangedKeys, hearOfKeys } from './changed-keys.ts'

export interface RotationDesk {
  readonly rotations: Rotations
  /** Ends rotations whose key has ended, takes keys of accounts under their policies, and rotates what is due. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

const SWEEP_MS = 5000
const AT_ONCE = 10
const ADOPT_AT_ONCE = 200
const FORGET_EVERY = 720
const REMEMBER_MS = 90 * 86_400_000

export function openRotationDesk(
  rotations: Rotations,
  feed: Pick<Store['feed'], 'subscribe'>,
  removalClock: Clock,
  onTrouble: (message: string, cause?: unknown) => void,
): RotationDesk {
  let running: Promise<void> | undefined
  let again = false
  let isClosed = false
  let isTroubled = false
  let sweeps = 0
  const { store, clock } = rotations
  const changed: ChangedKeys = hearOfKeys(feed)

  async function sweep(): Promise<void> {
    try {
      await changed.tell(store, clock.now())
      while (!isClosed && (await store.adoptKeys(clock.now(), ADOPT_AT_ONCE)) === ADOPT_AT_ONCE);
      while (!isClosed && (await rotateDue(rotations, AT_ONCE)) === AT_ONCE);
      if (sweeps++ % FORGET_EVERY === 0 && !isClosed) await store.forgetAttempts(removalClock.now() - REMEMBER_MS)
      isTroubled = false
    } catch (cause) {
      if (!isTroubled) onTrouble('Rotations that are due could not be done; they are tried again in a few seconds', cause)
      isTroubled = true
    }
  }

  async function sweepAll(): Promise<void> {
    while (again && !isClosed) {
      again = false
      await sweep()
    }
  }

  /** Whoever asks while a look is under way is served by the next: what came meanwhile is seen by it. */
  const run = (): Promise<void> => {
    again = true
    running ??= sweepAll().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = setInterval(() => void run(), SWEEP_MS).unref()
  return {
    rotations,
    run,
    async close() {
      isClosed = true
      changed.close()
      clearInterval(timer)
      await running
    },
  }
}
