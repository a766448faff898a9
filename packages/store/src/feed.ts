/** The revocation feed's port. */
import type { RevocationFeed } from '@latchwork/authority'
import type { Engine } from './engine.ts'
import { feedAfter, feedHead } from './feed-reads.ts'

export function revocationFeed(engine: Engine): RevocationFeed {
  const head = feedHead(engine.dialect)
  const after = feedAfter(engine.dialect)
  return {
    head: async () => (await engine.read(head()))[0]?.head ?? 0,
    read: async (afterFeedId, limit) => (await engine.read(after({ after: afterFeedId, limit }))).map((row) => ({ ...row })),
    subscribe: engine.channel.subscribe,
    freshAt: engine.channel.freshAt,
  }
}
