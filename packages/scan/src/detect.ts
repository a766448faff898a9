/** From bytes to finds: keywords first, patterns only around them. */
import { createKeywordSearch } from './keyword-search.ts'
import { isPlausible } from './plausible.ts'
import type { Rule } from './rule.ts'

/** A find begins at most this far before its keyword, and a line is looked at no further back. */
export const BEHIND = 512
/** No find is longer, counted from its keyword. */
export const AHEAD = 2048

export interface Match {
  readonly rule: Rule
  readonly secret: string
  /** Of the secret, in the bytes given. */
  readonly at: number
}

/**
 * Finds whose keyword begins in `from` (included) to `until` (not). What stands before `from` and, up to `length`, behind `until` is looked at too: give `BEHIND` and
 * `AHEAD` bytes of it where there are.
 */
export type Detect = (bytes: Buffer, from: number, until: number, length: number, isBinary: boolean, found: (match: Match) => void) => void

/** What a find may not be glued to: part of a longer word. `%20` and `\n` before it are no letters of it. */
const BEFORE = '(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\[nrt]))'
const AFTER = '(?![A-Za-z0-9_])'

export function createDetect(rules: readonly Rule[]): Detect {
  const search = createKeywordSearch(
    rules.flatMap(({ keywords, ignoresCase }, owner) =>
      keywords.map((text) => ({ text: ignoresCase ? text.toLowerCase() : text, ignoresCase: ignoresCase === true, owner })),
    ),
  )
  const patterns = rules.map((rule) => ({ text: compile(rule, false), binary: compile(rule, true) }))

  return (bytes, from, until, length, isBinary, found) => {
    let best: Map<number, { readonly owner: number; readonly match: Match }> | undefined
    search(bytes, from, until, length, (owner, at) => {
      const rule = rules[owner] as Rule
      if (isBinary && rule.isTextOnly) return
      const match = matchAround(bytes, at, length, rule, patterns[owner]?.[isBinary ? 'binary' : 'text'] as RegExp)
      if (match === undefined || (best?.get(match.at)?.owner ?? owner + 1) <= owner) return
      if (!isPlausible(match.secret, rule.minEntropy ?? 3) || rule.isGenuine?.(match.secret) === false) return
      best ??= new Map()
      best.set(match.at, { owner, match })
    })
    if (best !== undefined) for (const { match } of [...best.values()].toSorted((a, b) => a.match.at - b.match.at)) found(match)
  }
}

/** In binary files a length stands before a text, which may look like a letter. */
function compile({ pattern, ignoresCase, standsAnywhere, isTextOnly }: Rule, isBinary: boolean): RegExp {
  const before = standsAnywhere || isTextOnly || isBinary ? '' : BEFORE
  return new RegExp(`${before}${pattern}${standsAnywhere ? '' : AFTER}`, ignoresCase ? 'diy' : 'dy')
}

function matchAround(bytes: Buffer, at: number, length: number, rule: Rule, pattern: RegExp): Match | undefined {
  const lead = rule.lead ?? 0
  const start = Math.max(0, at - lead - 8) // so that what may not stand before it is seen
  const text = bytes.toString('latin1', start, Math.min(length, at + AHEAD))
  for (let begin = Math.max(0, at - lead - start); begin <= at - start; begin++) {
    pattern.lastIndex = begin
    const found = pattern.exec(text)
    if (found === null || pattern.lastIndex <= at - start) continue
    const [from] = found.indices?.[1] ?? found.indices?.[0] ?? [begin]
    return { rule, secret: found[1] ?? found[0], at: start + from }
  }
  return undefined
}
