/** A source tree, file by file. */
import { readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { joinReports, type Report, reportOf } from '../finding.ts'
import { limits } from '../limits.ts'
import { auditFile, languageOf } from './audit-file.ts'
import type { CodeRule } from './code-rule.ts'
import { codeRules } from './rules/index.ts'

export interface TreeOptions {
  readonly rules?: readonly CodeRule[]
  /** Look at tests as well; they are full of what must not be, on purpose. */
  readonly tests?: boolean
  /** Told after each file. */
  readonly onFile?: (files: number) => void
}

/** What others wrote, or tools made. */
const NOT_OURS = new Set(['node_modules', 'bower_components', 'site-packages', '__pycache__', 'venv', 'env', 'dist-packages', 'vendor', 'coverage', 'htmlcov'])
const TEST_FOLDER = /^(?:tests?|__tests__|__mocks__|specs?|fixtures?|e2e|cypress|testdata|test-utils)$/
const TEST_FILE = /[._-](?:test|spec|e2e|stories)\.[cm]?[jt]sx?$|^(?:test_.*|.*_test|conftest)\.py$/

/**
 * Looks at every file of JavaScript, TypeScript and Python under a folder, or at one file. Links are not followed.
 * @param shownAs what paths are told relative to.
 * @throws what `fs` throws if the path itself cannot be read.
 */
export async function auditTree(path: string, shownAs = path, { rules = codeRules, tests = false, onFile }: TreeOptions = {}): Promise<Report> {
  const files = statSync(path).isDirectory() ? await filesIn(path, tests) : [path]
  const reports: Report[] = []
  for (const [index, file] of files.entries()) {
    reports.push(auditOne(file, shown(file, path, shownAs), rules))
    onFile?.(index + 1)
    if (index % 64 === 0) await new Promise((done) => setImmediate(done))
  }
  const report = joinReports(reports)
  return { ...report, counts: { ...report.counts, rules: rules.length } }
}

function shown(file: string, root: string, shownAs: string): string {
  const inside = relative(root, file)
  return (inside === '' ? shownAs : join(shownAs, inside)).split(sep).join('/')
}

function auditOne(file: string, path: string, rules: readonly CodeRule[]): Report {
  try {
    const { size } = statSync(file)
    if (size > limits.fileBytes) return reportOf({ notes: [{ at: path, text: `is ${(size / 1e6).toFixed(1)} MB, more than is looked at` }] })
    return auditFile(path, readFileSync(file, 'utf8'), rules)
  } catch (error) {
    return reportOf({ notes: [{ at: path, text: `cannot be read (${(error as NodeJS.ErrnoException).code})` }] })
  }
}

async function filesIn(root: string, tests: boolean): Promise<readonly string[]> {
  const found: string[] = []
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && isOurs(entry.name) && (tests || !TEST_FOLDER.test(entry.name))) await walk(path)
      else if (entry.isFile() && languageOf(entry.name) !== undefined && (tests || !TEST_FILE.test(entry.name))) found.push(path)
    }
  }
  await walk(root)
  return found
}

const isOurs = (name: string): boolean => !NOT_OURS.has(name) && !name.startsWith('.')
