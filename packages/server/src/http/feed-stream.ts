/**
 * One listener of the revocation feed. It hears at once while it keeps up; when it does not, what it has yet to hear is read from the feed page by page, as fast as it takes
 * them, so that no listener costs more memory than a page. One that takes nothing for ten seconds is cut off, and resumes where it was.
 */
import type { ServerResponse } from 'node:http'
import type { RevocationFeed } from '@latchwork/authority'
import { FEED_BEGINNING, type FeedEntry, type FeedPosition, positionOf, positionText } from '@latchwork/kernel'
import { drained } from './drained.ts'

const PAGE = 500
/** So much may wait in memory for one listener. */
const MAX_BUFFERED_BYTES = 256 * 1024
/** A listener that takes nothing for so long is cut off. */
const SLOWEST_MS = 10_000

export interface FeedStream {
  /**
   * Tells everything after the position, calls `caughtUp` once, and goes on telling until the response closes. Where the feed has not what the position stands on, it is not
   * `resumed`, and all that is kept was told. Until then no entry has an id: whoever is cut off before resumes from where they were, and is told again.
   */
  readonly run: (caughtUp: (resumed: boolean) => void) => Promise<void>
  readonly position: () => FeedPosition
  /** Whether all that is known to this node has been told. */
  readonly isLive: () => boolean
}

/** @param isLast whether a listener may hear nothing after this entry: it ends what the listener itself lives by. */
export function feedStream(
  feed: RevocationFeed,
  raw: ServerResponse,
  from: FeedPosition,
  isLast: (entry: FeedEntry) => boolean,
  slowestMs = SLOWEST_MS,
): FeedStream {
  let position = from
  let announced = 0
  let isLive = false
  let hasBegun = false
  const tell = (entries: readonly FeedEntry[]): void => {
    for (const entry of entries) {
      if (entry.feedId <= position.feedId) continue
      position = positionOf(entry)
      const id = hasBegun ? `id: ${positionText(position)}\n` : ''
      raw.write(`${id}event: revocation\ndata: ${JSON.stringify({ ...entry, mark: position.mark })}\n\n`)
      if (isLive && isLast(entry)) raw.destroy()
    }
  }
  const hear = (entries: readonly FeedEntry[]): void => {
    announced = Math.max(announced, entries.at(-1)?.feedId ?? 0)
    if (!isLive) return
    if (raw.writableLength + entries.length * 200 <= MAX_BUFFERED_BYTES) tell(entries)
    else void catchUp()
  }
  /** Gives whether the feed had what we stood on, all the way. */
  async function catchUp(): Promise<boolean> {
    let isSame = true
    isLive = false
    try {
      while (!raw.destroyed) {
        const entries = await feed.readOn(position, PAGE)
        if (entries === undefined) {
          isSame = false
          if (hasBegun) raw.destroy() // where it resumes, it hears of that
          position = FEED_BEGINNING
          continue
        }
        tell(entries)
        if (raw.writableNeedDrain) await drained(raw, slowestMs)
        if (entries.length === 0 && position.feedId >= announced) break // nothing came in while the last page was read
      }
      isLive = !raw.destroyed
    } catch {
      raw.destroy() // the store is away: whoever listens must not take this for a whole feed
    }
    return isSame
  }
  return {
    run: async (caughtUp) => {
      raw.once(
        'close',
        feed.subscribe(hear, () => raw.destroy()),
      )
      const isSame = await catchUp()
      if (!raw.destroyed) caughtUp(isSame && from.feedId > 0)
      hasBegun = true
    },
    position: () => position,
    isLive: () => isLive,
  }
}
