/** What is given to hostile input before it is left: every bound of this package. */

export const limits = {
  /** Archives within archives. */
  depth: 8,
  /** What one file may unfold to: this, and so many times its own size. Images compress by three, bombs by a thousand. */
  unfoldedBytes: 1024 ** 3,
  unfoldedRatio: 100,
  /** Members of all archives within one file. */
  members: 2_000_000,
  /** An archive that is read from its end is kept in memory up to this size, above it in a file that has no name. */
  spoolBytes: 16 * 1024 ** 2,
  /** A name in an archive, a header of one. */
  nameBytes: 4096,
  headerBytes: 1024 ** 2,
  findingsPerFile: 1000,
  findings: 50_000,
  notes: 1000,
  whiteouts: 100_000,
  documents: 500,
  documentBytes: 1024 ** 2,
} as const

/** How much one file may still unfold to; shared by everything within it. */
export interface Budget {
  bytes: number
  members: number
}

export function budgetFor(size: number): Budget {
  return { bytes: limits.unfoldedBytes + limits.unfoldedRatio * size, members: limits.members }
}

/** A bound was reached, or an archive is broken: what is behind is not looked at, and the report says so. */
export class Unreadable extends Error {}

/** The whole file has had its share: nothing further within it is looked at. */
export class Exhausted extends Unreadable {}

export function spend(budget: Budget, bytes: number): void {
  budget.bytes -= bytes
  if (budget.bytes < 0) throw new Exhausted('unfolds to more than its size allows; the rest was left')
}

export function spendMember(budget: Budget): void {
  if (--budget.members < 0) throw new Exhausted('holds too many members; the rest was left')
}
