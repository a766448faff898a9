/** Keeps what limits have counted over a restart (K9): read at start, written down twice a second where it has changed, off every request, and once more at the end. A kill loses the last second at most. */
import type { Clock } from '@latchwork/kernel'
import type { LimitsStore } from '@latchwork/limits'
import { regularly } from './regularly.ts'

export interface LimitKeeper {
  /** Writes down what has changed. Never rejects. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly limits: Pick<LimitsStore, 'recall' | 'writeDown'>
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

/** Half of the second that may be lost; the other half is for writing, as for the use of keys. */
const INTERVAL_MS = 500

/** @throws Refusal `store_unavailable`: limits that are not known would let too much pass. */
export async function keepLimits({ limits, clock, onTrouble }: Parts): Promise<LimitKeeper> {
  await limits.recall(clock.now())
  const trouble = 'what limits have counted could not be written down; it is tried again'
  const { run, close } = regularly({ intervalMs: INTERVAL_MS, work: () => limits.writeDown(clock.now()), trouble, onTrouble })
  return {
    flush: run,
    close: async () => {
      await close()
      await run()
    },
  }
}
