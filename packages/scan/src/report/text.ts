/** A report for people. */
import type { Finding, Place } from '../finding.ts'
import { joinTrail } from '../ledger.ts'

export type Paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string

/** One find as two lines: where, and what. */
export function findingText({ vendor, name, level, redacted, place }: Finding, paint: Paint): string {
  return `${paint('bold', placeText(place))}\n  ${paint(level === 'error' ? 'red' : 'yellow', `${vendor} ${name}`)}  ${redacted}${paint('dim', whenceText(place))}`
}

export function placeText({ trail, line, column, offset }: Place): string {
  const where = line === undefined ? `@${offset ?? 0}` : `${line}:${column ?? 1}`
  return `${printable(joinTrail(trail))}:${where}`
}

function whenceText({ commit, layer }: Place): string {
  const brought = commit === undefined ? '' : `  commit ${commit.id.slice(0, 12)}, ${commit.date.slice(0, 10)}, ${printable(commit.author)}`
  if (layer === undefined) return brought
  const deleted = layer.deletedIn === undefined ? '' : `; deleted in layer ${layer.deletedIn}, but whoever has the image has it`
  return `${brought}  layer ${layer.number} of ${layer.of}${deleted}`
}

/** Names come from strangers: what would steer a terminal is written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
