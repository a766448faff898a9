/**
 * Looks at one text after the other, each of any length, through one window of fixed size. What is kept between two fillings is enough to see a find whole, and the line
 * it stands on.
 */
import { AHEAD, BEHIND, type Detect, type Match } from './detect.ts'
import { type Finding, findingOf, type Place } from './finding.ts'
import { joinTrail, type Ledger, note } from './ledger.ts'
import { limits } from './limits.ts'

const WINDOW_BYTES = 512 * 1024
const SNIFFED_BYTES = 8192
const LINE_FEED = 10
/** On the line of a find, in whatever comment the language has. */
const ALLOWED = 'latchwork:allow'
const SHORTEST_WIDE_TEXT = 16

export type Seen = Pick<Place, 'trail' | 'blob'>

export interface TextScan {
  /** Forgets the text before. */
  readonly begin: (seen: Seen) => void
  /** Where the next bytes may be put; `filled` says how many were. */
  readonly room: () => Buffer
  readonly filled: (count: number) => void
  readonly feed: (chunk: Buffer) => void
  readonly end: () => void
  /** A text that is in memory, whole. */
  readonly whole: (bytes: Buffer, seen: Seen) => void
}

export function createTextScan(detect: Detect, ledger: Ledger, keep: (finding: Finding) => void): TextScan {
  const window = Buffer.allocUnsafeSlow(WINDOW_BYTES)
  let seen: Seen = { trail: [] }
  let [length, done, baseLine, baseOffset, found] = [0, 0, 1, 0, 0]
  let counted = { at: 0, line: 1 }
  let form: 'unknown' | 'text' | 'binary' | 'utf16le' | 'utf16be' = 'unknown'

  const tell = (bytes: Buffer, isBinary: boolean, wide: number) => (match: Match) => {
    if (++found > limits.findingsPerFile) {
      if (found === limits.findingsPerFile + 1) note(ledger, joinTrail(seen.trail), `more than ${limits.findingsPerFile} finds; the rest were left`)
      return
    }
    if (isAllowed(bytes, match.at, length)) {
      ledger.counts.allowed++
      return
    }
    const lineStart = bytes.lastIndexOf(LINE_FEED, match.at) + 1
    const line = isBinary ? undefined : lineOf(bytes, match.at)
    const where = line === undefined ? { offset: baseOffset + wide + match.at } : { line, column: match.at - lineStart + 1 }
    keep(findingOf(match, { trail: seen.trail, ...(seen.blob === undefined ? {} : { blob: seen.blob }), ...where }))
  }

  /** Finds come in order, so that each line is counted once. */
  const lineOf = (bytes: Buffer, at: number): number => {
    const from = counted.at > at ? { at: 0, line: baseLine } : counted
    counted = { at, line: from.line + countLines(bytes, from.at, at) }
    return counted.line
  }

  const look = (bytes: Buffer, until: number) => {
    const isBinary = form === 'binary'
    detect(bytes, done, until, length, isBinary, tell(bytes, isBinary, 0))
    if (isBinary) lookAtWide(bytes, until)
  }

  /** Texts of two bytes a letter within a binary file, as in Windows programs and compiled resources. */
  const lookAtWide = (bytes: Buffer, until: number) => {
    for (const { start, text } of wideTexts(bytes, done, until, length)) {
      const outer = length
      length = text.length
      const begin = Math.min(text.length, Math.ceil((until - start) / 2)) // what begins later is seen by the next filling
      detect(text, 0, begin, text.length, true, tell(text, true, start))
      length = outer
    }
  }

  const sniff = () => {
    if (length === 0) return
    if (length >= 2 && window[0] === 0xff && window[1] === 0xfe) form = 'utf16le'
    else if (length >= 2 && window[0] === 0xfe && window[1] === 0xff) form = 'utf16be'
    else form = window.subarray(0, Math.min(length, SNIFFED_BYTES)).includes(0) ? 'binary' : 'text'
  }

  let odd = 0
  /** Two bytes a letter become one; what is beyond ASCII becomes a question mark. */
  const narrow = (from: number) => {
    const high = form === 'utf16le' ? 1 : 0
    let to = from
    for (let at = from; at < length; at++, odd ^= 1) {
      if (odd === high) {
        if (window[at] !== 0 && to > 0 && high === 1) window[to - 1] = 63
      } else window[to++] = window[at] as number
    }
    length = to
  }

  const advance = (isLast: boolean) => {
    const until = isLast ? length : Math.max(done, length - AHEAD)
    look(window, until)
    done = until
    if (isLast) return
    const from = Math.max(0, done - BEHIND)
    if (from === 0) return
    if (form !== 'binary') baseLine += countLines(window, 0, from)
    counted = { at: 0, line: baseLine }
    baseOffset += from
    window.copyWithin(0, from, length)
    length -= from
    done -= from
  }

  const filled = (count: number) => {
    const from = length
    length += count
    ledger.counts.bytes += count
    if (form === 'unknown') sniff()
    if (form === 'utf16le' || form === 'utf16be') narrow(from)
    if (length === WINDOW_BYTES) advance(false)
  }

  const begin = (next: Seen) => {
    seen = next
    ;[length, done, baseLine, baseOffset, found, odd] = [0, 0, 1, 0, 0, 0]
    counted = { at: 0, line: 1 }
    form = 'unknown'
  }

  return {
    begin,
    room: () => window.subarray(length),
    filled,
    feed(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const count = Math.min(chunk.length - at, WINDOW_BYTES - length)
        chunk.copy(window, length, at, at + count)
        filled(count)
        at += count
      }
    },
    end: () => advance(true),
    whole(bytes, next) {
      begin(next)
      const isWide = bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
      if (isWide) {
        this.feed(bytes)
        advance(true)
        return
      }
      length = bytes.length
      ledger.counts.bytes += length
      form = bytes.subarray(0, SNIFFED_BYTES).includes(0) ? 'binary' : 'text'
      look(bytes, length)
    },
  }
}

