/** A baseline: findings that are known, so that only new ones count. Two alike in one file are counted, so that a third is new. */
import { type Finding, fingerprintOfFinding, type Report } from './finding.ts'

const VERSION = 1

export type Baseline = ReadonlyMap<string, number>

export function writeBaseline(findings: readonly Finding[]): string {
  const groups = Map.groupBy(findings, fingerprintOfFinding)
  const rows = [...groups].map(([fingerprint, alike]) => ({ fingerprint, rule: alike[0]?.rule.id ?? '', at: alike[0]?.at ?? '', count: alike.length }))
  const known = rows.toSorted((a, b) => (a.at + a.fingerprint < b.at + b.fingerprint ? -1 : 1))
  return `${JSON.stringify({ version: VERSION, known }, null, 2)}\n`
}

/** `undefined` if it is none: a baseline that cannot be read must not count as an empty one. */
export function readBaseline(text: string): Baseline | undefined {
  try {
    const { version, known } = JSON.parse(text) as { readonly version?: unknown; readonly known?: unknown }
    if (version !== VERSION || !Array.isArray(known)) return undefined
    const rows = known as readonly ({ readonly fingerprint?: unknown; readonly count?: unknown } | null)[]
    const pairs = rows.map((row) => [row?.fingerprint, row?.count ?? 1] as const)
    return pairs.every((pair): pair is readonly [string, number] => typeof pair[0] === 'string' && Number.isSafeInteger(pair[1])) ? new Map(pairs) : undefined
  } catch {
    return undefined
  }
}

/** The report without what the baseline knows. */
export function withoutKnown(report: Report, baseline: Baseline): Report {
  const left = new Map(baseline)
  const findings = report.findings.filter((finding) => {
    const mark = fingerprintOfFinding(finding)
    const count = left.get(mark) ?? 0
    if (count > 0) left.set(mark, count - 1)
    return count === 0
  })
  const known = report.findings.length - findings.length
  return { ...report, findings, counts: { ...report.counts, known: report.counts.known + known } }
}
