/** A report as JSON: what programs read. */
import { type Finding, fingerprintOfFinding, type Report } from '../finding.ts'

/** Version of this form; grows when a member changes its meaning. */
const VERSION = 1

export function jsonReport({ findings, notes, counts }: Report): string {
  return JSON.stringify({ version: VERSION, findings: findings.map(findingJson), notes, counts })
}

function findingJson(finding: Finding): Readonly<Record<string, unknown>> {
  const { rule, risk, ...where } = finding
  return { rule: rule.id, risk, what: rule.what, why: rule.why, source: rule.source, mend: rule.mend, ...where, fingerprint: fingerprintOfFinding(finding) }
}
