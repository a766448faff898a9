/** A report as JSON: what programs read. */
import { type Finding, fingerprintOfFinding } from '../finding.ts'
import { joinTrail } from '../ledger.ts'
import type { Report } from '../scan.ts'

/** Version of this form; grows when a member changes its meaning. */
const VERSION = 1

export function jsonReport({ findings, notes, counts }: Report): string {
  return JSON.stringify({ version: VERSION, findings: findings.map(findingJson), notes, counts })
}

function findingJson(finding: Finding): Readonly<Record<string, unknown>> {
  const { rule, vendor, name, level, redacted, place, own } = finding
  const { trail, ...where } = place
  const ours = own === undefined ? {} : { kind: own.kind, environment: own.environment, brand: own.brand }
  return { rule, vendor, name, level, redacted, path: joinTrail(trail), ...where, ...ours, fingerprint: fingerprintOfFinding(finding) }
}
