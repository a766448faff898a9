/**
 * A baseline: finds that are known, so that only new ones count. Holds fingerprints and places, no secret. A row without a fingerprint, written by hand, knows every find of
 * its rule in its file: for vectors and other files that are made of examples.
 */
import { type Finding, fingerprintOfFinding } from './finding.ts'
import { joinTrail } from './ledger.ts'

const VERSION = 1

export function writeBaseline(findings: readonly Finding[]): string {
  const known = new Map(findings.map((finding) => [fingerprintOfFinding(finding), { rule: finding.rule, path: joinTrail(finding.place.trail) }]))
  const rows = [...known]
    .map(([fingerprint, about]) => ({ fingerprint, ...about }))
    .toSorted((a, b) => (a.path + a.fingerprint < b.path + b.fingerprint ? -1 : 1))
  return `${JSON.stringify({ version: VERSION, known: rows }, null, 2)}\n`
}

export type Baseline = ReadonlySet<string>

/** `undefined` if it is none: a baseline that cannot be read must not count as an empty one. */
export function readBaseline(text: string): Baseline | undefined {
  try {
    const { version, known } = JSON.parse(text) as { readonly version?: unknown; readonly known?: unknown }
    if (version !== VERSION || !Array.isArray(known)) return undefined
    const marks = known.map(markOf)
    return marks.every((mark) => mark !== undefined) ? new Set(marks) : undefined
  } catch {
    return undefined
  }
}

function markOf(row: { readonly fingerprint?: unknown; readonly rule?: unknown; readonly path?: unknown } | undefined): string | undefined {
  const { fingerprint, rule, path } = row ?? {}
  if (fingerprint !== undefined) return typeof fingerprint === 'string' ? fingerprint : undefined
  return typeof rule === 'string' && typeof path === 'string' ? `${rule}\0${path}` : undefined
}

export function isKnown(baseline: Baseline, finding: Finding): boolean {
  return baseline.has(fingerprintOfFinding(finding)) || baseline.has(`${finding.rule}\0${joinTrail(finding.place.trail)}`)
}
