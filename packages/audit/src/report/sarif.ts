/** A report as SARIF 2.1.0 (OASIS), for code hosts and editors. */
import { type Finding, fingerprintOfFinding, type Note, type Report } from '../finding.ts'
import type { Risk, RuleText } from '../rule.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

const levels: Readonly<Record<Risk, { readonly level: string; readonly severity: string }>> = {
  high: { level: 'error', severity: '8.0' },
  medium: { level: 'warning', severity: '5.0' },
  low: { level: 'note', severity: '2.0' },
}

export function sarifReport({ findings, notes }: Report, version: string): string {
  const rules = [...new Map(findings.map(({ rule }) => [rule.id, rule])).values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Latchwork audit', version, rules: rules.map(ruleOf) } },
        columnKind: 'unicodeCodePoints',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notes.map(notification) }],
        results: findings.map((finding) =>
          result(
            finding,
            rules.findIndex(({ id }) => id === finding.rule.id),
          ),
        ),
      },
    ],
  })
}

function ruleOf({ id, what, why, source, mend, risk }: RuleText): Readonly<Record<string, unknown>> {
  return {
    id,
    shortDescription: { text: what },
    fullDescription: { text: `${why} (${source})` },
    help: { text: mend },
    properties: { tags: ['security'], 'security-severity': levels[risk].severity },
  }
}

/** What is no file stands as a logical location: an option, a client, a claim. */
function result(finding: Finding, ruleIndex: number): Readonly<Record<string, unknown>> {
  const { rule, risk, at, line, column, saw } = finding
  const region = line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }
  const physical = { physicalLocation: { artifactLocation: { uri: at.split('/').map(encodeURIComponent).join('/') }, ...region } }
  const logical = { logicalLocations: [{ fullyQualifiedName: at }] }
  return {
    ruleId: rule.id,
    ruleIndex,
    level: levels[risk].level,
    message: { text: `${rule.what}${saw === undefined ? '' : ` (${saw})`}. ${rule.mend}` },
    locations: [line === undefined ? logical : physical],
    partialFingerprints: { 'latchworkAudit/v1': fingerprintOfFinding(finding) },
  }
}

function notification({ at, text }: Note): Readonly<Record<string, unknown>> {
  return { level: 'warning', message: { text: `${at} ${text}.` } }
}
