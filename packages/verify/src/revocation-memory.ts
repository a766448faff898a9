/**
 * What the revocation feed has said lately: the deny-list of self-contained tokens (J7), and the answer to whether a read that is just coming back was overtaken (K10).
 * Takes entries in any order and as often as they come.
 */
import type { FeedEntry, Lifeline } from '@latchwork/kernel'

interface Ending {
  readonly feedId: number
  readonly at: number
  readonly forgetAt: number
  /** By a clock that nobody sets: a step ahead ends no memory early (R5). */
  readonly keptUntil: number
}

/**
 * An ending is remembered this long beyond its `until`, and at least this long after it was heard: longer than the greatest leeway a verifier grants to an expired
 * token (60 s) and than the slowest read (`MAX_READ_MS`), with room for clocks that differ.
 */
export const KEEP_MS = 120_000
/** Accounts, and rights that were taken, alone go on after an ending. What was issued this much later, by the clocks of issuers that differ, was issued since. */
const GOES_ON = /^(?:account|client_right|right):/
const GOES_ON_AFTER_MS = 60_000
/** What ends a self-contained token is remembered so much longer than the token lives: where the clock is set back by less, the token does not come back. */
const SET_BACK_MS = 3_600_000
const FIRST_SWEEP = 1024

export class RevocationMemory {
  readonly #endings = new Map<Lifeline, Ending>()
  readonly #steady: () => number
  #forgottenUpTo = 0
  #beginnings = 0
  #sweepAt = FIRST_SWEEP

  /** @param steady milliseconds from any beginning, by a clock that nobody sets. */
  constructor(steady: () => number) {
    this.#steady = steady
  }

  note(entries: readonly FeedEntry[], now: number): void {
    const heardAt = this.#steady()
    for (const { lifeline, feedId, at, until } of entries) {
      const known = this.#endings.get(lifeline)
      const setBack = until > at ? SET_BACK_MS : 0
      const neededMs = Math.max(until - at, 0) + setBack
      this.#endings.set(lifeline, {
        feedId: Math.max(feedId, known?.feedId ?? 0),
        at: Math.max(at, known?.at ?? 0),
        forgetAt: Math.max(Math.max(until + setBack, now) + KEEP_MS, known?.forgetAt ?? 0),
        keptUntil: Math.max(heardAt + neededMs + KEEP_MS, known?.keptUntil ?? 0),
      })
    }
    if (this.#endings.size >= this.#sweepAt) this.#sweep(now)
  }

  /** Whether anything in the list has ended, as far as is known, for a token of this time. */
  hasEnded(livesBy: readonly Lifeline[], issuedAt: number): boolean {
    return this.#endings.size > 0 && livesBy.some((lifeline) => this.#ends(lifeline, issuedAt))
  }

  #ends(lifeline: Lifeline, issuedAt: number): boolean {
    const ending = this.#endings.get(lifeline)
    return ending !== undefined && !(GOES_ON.test(lifeline) && issuedAt > ending.at + GOES_ON_AFTER_MS)
  }

  /** Whether anything in the list ended after the given feed id: a record read as of that id does not know it. */
  hasEndedAfter(feedId: number, livesBy: readonly Lifeline[]): boolean {
    return this.#endings.size > 0 && livesBy.some((lifeline) => (this.#endings.get(lifeline)?.feedId ?? 0) > feedId)
  }

  /** Up to this feed id there may have been endings that are not remembered: a record read as of an earlier one must not be kept. */
  get forgottenUpTo(): number {
    return this.#forgottenUpTo
  }

  /** The feed is another, as after a restore, or entries of it were missed for good: what was heard under the former numbers was heard before all that is read from now on. */
  begunAnew(head: number): void {
    for (const [lifeline, ending] of this.#endings) this.#endings.set(lifeline, { ...ending, feedId: Math.min(ending.feedId, head) })
    this.#forgottenUpTo = head
    this.#beginnings++
  }

  /** How often the feed was another: a read from before the last time says nothing by its number. */
  get beginnings(): number {
    return this.#beginnings
  }

  get size(): number {
    return this.#endings.size
  }

  #sweep(now: number): void {
    const steady = this.#steady()
    for (const [lifeline, { feedId, forgetAt, keptUntil }] of this.#endings) {
      if (now < forgetAt || steady < keptUntil) continue
      this.#endings.delete(lifeline)
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, feedId)
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#endings.size * 2)
  }
}
