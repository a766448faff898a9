/** What a commit would bring: the staged files, of which only lines that are new count. */
import type { Desk } from '../content/scan-content.ts'
import type { Finding } from '../finding.ts'
import { askGit } from './git.ts'
import { scanObjects } from './objects.ts'

const DIFF = ['diff', '--cached', '--no-ext-diff', '--no-textconv', '--no-renames', '--no-color']
const SUBMODULE = '160000'

interface Staged {
  readonly id: string
  readonly path: string
}

/** @throws GitFailure */
export async function scanStaged(desk: Desk, repository: string, onObject: () => void): Promise<void> {
  const top = (await askGit(repository, ['rev-parse', '--show-toplevel'])).replace(/\n$/, '')
  const staged = await listStaged(top)
  const paths = Map.groupBy(staged, ({ id }) => id) // the same content may be staged at several places
  const ids = from(staged.map(({ id }) => id))
  await scanObjects(desk, top, ids, ({ id }) => [paths.get(id)?.shift()?.path ?? id], onObject)
}

async function* from(ids: Iterable<string>): AsyncGenerator<string> {
  yield* ids
}

async function listStaged(top: string): Promise<readonly Staged[]> {
  const parts = (await askGit(top, [...DIFF, '--raw', '-z', '--no-abbrev', '--diff-filter=ACMT'])).split('\0')
  const staged: Staged[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode, , id] = (parts[at] as string).split(' ')
    if (mode !== SUBMODULE && id !== undefined) staged.push({ id, path: parts[at + 1] as string })
  }
  return staged
}

/** Leaves out what stood there before. Finds without a line, as in archives, stay. */
export async function keepStaged(findings: readonly Finding[], repository: string): Promise<readonly Finding[]> {
  const top = (await askGit(repository, ['rev-parse', '--show-toplevel'])).replace(/\n$/, '')
  const added = new Map<string, readonly (readonly [number, number])[]>()
  const kept: Finding[] = []
  for (const finding of findings) {
    const { trail, line } = finding.place
    const path = trail[0] ?? ''
    if (trail.length > 1 || line === undefined) {
      kept.push(finding)
      continue
    }
    const ranges = added.get(path) ?? (await addedLines(top, path))
    added.set(path, ranges)
    if (ranges.some(([first, last]) => line >= first && line <= last)) kept.push(finding)
  }
  return kept
}

async function addedLines(top: string, path: string): Promise<readonly (readonly [number, number])[]> {
  const diff = await askGit(top, [...DIFF, '-U0', '--text', '--', `:(top,literal)${path}`])
  return [...diff.matchAll(/^@@ -[0-9,]+ \+(\d+)(?:,(\d+))? @@/gm)].map(([, first, count]) => [Number(first), Number(first) + Number(count ?? 1) - 1])
}
