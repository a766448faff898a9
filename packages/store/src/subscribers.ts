/** Those on this node who want to hear of revocations. */
import type { FeedEntry } from '@latchwork/kernel'
import type { FeedListener } from './engine.ts'

export interface Subscribers {
  readonly subscribe: (listener: FeedListener) => () => void
  readonly tell: (entries: readonly FeedEntry[]) => void
}

/** One that throws keeps no other from hearing. */
export function subscribersOf(onTrouble: (error: unknown) => void): Subscribers {
  const listeners = new Set<{ readonly hear: FeedListener }>()
  return {
    subscribe(hear) {
      const listener = { hear }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell(entries) {
      if (entries.length === 0) return
      for (const { hear } of listeners) {
        try {
          hear(entries)
        } catch (error) {
          onTrouble(error)
        }
      }
    },
  }
}
