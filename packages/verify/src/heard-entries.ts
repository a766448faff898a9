/** Which entries of the feed were heard lately: whether two who hear it stand on one and the same. */
import { type FeedPosition, isSamePosition } from '@latchwork/kernel'

/** Who hears a feed is as far as any other, or some milliseconds behind. */
const MOST_ENTRIES = 1000

export class HeardEntries {
  readonly #byId = new Map<number, FeedPosition>()

  note(position: FeedPosition): void {
    if (position.feedId === 0) return
    this.#byId.set(position.feedId, position)
    if (this.#byId.size > MOST_ENTRIES) for (const oldest of this.#byId.keys()) return void this.#byId.delete(oldest)
  }

  /** Who has heard nothing yet is behind on every feed. */
  has(position: FeedPosition): boolean {
    if (position.feedId === 0) return true
    const known = this.#byId.get(position.feedId)
    return known !== undefined && isSamePosition(known, position)
  }

  /** The entry of this number, if it was heard lately. */
  at(feedId: number): FeedPosition | undefined {
    return this.#byId.get(feedId)
  }

  clear(): void {
    this.#byId.clear()
  }
}
