/**
 * Finds any of many short words in bytes, several times faster than one regular expression of them all (Wu and Manber, "A fast algorithm for multi-pattern searching",
 * 1994). A window of three bytes moves over the text; a table says, from its last two, how far it may jump.
 */

const WINDOW = 3

export interface Keyword {
  readonly text: string
  readonly ignoresCase: boolean
  /** Whom to call when it is found. */
  readonly owner: number
}

interface Entry {
  readonly codes: readonly number[]
  readonly ignoresCase: boolean
  /** Where in the word the window lies: over its rarest part. */
  readonly anchor: number
  readonly owner: number
}

/** Calls `found` with the owner and the place of each keyword that begins in `from` (included) to `until` (not). @returns nothing: order is by the window's place. */
export type KeywordSearch = (bytes: Uint8Array, from: number, until: number, length: number, found: (owner: number, at: number) => void) => void

export function createKeywordSearch(keywords: readonly Keyword[]): KeywordSearch {
  const jump = new Uint8Array(65_536).fill(WINDOW - 1)
  const buckets = new Map<number, Entry[]>()
  let farthest = 0
  for (const { text, ignoresCase, owner } of keywords) {
    if (text.length < WINDOW) throw new RangeError(`the keyword ${JSON.stringify(text)} is shorter than ${WINDOW} characters`)
    const anchor = rarestPart(text)
    farthest = Math.max(farthest, anchor)
    const entry = { codes: [...text].map((letter) => letter.charCodeAt(0)), ignoresCase, anchor, owner }
    for (const pair of pairs(text, anchor, ignoresCase)) jump[pair] = Math.min(jump[pair] ?? 0, 1)
    for (const pair of pairs(text, anchor + 1, ignoresCase)) {
      jump[pair] = 0
      buckets.set(pair, [...(buckets.get(pair) ?? []), entry])
    }
  }
  const entriesOf: (readonly Entry[] | undefined)[] = Array.from({ length: 65_536 }, (_, pair) => buckets.get(pair))

  return (bytes, from, until, length, found) => {
    const end = Math.min(length, until + farthest + WINDOW) - 1
    let at = from + 1
    while (at < end) {
      const pair = ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
      const step = jump[pair] as number
      if (step !== 0) {
        at += step
        continue
      }
      for (const entry of entriesOf[pair] as readonly Entry[]) {
        const start = at - 1 - entry.anchor
        if (start >= from && start < until && start + entry.codes.length <= length && isAt(bytes, start, entry)) found(entry.owner, start)
      }
      at++
    }
  }
}

/** Small letters and punctuation are common in texts; capitals, digits and underscores side by side are not. */
function rarestPart(text: string): number {
  const cost = (letter: string): number => (/[a-z]/.test(letter) ? 3 : /[ "'/.:=-]/.test(letter) ? 2 : /[A-Z]/.test(letter) ? 1.5 : 1)
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (let at = 0; at + WINDOW <= text.length; at++) {
    const sum = [...text.slice(at, at + WINDOW)].reduce((all, letter, index) => all + cost(letter) * (index === 0 ? 0.5 : 1), 0)
    if (sum < least) [best, least] = [at, sum]
  }
  return best
}

function pairs(text: string, at: number, ignoresCase: boolean): readonly number[] {
  const codes = (letter: string) => [...new Set(ignoresCase ? [letter.toLowerCase(), letter.toUpperCase()] : [letter])].map((one) => one.charCodeAt(0))
  return codes(text[at] as string).flatMap((first) => codes(text[at + 1] as string).map((second) => (first << 8) | second))
}

function isAt(bytes: Uint8Array, start: number, { codes, ignoresCase }: Entry): boolean {
  for (let index = 0; index < codes.length; index++) {
    const byte = bytes[start + index] as number
    if (byte !== codes[index] && !(ignoresCase && byte >= 65 && byte <= 90 && byte + 32 === codes[index])) return false
  }
  return true
}
