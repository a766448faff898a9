/**
 * @latchwork/scan: has it leaked? Owns the search for keys in trees, git history, staged changes, archives, container images and streams: ours by format and checksum,
 * other vendors' by their formats. Leaves to others what is done with a find; stands apart and imports the kernel alone.
 */
export { type Baseline, readBaseline, writeBaseline } from './baseline.ts'
export { type Commit, type Finding, fingerprintOfFinding, type Layer, type Own, type Place } from './finding.ts'
export { GitFailure } from './git/git.ts'
export type { Counts, Note } from './ledger.ts'
export { limits } from './limits.ts'
export { jsonReport } from './report/json.ts'
export { sarifReport } from './report/sarif.ts'
export { findingText, type Paint, placeText, printable } from './report/text.ts'
export type { Rule } from './rule.ts'
export { entropyRule, ownRule, plainRules, rules, vendorRules } from './rules/index.ts'
export { type Report, type ScanOptions, scan, type Target } from './scan.ts'
