/** Those on this node who want to hear of revocations. */
import type { FeedEntry } from '@latchwork/kernel'
import type { BegunAnewListener, Channel, FeedListener } from './engine.ts'

export interface Subscribers {
  readonly subscribe: Channel['subscribe']
  readonly tell: (entries: readonly FeedEntry[]) => void
  readonly tellBegunAnew: BegunAnewListener
}

interface Subscriber {
  readonly hear: FeedListener
  readonly begunAnew: BegunAnewListener | undefined
}

/** One that throws keeps no other from hearing. */
export function subscribersOf(onTrouble: (error: unknown) => void): Subscribers {
  const subscribers = new Set<Subscriber>()
  const each = (say: (subscriber: Subscriber) => void): void => {
    for (const subscriber of subscribers) {
      try {
        say(subscriber)
      } catch (error) {
        onTrouble(error)
      }
    }
  }
  return {
    subscribe(hear, begunAnew) {
      const subscriber = { hear, begunAnew }
      subscribers.add(subscriber)
      return () => void subscribers.delete(subscriber)
    },
    tell: (entries) => {
      if (entries.length > 0) each(({ hear }) => hear(entries))
    },
    tellBegunAnew: (head) => each(({ begunAnew }) => begunAnew?.(head)),
  }
}
