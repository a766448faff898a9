/** The revocation feed's port. */
import type { FeedPage, RevocationFeed } from '@latchwork/authority'
import type { Engine } from './engine.ts'
import { feedHead, feedPage, pageFrom } from './feed-reads.ts'
import { removeOverEntries } from './remove-entries.ts'

export function revocationFeed(engine: Engine): RevocationFeed {
  const head = feedHead(engine.dialect)
  const page = feedPage(engine.dialect)
  const readPage = async (after: number, limit: number): Promise<FeedPage> => pageFrom(await engine.read(page({ after, limit })), after)
  return {
    head: async () => (await engine.read(head()))[0]?.head ?? 0,
    read: async (after, limit) => (await readPage(after, limit)).entries,
    readPage,
    removeOver: (before, limit) => engine.act(() => removeOverEntries(engine.dialect, before, limit)),
    subscribe: engine.channel.subscribe,
    freshAt: engine.channel.freshAt,
  }
}
