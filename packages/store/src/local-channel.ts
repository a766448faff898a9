/** The channel of a store that one process has to itself: whatever is committed is told at once, so it is always whole. */
import type { FeedEntry } from '@latchwork/kernel'
import type { Channel } from './engine.ts'
import { subscribersOf } from './subscribers.ts'

export interface LocalChannel extends Channel {
  /** Called after the commit, in its order. */
  readonly announce: (entries: readonly FeedEntry[]) => void
}

export function localChannel(onTrouble: (error: unknown) => void): LocalChannel {
  const { subscribe, tell } = subscribersOf(onTrouble)
  return { subscribe, freshAt: (now) => now, announce: tell }
}
