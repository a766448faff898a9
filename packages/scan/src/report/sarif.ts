/** A report as SARIF 2.1.0 (OASIS), for code hosts and editors. */
import { type Finding, fingerprintOfFinding, type Place } from '../finding.ts'
import type { Note } from '../ledger.ts'
import { entropyRule, rules } from '../rules/index.ts'
import type { Report } from '../scan.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

export function sarifReport({ findings, notes }: Report, version: string): string {
  const ids = [...new Set(findings.map(({ rule }) => rule))].sort()
  return JSON.stringify({
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Latchwork scan', version, rules: ids.map(ruleOf) } },
        columnKind: 'unicodeCodePoints',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notes.map(notification) }],
        results: findings.map((finding) => result(finding, ids.indexOf(finding.rule))),
      },
    ],
  })
}

function ruleOf(id: string): Readonly<Record<string, unknown>> {
  const rule = [...rules, entropyRule].find((one) => one.id === id)
  const text = `${rule?.vendor} ${rule?.name}`
  return {
    id,
    shortDescription: { text },
    help: { text: `A ${text} was found. Revoke it where it was issued, then take it out; what was pushed or published stays known.` },
    properties: { tags: ['security', 'secret'], 'security-severity': '8.0' },
  }
}

function result(finding: Finding, ruleIndex: number): Readonly<Record<string, unknown>> {
  const { place } = finding
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: finding.level,
    message: { text: `${finding.vendor} ${finding.name} (${finding.redacted})${within(place)}.` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(place.trail[0] ?? '') }, ...regionOf(place) } }],
    partialFingerprints: { 'latchworkSecret/v1': fingerprintOfFinding(finding) },
  }
}

/** Lines are the outermost file's alone: within an archive they would point at nothing. */
function regionOf({ trail, line, column }: Place): Readonly<Record<string, unknown>> {
  if (trail.length > 1 || line === undefined) return {}
  return { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }
}

function within({ trail, line, commit, layer }: Place): string {
  const inner = trail.length > 1 ? [`in ${trail.slice(1).join('!')}${line === undefined ? '' : `, line ${line}`}`] : []
  const brought = commit === undefined ? [] : [`since commit ${commit.id.slice(0, 12)}`]
  const layers =
    layer === undefined
      ? []
      : [`layer ${layer.number} of ${layer.of}${layer.deletedIn === undefined ? '' : `, deleted in layer ${layer.deletedIn} and still there`}`]
  return [...inner, ...brought, ...layers].map((text) => ` ${text}`).join(',')
}

/** RFC 3986: a relative path keeps its slashes. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function notification({ place, text }: Note): Readonly<Record<string, unknown>> {
  return { level: 'warning', message: { text: `${place} ${text}.` } }
}
