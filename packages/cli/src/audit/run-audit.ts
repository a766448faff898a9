/** What `latchwork audit` runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  allRules,
  auditServer,
  auditToken,
  auditTree,
  type Finding,
  findingTexts,
  isAtLeast,
  type Jwk,
  joinReports,
  jsonReport,
  printable,
  type Report,
  type Risk,
  readBaseline,
  risks,
  sarifReport,
  UnreadableServer,
  withoutKnown,
  writeBaseline,
} from '@latchwork/audit'
import { ConfigurationError } from '@latchwork/server/config'
import packageJson from '../../package.json' with { type: 'json' }
import type { Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { readSecretFile } from '../secret-file.ts'
import { auditInstallation } from './audit-installation.ts'

/** What ends an audit without an answer: 1 would mean that something was found. */
class AuditFailure extends Failure {
  override readonly exitCode = 2
}

const FORMATS = ['text', 'json', 'sarif'] as const
const NOTES_SHOWN = 20
const PROGRESS_MS = 100
const MAX_KEY_SET_BYTES = 1024 * 1024

/** @throws WrongUsage, Failure: no answer could be given. */
export async function runAudit(invocation: Invocation): Promise<number> {
  if (invocation.isOn('rules')) return printRules(invocation)
  const format = oneOf(FORMATS, invocation.text('format') ?? (invocation.wantsJson ? 'json' : 'text'), 'format')
  const failOn = oneOf(risks, invocation.text('fail-on') ?? 'medium', 'fail-on')
  try {
    const report = known(invocation, await lookAt(invocation))
    const written = invocation.text('write-baseline')
    if (written !== undefined) return keepAsKnown(invocation, report, written)
    print(invocation, report, format)
    return report.findings.some(({ risk }) => isAtLeast(risk, failOn)) ? 1 : 0
  } catch (error) {
    throw auditFailureOf(error)
  } finally {
    invocation.terminal.progress?.('')
  }
}

function oneOf<T extends string>(all: readonly T[], given: string, flag: string): T {
  const found = all.find((one) => one === given)
  if (found === undefined) throw new WrongUsage(`--${flag} ${JSON.stringify(given)} is not known.`, `Known here: ${all.join(', ')}.`)
  return found
}

async function lookAt(invocation: Invocation): Promise<Report> {
  const { operands, isOn, text } = invocation
  for (const flag of ['token-file', 'jwks']) if (text(flag) !== undefined && !isOn('jwt')) throw new WrongUsage(`--${flag} goes with --jwt.`, 'Add --jwt.')
  if (isOn('jwt')) {
    if (operands.length > 0) throw new WrongUsage('A token is not taken as an argument.', 'Give it by standard input, or by --token-file FILE.')
    return lookAtToken(invocation)
  }
  if (operands.length === 0) return auditInstallation(invocation)
  const reports: Report[] = []
  for (const operand of operands) reports.push(/^https?:\/\//i.test(operand) ? await auditServer(operand) : await lookAtTree(invocation, operand))
  return joinReports(reports)
}

async function lookAtToken(invocation: Invocation): Promise<Report> {
  const { terminal, text } = invocation
  const token = await readSecretFile(text('token-file') ?? '-', terminal)
  const keysFile = text('jwks')
  const keys = keysFile === undefined ? undefined : keysIn(resolve(terminal.cwd, keysFile))
  const report = auditToken(token, Date.now(), keys)
  if (report === undefined) throw new Failure('What was given is no JWT.', 'A JWT has three parts with two dots between them: copy it again, whole.')
  return report
}

function keysIn(path: string): readonly Jwk[] {
  const text = readFileSync(path, 'utf8')
  try {
    if (text.length > MAX_KEY_SET_BYTES) throw new SyntaxError('too large')
    const { keys } = JSON.parse(text) as { readonly keys?: unknown }
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'object' && key !== null)) return keys as readonly Jwk[]
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Failure(`${path} is no key set.`, 'A key set (RFC 7517) is a JSON object with a list `keys`: the answer of the jwks_uri.')
}

