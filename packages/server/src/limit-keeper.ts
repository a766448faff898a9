/** Keeps what limits have counted over a restart (K9): read at start, written down twice a second where it has changed, off every request, and once more at the end. A kill loses the last second at most. */
import type { Clock } from '@latchwork/kernel'
import type { LimitsStore } from '@latchwork/limits'

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
  let writing: Promise<void> | undefined
  let isAway = false
  const write = async (): Promise<void> => {
    try {
      await limits.writeDown(clock.now())
      isAway = false
    } catch (cause) {
      if (!isAway) onTrouble('what limits have counted could not be written down; it is tried again', cause)
      isAway = true
    }
  }
  const flush = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }
  const timer = setInterval(() => void flush(), INTERVAL_MS).unref()
  return {
    flush,
    close: async () => {
      clearInterval(timer)
      await writing
      await flush()
    },
  }
}
