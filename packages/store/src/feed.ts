/** The revocation feed's port. */
import type { RevocationFeed } from '@latchwork/authority'
import type { Engine } from './engine.ts'
import { entriesBehind, feedEntries, feedNewest } from './feed-reads.ts'
import { removeOverEntries } from './remove-entries.ts'

export function revocationFeed(engine: Engine): RevocationFeed {
  const newest = feedNewest(engine.dialect)
  const entries = feedEntries(engine.dialect)
  return {
    head: async () => (await engine.read(newest()))[0]?.feedId ?? 0,
    read: async (after, limit) => engine.read(entries({ after, limit })),
    // With the entry itself, in one statement: nothing can change between the two.
    readOn: async (from, limit) => entriesBehind(from, await engine.read(entries({ after: from.feedId - 1, limit: limit + 1 }))),
    removeOver: (before, limit) => engine.act(() => removeOverEntries(engine.dialect, before, limit)),
    subscribe: engine.channel.subscribe,
    freshAt: engine.channel.freshAt,
  }
}
