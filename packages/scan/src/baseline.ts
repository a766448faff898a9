/** A baseline: finds that are known, so that only new ones count. Holds fingerprints and places, no secret. */
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

/** `undefined` if it is none: a baseline that cannot be read must not count as an empty one. */
export function readBaseline(text: string): ReadonlySet<string> | undefined {
  try {
    const { version, known } = JSON.parse(text) as { readonly version?: unknown; readonly known?: unknown }
    if (version !== VERSION || !Array.isArray(known)) return undefined
    const fingerprints = (known as readonly { readonly fingerprint?: unknown }[]).map((row) => row?.fingerprint)
    return fingerprints.every((one) => typeof one === 'string') ? new Set(fingerprints as string[]) : undefined
  } catch {
    return undefined
  }
}
