/**
 * One listener of the revocation feed. It hears at once while it keeps up; when it does not, what it has yet to hear is read from the feed page by page, as fast as it takes
 * them, so that no listener costs more memory than a page. One that takes nothing for ten seconds is cut off, and resumes where it was.
 */
import type { ServerResponse } from 'node:http'
import type { RevocationFeed } from '@latchwork/authority'
import type { FeedEntry } from '@latchwork/kernel'
import { drained } from './drained.ts'

const PAGE = 500
/** So much may wait in memory for one listener. */
const MAX_BUFFERED_BYTES = 256 * 1024
/** A listener that takes nothing for so long is cut off. */
const SLOWEST_MS = 10_000

export interface FeedStream {
  /** Tells everything after the position, calls `caughtUp` once, and goes on telling until the response closes. Entries up to `missingUpTo` are no longer kept and were not told. */
  readonly run: (caughtUp: (missingUpTo?: number) => void) => Promise<void>
  readonly position: () => number
  /** Whether all that is known to this node has been told. */
  readonly isLive: () => boolean
}

/** @param isLast whether a listener may hear nothing after this entry: it ends what the listener itself lives by. */
export function feedStream(
  feed: RevocationFeed,
  raw: ServerResponse,
  after: number,
  isLast: (entry: FeedEntry) => boolean,
  slowestMs = SLOWEST_MS,
): FeedStream {
  let position = after
  let announced = after
  let isLive = false
  const tell = (entries: readonly FeedEntry[]): void => {
    for (const entry of entries) {
      if (entry.feedId <= position) continue
      position = entry.feedId
      raw.write(`id: ${entry.feedId}\nevent: revocation\ndata: ${JSON.stringify(entry)}\n\n`)
      if (isLive && isLast(entry)) raw.destroy()
    }
  }
  const hear = (entries: readonly FeedEntry[]): void => {
    announced = Math.max(announced, entries.at(-1)?.feedId ?? 0)
    if (!isLive) return
    if (raw.writableLength + entries.length * 200 <= MAX_BUFFERED_BYTES) tell(entries)
    else void goOn()
  }
  /** Gives up to which id entries were removed before they could be told. */
  async function catchUp(): Promise<number | undefined> {
    let missed: number | undefined
    isLive = false
    try {
      while (!raw.destroyed) {
        const { entries, missingUpTo } = await feed.readPage(position, PAGE)
        if (missingUpTo !== undefined) {
          missed = missingUpTo
          position = Math.max(position, missingUpTo)
        }
        tell(entries)
        if (raw.writableNeedDrain) await drained(raw, slowestMs)
        if (entries.length === 0 && position >= announced) break // nothing came in while the last page was read
      }
      isLive = true
    } catch {
      raw.destroy() // the store is away: whoever listens must not take this for a whole feed
    }
    return missed
  }
  /** One that was told everything once is sent away when something can no longer be told: where it resumes, it hears of that. */
  async function goOn(): Promise<void> {
    if ((await catchUp()) !== undefined) raw.destroy()
  }
  return {
    run: async (caughtUp) => {
      raw.once(
        'close',
        feed.subscribe(hear, () => raw.destroy()),
      )
      const missingUpTo = await catchUp()
      if (!raw.destroyed) caughtUp(missingUpTo)
    },
    position: () => position,
    isLive: () => isLive,
  }
}
