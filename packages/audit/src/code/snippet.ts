/** Lines of code as they may be shown: without what might be a secret. */
import { redactCredentials } from '@latchwork/kernel'

const LONGEST = 140

export function lineStartsOf(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Line and column, both counted from one; columns in characters, as editors count. */
export function placeOf(offset: number, starts: readonly number[], text: string): { readonly line: number; readonly column: number } {
  const line = lineOf(offset, starts)
  return { line: line + 1, column: [...text.slice(starts[line] ?? 0, offset)].length + 1 }
}

function lineOf(offset: number, starts: readonly number[]): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** The line at an offset. @param hidesTexts its texts are secrets for certain: none is shown. */
export function snippetOf(text: string, starts: readonly number[], offset: number, hidesTexts: boolean): string {
  const line = lineOf(offset, starts)
  const begin = starts[line] ?? 0
  const column = offset - begin
  const whole = text.slice(begin, (starts[line + 1] ?? text.length + 1) - 1).replace(/\r$/, '')
  const from = column > LONGEST ? column - 20 : 0
  const cut = whole.slice(from, from + 4 * LONGEST)
  const shown = redactCredentials(redactTexts(cut, hidesTexts)).trim()
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown
}

const QUOTED = /(["'`])((?:\\.|(?!\1)[^\\])*)(\1|$)/g
/** Long, without spaces, with letters and digits: not a word. */
const LOOKS_RANDOM = /^(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9+/=_.-]{16,}$/

function redactTexts(line: string, hidesTexts: boolean): string {
  return line.replaceAll(QUOTED, (whole, quote: string, inner: string, end: string) =>
    hidesTexts || LOOKS_RANDOM.test(inner) ? `${quote}${inner === '' ? '' : '…'}${end}` : whole,
  )
}
