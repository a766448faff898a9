/** What a scan writes down as it goes, bounded. */
import type { Finding } from './finding.ts'
import { limits } from './limits.ts'

/** Something that was not looked at, or not to its end. */
export interface Note {
  readonly place: string
  readonly text: string
}

export interface Counts {
  files: number
  bytes: number
  /** Finds that a comment on their line allows. */
  allowed: number
  /** Finds that the baseline knows. */
  known: number
}

export interface Ledger {
  readonly findings: Finding[]
  readonly notes: Note[]
  readonly counts: Counts
  /** Of container images: small documents, and what layers take away, by the joined trail. */
  readonly documents: Map<string, Buffer>
  readonly whiteouts: Map<string, string[]>
  whiteoutCount: number
}

export function openLedger(): Ledger {
  return { findings: [], notes: [], counts: { files: 0, bytes: 0, allowed: 0, known: 0 }, documents: new Map(), whiteouts: new Map(), whiteoutCount: 0 }
}

export function note(ledger: Ledger, place: string, text: string): void {
  if (ledger.notes.length < limits.notes) ledger.notes.push({ place, text })
}

/** What stands between the names of a trail. */
export const WITHIN = '!'

export function joinTrail(trail: readonly string[]): string {
  return trail.join(WITHIN)
}
