/**
 * Finds any of many short words in bytes, several times faster than one regular expression of them all. Of every word three letters are its anchor; whatever way a text
 * is cut into pairs, one of the anchor's two pairs is among them. So every second place is looked at, one table says whether the pair there is one of these, and no step
 * waits for the one before.
 */
import { endianness } from 'node:os'

const ANCHOR = 3

export interface Keyword {
  /** ASCII, at least three letters; small ones if case does not count. */
  readonly text: string
  readonly ignoresCase: boolean
  /** Whom to call when it is found. */
  readonly owner: number
}

interface Entry {
  readonly codes: readonly number[]
  readonly ignoresCase: boolean
  /** Where in the word the pair lies. */
  readonly offset: number
  readonly owner: number
}

/** Calls `found` with the owner and the place of each keyword that begins in `from` (included) to `until` (not) and ends before `length`, nearly in order. */
export type KeywordSearch = (bytes: Buffer, from: number, until: number, length: number, found: (owner: number, at: number) => void) => void

export function createKeywordSearch(keywords: readonly Keyword[]): KeywordSearch {
  const { entriesOf, farthest } = tabulate(keywords)
  const isAnchor = Uint8Array.from(entriesOf, (entries) => (entries === undefined ? 0 : 1))

  return (bytes, from, until, length, found) => {
    if (length < ANCHOR) return
    const odd = bytes.byteOffset & 1
    const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset + odd, (bytes.length - odd) >> 1)
    const look = (index: number) => {
      const at = 2 * index + odd
      const entries = entriesOf[pairs[index] as number] ?? []
      for (let one = 0; one < entries.length; one++) {
        const { codes, ignoresCase, offset, owner } = entries[one] as Entry
        const start = at - offset
        if (start >= from && start < until && start + codes.length <= length && isAt(bytes, start, codes, ignoresCase)) found(owner, start)
      }
    }
    const end = Math.min(pairs.length, (Math.min(length, until + farthest + ANCHOR) + 1) >> 1)
    let index = Math.max(0, (from - odd) >> 1)
    for (; index + 3 < end; index += 4) {
      const first = (isAnchor[pairs[index] as number] as number) | (isAnchor[pairs[index + 1] as number] as number)
      const second = (isAnchor[pairs[index + 2] as number] as number) | (isAnchor[pairs[index + 3] as number] as number)
      if ((first | second) === 0) continue
      for (let place = index; place < index + 4; place++) if (isAnchor[pairs[place] as number] !== 0) look(place)
    }
    for (; index < end; index++) look(index)
  }
}

/** The entries of each pair of bytes, as the machine reads it. */
function tabulate(keywords: readonly Keyword[]): {
  readonly entriesOf: readonly (readonly Entry[] | undefined)[]
  readonly farthest: number
} {
  const entriesOf: (Entry[] | undefined)[] = Array.from({ length: 65_536 }, () => undefined)
  let farthest = 0
  for (const { text, ignoresCase, owner } of keywords) {
    if (text.length < ANCHOR) throw new RangeError(`the keyword ${JSON.stringify(text)} is shorter than ${ANCHOR} characters`)
    const anchor = rarestPart(text)
    farthest = Math.max(farthest, anchor)
    const codes = [...text].map((letter) => letter.charCodeAt(0))
    for (const offset of [anchor, anchor + 1]) {
      for (const pair of pairsAt(text, offset, ignoresCase)) entriesOf[pair] = [...(entriesOf[pair] ?? []), { codes, ignoresCase, offset, owner }]
    }
  }
  return { entriesOf, farthest }
}

/** Pairs of letters in programs and prose, the most common first: measured on packages of npm, the standard library of Python and manuals. */
const COMMON_PAIRS =
  "  eronrein, see stteor tthendeatestilet  ietiss n  'nt s =armealio:  arohe= coel c rctnsaspeanitndtrneedratangriec *--exf ', \"od furtod r liifams. ortncpass ece ( {getuilhiue* ) ea" +
  ' dve prnch nnalallomporsma }effiune.aculcasilonopr()utt.oulfopadfoem be(dirrpttyypot);va# mpim mic==ol),e,tshalupl #y  lid w",e)ket():oc> o ""f.agusxtcl._aie:soqu 0ckNols.sltr(igb' +
  'efa vabsuephog apt_a ReCoumosbl `00spttry'

const rankOfPair = new Map(Array.from({ length: COMMON_PAIRS.length / 2 }, (_, rank) => [COMMON_PAIRS.slice(2 * rank, 2 * rank + 2), rank]))

const frequencyOf = (pair: string): number => 1 / ((rankOfPair.get(pair) ?? 600) + 10)

function rarestPart(text: string): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (let at = 0; at + ANCHOR <= text.length; at++) {
    const cost = frequencyOf(text.slice(at, at + 2)) + frequencyOf(text.slice(at + 1, at + ANCHOR))
    if (cost < least) [best, least] = [at, cost]
  }
  return best
}

const isLittleEndian = endianness() === 'LE'

function pairsAt(text: string, at: number, ignoresCase: boolean): readonly number[] {
  const codes = (letter: string) => [...new Set(ignoresCase ? [letter.toLowerCase(), letter.toUpperCase()] : [letter])].map((one) => one.charCodeAt(0))
  return codes(text[at] as string).flatMap((first) =>
    codes(text[at + 1] as string).map((second) => (isLittleEndian ? (second << 8) | first : (first << 8) | second)),
  )
}

function isAt(bytes: Uint8Array, start: number, codes: readonly number[], ignoresCase: boolean): boolean {
  for (let index = 0; index < codes.length; index++) {
    const byte = bytes[start + index] as number
    if (byte !== codes[index] && !(ignoresCase && byte >= 65 && byte <= 90 && byte + 32 === codes[index])) return false
  }
  return true
}