async function lookAtTree({ terminal, isOn }: Invocation, operand: string): Promise<Report> {
  const path = terminal.cwd === process.cwd() ? operand : resolve(terminal.cwd, operand)
  let shown = Date.now()
  return auditTree(path, operand, {
    tests: isOn('tests'),
    ...(terminal.progress === undefined
      ? {}
      : {
          onFile: (files) => {
            if (Date.now() - shown < PROGRESS_MS) return
            shown = Date.now()
            terminal.progress?.(`${files} files of ${printable(operand)}`)
          },
        }),
  })
}

function known({ terminal, text }: Invocation, report: Report): Report {
  const given = text('baseline')
  if (given === undefined) return report
  const baseline = readBaseline(readFileSync(resolve(terminal.cwd, given), 'utf8'))
  if (baseline === undefined) throw new Failure(`${given} is no baseline.`, 'Make one with --write-baseline FILE.')
  return withoutKnown(report, baseline)
}

function keepAsKnown({ terminal, wantsJson }: Invocation, { findings }: Report, path: string): number {
  writeFileSync(resolve(terminal.cwd, path), writeBaseline(findings))
  terminal.out(wantsJson ? JSON.stringify({ baseline: path, known: findings.length }) : `${count(findings.length, 'finding')} written to ${path} as known.`)
  return 0
}

function print({ terminal }: Invocation, report: Report, format: (typeof FORMATS)[number]): void {
  terminal.progress?.('')
  if (format !== 'text') {
    terminal.out(format === 'json' ? jsonReport(report) : sarifReport(report, packageJson.version))
    return
  }
  const texts = findingTexts(report.findings, terminal.paint)
  if (texts.length > 0) terminal.out(texts.join('\n\n'))
  for (const { at, text } of report.notes.slice(0, NOTES_SHOWN)) terminal.err(`${printable(at)} ${printable(text)}.`)
  if (report.notes.length > NOTES_SHOWN) terminal.err(`And ${report.notes.length - NOTES_SHOWN} more; --format json has them all.`)
  terminal.err(summary(report))
}

function summary({ findings, counts: { rules, files, lines, allowed, known: left } }: Report): string {
  const parts = [allowed > 0 ? `${allowed} allowed in the code` : '', left > 0 ? `${left} known to the baseline` : ''].filter((part) => part !== '')
  const found = findings.length === 0 ? 'Nothing found' : risksFound(findings)
  const looked = files > 0 ? ` ${count(files, 'file')}, ${lines} lines.` : ''
  return `${found}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}. ${count(rules, 'rule')} tried.${looked}`
}

function risksFound(findings: readonly Finding[]): string {
  const of = (risk: Risk): number => findings.filter((finding) => finding.risk === risk).length
  return `${count(findings.length, 'finding')}: ${risks
    .toReversed()
    .flatMap((risk) => (of(risk) > 0 ? [`${of(risk)} ${risk}`] : []))
    .join(', ')}`
}

function printRules({ terminal, wantsJson }: Invocation): number {
  if (wantsJson) terminal.out(JSON.stringify(allRules))
  else for (const { id, what, risk } of allRules) terminal.out(`${id}  ${terminal.paint('dim', risk)}\n  ${what}.`)
  return 0
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function auditFailureOf(error: unknown): unknown {
  if (error instanceof WrongUsage) return error
  if (error instanceof ConfigurationError)
    return new AuditFailure(`The configuration cannot be used: ${error.message}`, 'latchwork config check says all that is wrong with it.')
  if (error instanceof Failure) return new AuditFailure(error.message, error.mend, error.facts)
  if (error instanceof UnreadableServer)
    return new AuditFailure(`The metadata cannot be read: ${error.message}.`, 'Give the issuer, or the address of its metadata.')
  const { code, path, message } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && path !== undefined)
    return new AuditFailure(`${path} cannot be read or written (${code}).`, 'Name a path that is there and that you may use.')
  return new AuditFailure(`The audit failed: ${message}.`, 'LATCHWORK_DEBUG=1 shows where. Please report it.')
}
