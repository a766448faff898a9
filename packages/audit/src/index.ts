/**
 * Is it done right? Rules as rows over an installation of Latchwork, a foreign authorization server, a token, and source trees in JavaScript, TypeScript and Python. Owns the
 * rules, the reading of code, and how what was found is told. Leaves secrets in files to `scan`, and changes nothing it looks at.
 */
export { type Baseline, readBaseline, withoutKnown, writeBaseline } from './baseline.ts'
export { auditFile } from './code/audit-file.ts'
export { auditTree, type TreeOptions } from './code/audit-tree.ts'
export { codeRules } from './code/rules/index.ts'
export { checkFacts, type Finding, joinReports, type Note, type Report } from './finding.ts'
export type { ClientFacts, ConfigFacts, InstallationFacts, KeyFacts, SigningKeyFacts } from './installation/facts.ts'
export { installationRules } from './installation/index.ts'
export { jsonReport } from './report/json.ts'
export { sarifReport } from './report/sarif.ts'
export { findingTexts, type Paint, placeText, printable } from './report/text.ts'
export { isAtLeast, type Risk, type RuleText, risks, subjects } from './rule.ts'
export { allRules } from './rules.ts'
export { auditServer } from './server/audit-server.ts'
export type { ServerFacts } from './server/facts.ts'
export { UnreadableServer } from './server/read-server.ts'
export { serverRules } from './server/rules.ts'
export { auditToken } from './token/audit-token.ts'
export type { TokenFacts } from './token/facts.ts'
export { tokenRules } from './token/rules.ts'
export type { Jwk } from './weak-key.ts'
