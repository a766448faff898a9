/** A report for people: by rule, the worst first, each with why it matters and what to do. */
import type { Finding } from '../finding.ts'
import { type Risk, risks } from '../rule.ts'

export type Paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string

const styles: Readonly<Record<Risk, 'red' | 'yellow' | 'dim'>> = { high: 'red', medium: 'yellow', low: 'dim' }
/** So many places of one rule are told; the rest is counted. */
const PLACES_SHOWN = 20

/** One text for each rule that found something. */
export function findingTexts(findings: readonly Finding[], paint: Paint): readonly string[] {
  const groups = [...Map.groupBy(findings, ({ rule }) => rule.id).values()]
  return groups.toSorted(([a], [b]) => weight(b) - weight(a)).map((group) => groupText(group, paint))
}

const weight = (finding: Finding | undefined): number => (finding === undefined ? 0 : risks.indexOf(finding.risk))

function groupText(group: readonly Finding[], paint: Paint): string {
  const [{ rule, risk } = { rule: undefined, risk: undefined }] = group
  if (rule === undefined) return ''
  const places = group.slice(0, PLACES_SHOWN).map((finding) => `  ${paint('bold', printable(placeText(finding)))}${seenText(finding)}`)
  const more = group.length > PLACES_SHOWN ? [`  and ${group.length - PLACES_SHOWN} more; --format json has them all`] : []
  return [
    `${paint(styles[risk], risk.toUpperCase())} ${rule.what} ${paint('dim', `(${rule.id})`)}`,
    ...places,
    ...more,
    `  Why: ${rule.why} ${paint('dim', `[${rule.source}]`)}`,
    `  Mend: ${rule.mend}`,
  ].join('\n')
}

export function placeText({ at, line, column }: Finding): string {
  return line === undefined ? at : `${at}:${line}:${column ?? 1}`
}

function seenText({ saw }: Finding): string {
  return saw === undefined || saw === '' ? '' : `  ${printable(saw)}`
}

/** Names and lines come from strangers: what would steer a terminal is written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