function countLines(bytes: Buffer, from: number, until: number): number {
  let lines = 0
  for (let at = bytes.indexOf(LINE_FEED, from); at !== -1 && at < until; at = bytes.indexOf(LINE_FEED, at + 1)) lines++
  return lines
}

function isAllowed(bytes: Buffer, at: number, length: number): boolean {
  const start = Math.max(bytes.lastIndexOf(LINE_FEED, at) + 1, at - BEHIND)
  const next = bytes.indexOf(LINE_FEED, at)
  const end = Math.min(next === -1 ? length : next, length, at + AHEAD)
  return bytes.toString('latin1', start, end).includes(ALLOWED)
}

/** Runs of printable letters, each with a zero behind it. Such a run is longer than a step, so that it is enough to look at one place of each. */
function* wideTexts(bytes: Buffer, from: number, until: number, length: number): Generator<{ readonly start: number; readonly text: Buffer }> {
  for (let probe = from; probe < until; probe += SHORTEST_WIDE_TEXT) {
    const inside = isWideLetter(bytes, probe) ? probe : isWideLetter(bytes, probe + 1) ? probe + 1 : -1
    if (inside === -1) continue
    let [start, end] = [inside, inside + 2]
    while (start - 2 >= from && isWideLetter(bytes, start - 2)) start -= 2
    while (end + 1 < length && isWideLetter(bytes, end)) end += 2
    probe = end - SHORTEST_WIDE_TEXT
    const letters = (end - start) / 2
    if (letters < SHORTEST_WIDE_TEXT) continue
    const text = Buffer.allocUnsafe(letters)
    for (let index = 0; index < letters; index++) text[index] = bytes[start + 2 * index] as number
    yield { start, text }
  }
}

function isWideLetter(bytes: Buffer, at: number): boolean {
  const letter = bytes[at] as number
  return letter >= 32 && letter <= 126 && bytes[at + 1] === 0
}
