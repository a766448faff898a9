/** What `latchwork scan` runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BRAND_FORM, gitleaksRules, trufflehogRules } from '@latchwork/kernel'
import {
  type Baseline,
  findingText,
  GitFailure,
  jsonReport,
  printable,
  type Report,
  readBaseline,
  sarifReport,
  scan,
  type Target,
  writeBaseline,
} from '@latchwork/scan'
import packageJson from '../../package.json' with { type: 'json' }
import type { Invocation } from '../command.ts'
import { Failure, WrongUsage } from '../failure.ts'
import { reportOwnKeys } from './scan-report.ts'

/** What ends a scan without an answer: 1 would mean that something was found. */
class ScanFailure extends Failure {
  override readonly exitCode = 2
}

const FORMATS = ['text', 'json', 'sarif'] as const

/** Betterleaks reads what gitleaks reads. */
const ruleFiles: Readonly<Record<string, (brand: string) => string>> = { gitleaks: gitleaksRules, betterleaks: gitleaksRules, trufflehog: trufflehogRules }

const NOTES_SHOWN = 20
const PROGRESS_MS = 100

/** @throws WrongUsage, Failure: no answer could be given. */
export async function runScan(invocation: Invocation): Promise<number> {
  const scanner = invocation.text('rules')
  if (scanner !== undefined) return printRules(invocation, scanner)
  const format = formatOf(invocation)
  const brands = brandsOf(invocation)
  const targets = targetsOf(invocation)
  try {
    const report = await scanTargets(invocation, targets)
    const written = invocation.text('write-baseline')
    if (written !== undefined) return keepAsKnown(invocation, report, written)
    print(invocation, report, format)
    if (invocation.isOn('report')) await reportOwnKeys(invocation, report.findings, brands)
    if (invocation.isOn('strict') && report.notes.length > 0)
      throw new Failure('Not everything could be read.', 'The notes say what; without --strict it is left.')
    return report.findings.length > 0 ? 1 : 0
  } catch (error) {
    throw scanFailureOf(error)
  } finally {
    invocation.terminal.progress?.('')
  }
}

function printRules({ terminal, texts }: Invocation, scanner: string): number {
  const rules = Object.hasOwn(ruleFiles, scanner) ? ruleFiles[scanner] : undefined
  if (rules === undefined) throw new WrongUsage(`--rules ${JSON.stringify(scanner)} is not known.`, `Known here: ${Object.keys(ruleFiles).join(', ')}.`)
  const brands = texts('brand')
  if (brands.length > 1) throw new WrongUsage('Rules are made for one brand.', 'Give --brand once.')
  const [brand = 'lw'] = brands
  if (!BRAND_FORM.test(brand)) throw wrongBrand()
  terminal.out(rules(brand).trimEnd())
  return 0
}

const wrongBrand = () => new WrongUsage('--brand is no brand.', 'A brand is 2 to 6 small letters and digits, as keys.brand in the configuration.')

function brandsOf({ texts }: Invocation): readonly string[] {
  const brands = texts('brand')
  if (!brands.every((brand) => BRAND_FORM.test(brand))) throw wrongBrand()
  return brands
}

function formatOf(invocation: Invocation): (typeof FORMATS)[number] {
  const given = invocation.text('format') ?? (invocation.wantsJson ? 'json' : 'text')
  const format = FORMATS.find((one) => one === given)
  if (format === undefined) throw new WrongUsage(`--format ${JSON.stringify(given)} is not known.`, `Known here: ${FORMATS.join(', ')}.`)
  return format
}

function targetsOf({ operands, isOn, terminal }: Invocation): readonly Target[] {
  if (isOn('history') && isOn('staged')) throw new WrongUsage('--history and --staged are two scans.', 'Give one of them.')
  const kind = isOn('history') ? 'history' : isOn('staged') ? 'staged' : 'path'
  const paths = operands.length === 0 ? ['.'] : operands
  return paths.map((path): Target => {
    if (path !== '-') return { kind, path: terminal.cwd === process.cwd() ? path : resolve(terminal.cwd, path) }
    if (kind !== 'path') throw new WrongUsage(`--${kind} needs a repository.`, 'Name its folder instead of -.')
    return { kind: 'stream', name: 'standard input', pieces: terminal.openStdin?.() ?? textOf(terminal.readStdin) }
  })
}

