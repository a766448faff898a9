/** What was seen lately: enough to tell what comes for the second time. */

/** 4 MB. */
const MOST_MARKS = 2 ** 20

/**
 * Marks in a table of fixed size, each overwritten by the next that falls on its place: they tell, nearly always rightly, whether a digest was noted before. A wrong answer costs a look-up, or a place in a memory, and never more.
 */
export class SeenLately {
  readonly #marks: Uint32Array

  /** @param size marks; something is told for seen as long as fewer than about as many others came since. */
  constructor(size: number) {
    this.#marks = new Uint32Array(Math.min(size, MOST_MARKS))
  }

  /** Whether this one was noted before; it is noted now. @param digest base64url, at least 24 characters. */
  note(digest: string): boolean {
    const end = digest.length
    const place = numberOf(digest, end - 24, end - 12) % this.#marks.length
    const mark = numberOf(digest, end - 12, end)
    const wasSeen = this.#marks[place] === mark
    this.#marks[place] = mark
    return wasSeen
  }
}

/** FNV-1a, of characters that are as good as random already. */
function numberOf(text: string, from: number, to: number): number {
  let number = 0x811c9dc5
  for (let at = from; at < to; at++) number = Math.imul(number ^ text.charCodeAt(at), 0x01000193)
  return number >>> 0
}
