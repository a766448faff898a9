/** What is told of a mistake. */
import { createHash } from 'node:crypto'
import type { FactRule, Risk, RuleText, Sighting } from './rule.ts'

export interface Finding {
  readonly rule: RuleText
  readonly risk: Risk
  /** Of code: the file. Else what it was seen at: an option, a client, a member of the metadata, a claim. */
  readonly at: string
  /** Of code, both counted from one. */
  readonly line?: number
  readonly column?: number
  /** What was seen: a line of code without its secrets, or a value that is none. */
  readonly saw?: string
}

/** What could not be looked at, or not to its end. */
export interface Note {
  readonly at: string
  readonly text: string
}

export interface Report {
  readonly findings: readonly Finding[]
  readonly notes: readonly Note[]
  readonly counts: Counts
}

export interface Counts {
  /** Rules that were tried. */
  readonly rules: number
  readonly files: number
  readonly lines: number
  /** Left out by a comment with a reason. */
  readonly allowed: number
  /** Left out by the baseline. */
  readonly known: number
}

export function reportOf(parts: Partial<Omit<Report, 'counts'>> & { readonly counts?: Partial<Counts> }): Report {
  const counts = { rules: 0, files: 0, lines: 0, allowed: 0, known: 0, ...parts.counts }
  return { findings: parts.findings ?? [], notes: parts.notes ?? [], counts }
}

export function joinReports(reports: readonly Report[]): Report {
  const sum = (count: keyof Counts) => reports.reduce((total, report) => total + report.counts[count], 0)
  return {
    findings: reports.flatMap(({ findings }) => findings),
    notes: reports.flatMap(({ notes }) => notes),
    counts: { rules: sum('rules'), files: sum('files'), lines: sum('lines'), allowed: sum('allowed'), known: sum('known') },
  }
}

/** Tries every rule on the facts. */
export function checkFacts<Facts>(rules: readonly FactRule<Facts>[], facts: Facts): Report {
  const findings = rules.flatMap((rule) => sightingsOf(rule.check(facts)).map((sighting) => ({ rule: textOf(rule), risk: rule.risk, ...sighting })))
  return reportOf({ findings, counts: { rules: rules.length } })
}

function sightingsOf(seen: readonly Sighting[] | Sighting | false | undefined): readonly Sighting[] {
  if (seen === undefined || seen === false) return []
  return Array.isArray(seen) ? seen : [seen as Sighting]
}

export function textOf({ id, what, why, source, risk, mend }: RuleText): RuleText {
  return { id, what, why, source, risk, mend }
}

/** What a baseline knows a finding by: the same for the same words at the same place, whichever line they move to. */
export function fingerprintOfFinding({ rule, at, saw }: Finding): string {
  return createHash('sha256')
    .update([rule.id, at, saw?.replaceAll(/\s+/g, ' ') ?? ''].join('\0'))
    .digest('base64url')
    .slice(0, 22)
}