async function* textOf(read: () => Promise<string>): AsyncGenerator<Buffer> {
  yield Buffer.from(await read())
}

async function scanTargets(invocation: Invocation, targets: readonly Target[]): Promise<Report> {
  const { given, terminal } = invocation
  const baseline = invocation.text('baseline')
  let shown = Date.now()
  return scan(targets, {
    findsEntropy: invocation.isOn('entropy'),
    opensArchives: given['archives'] !== false,
    respectsGitignore: given['gitignore'] !== false,
    ...(baseline === undefined ? {} : { baseline: loadBaseline(resolve(terminal.cwd, baseline)) }),
    ...(terminal.progress === undefined
      ? {}
      : {
          onProgress: ({ files, bytes }, place) => {
            if (Date.now() - shown < PROGRESS_MS) return
            shown = Date.now()
            terminal.progress?.(`${files} files, ${(bytes / 1e6).toFixed(0)} MB  ${printable(place)}`)
          },
        }),
  })
}

function loadBaseline(path: string): Baseline {
  const known = readBaseline(readFileSync(path, 'utf8'))
  if (known === undefined) throw new Failure(`${path} is no baseline.`, 'Make one with --write-baseline FILE.')
  return known
}

function keepAsKnown({ terminal, wantsJson }: Invocation, report: Report, path: string): number {
  writeFileSync(resolve(terminal.cwd, path), writeBaseline(report.findings))
  const known = report.findings.length
  terminal.out(
    wantsJson ? JSON.stringify({ baseline: path, known }) : `${count(known, 'find')} written to ${path} as known. Revoke whatever of them still works.`,
  )
  return 0
}

function print({ terminal }: Invocation, report: Report, format: (typeof FORMATS)[number]): void {
  terminal.progress?.('')
  if (format !== 'text') {
    terminal.out(format === 'json' ? jsonReport(report) : sarifReport(report, packageJson.version))
    return
  }
  for (const finding of report.findings) terminal.out(findingText(finding, terminal.paint))
  for (const { place, text } of report.notes.slice(0, NOTES_SHOWN)) terminal.err(`${printable(place)} ${printable(text)}.`)
  if (report.notes.length > NOTES_SHOWN) terminal.err(`And ${report.notes.length - NOTES_SHOWN} more; --format json has them all.`)
  terminal.err(summary(report))
}

function summary({ findings, counts: { files, bytes, allowed, known } }: Report): string {
  const left = [allowed > 0 ? `${allowed} allowed on their line` : '', known > 0 ? `${known} known to the baseline` : ''].filter((text) => text !== '')
  const found = findings.length === 0 ? 'No keys found' : `${count(findings.length, 'key')} found: revoke them first, then take them out`
  return `${found}${left.length === 0 ? '' : ` (${left.join(', ')})`}. ${count(files, 'file')}, ${(bytes / 1e6).toFixed(1)} MB.`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function scanFailureOf(error: unknown): Failure | WrongUsage {
  if (error instanceof WrongUsage) return error
  if (error instanceof Failure) return new ScanFailure(error.message, error.mend, error.facts)
  if (error instanceof GitFailure)
    return new ScanFailure(`git: ${error.message}.`, 'Name the folder of a git repository that you may read, with git installed.')
  const { code, path, message } = error as NodeJS.ErrnoException
  if (typeof code === 'string' && path !== undefined)
    return new ScanFailure(`${path} cannot be read or written (${code}).`, 'Name a path that is there and that you may use.')
  return new ScanFailure(`The scan failed: ${message}.`, 'LATCHWORK_DEBUG=1 shows where. Please report it.')
}
