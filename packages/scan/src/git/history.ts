/** Everything a repository holds: each object once, whatever branch, tag, stash or dropped commit it belongs to. Where a find comes from is asked for afterwards. */
import type { Desk } from '../content/scan-content.ts'
import type { Commit, Finding } from '../finding.ts'
import { askGit, gitParts } from './git.ts'
import { scanObjects } from './objects.ts'

/** Commits and tags have messages. */
const SCANNED: ReadonlySet<string> = new Set(['blob', 'commit', 'tag'])
const OBJECTS = ['cat-file', '--batch-all-objects', '--unordered', '--batch-check=%(objectname) %(objecttype)']
const MARK = '\x01'

/** @throws GitFailure if it is no repository. */
export async function scanHistory(desk: Desk, repository: string, onObject: () => void): Promise<void> {
  await askGit(repository, ['rev-parse', '--git-dir'])
  await scanObjects(desk, repository, listObjects(repository), ({ id, type }) => [type === 'blob' ? id : `${type} ${id}`], onObject)
}

async function* listObjects(repository: string): AsyncGenerator<string> {
  for await (const line of gitParts(repository, OBJECTS, '\n')) {
    const [id = '', type = ''] = line.split(' ')
    if (SCANNED.has(type)) yield id
  }
}

interface Origin {
  readonly path: string
  readonly commit: Commit
  /** The higher, the older. */
  readonly age: number
}

/** The findings with their path and the commit that brought them; one for each secret and path, the oldest. */
export async function placeInHistory(findings: readonly Finding[], repository: string): Promise<readonly Finding[]> {
  const ids = new Set(findings.flatMap(({ place }) => place.blob ?? []))
  if (ids.size === 0) return findings
  const origins = await findOrigins(repository, ids)
  const oldest = new Map<string, { readonly finding: Finding; readonly age: number }>()
  for (const found of findings) {
    const origin = origins.get(found.place.blob ?? '')
    const [finding, age] = [place(found, origin), origin?.age ?? 0]
    const id = [finding.rule, finding.digest || `${finding.place.line}`, ...finding.place.trail].join('\0')
    if (age >= (oldest.get(id)?.age ?? 0)) oldest.set(id, { finding, age })
  }
  return [...oldest.values()].map(({ finding }) => finding)
}

/** For each object the oldest commit that brought it. */
async function findOrigins(repository: string, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Origin>> {
  const log = [
    'log',
    '--all',
    '--reflog',
    '--no-show-signature',
    `--format=${MARK}%H${MARK}%an${MARK}%aI`,
    '--raw',
    '--date-order',
    '-r',
    '-m',
    '--root',
    '--no-renames',
    '--no-abbrev',
    '--no-ext-diff',
    '--no-textconv',
  ]
  const origins = new Map<string, Origin>()
  let age = 0
  let commit: Commit = { id: '', author: '', date: '' }
  for await (const line of gitParts(repository, log, '\n')) {
    if (line.startsWith(MARK)) {
      const [, id = '', author = '', date = ''] = line.split(MARK)
      commit = { id, author, date }
      age++
      if (ids.has(id)) origins.set(id, { path: 'commit message', commit, age })
      continue
    }
    const tab = line.indexOf('\t')
    const blob = line.slice(0, tab).split(' ')[3]
    if (blob !== undefined && ids.has(blob)) origins.set(blob, { path: unquote(line.slice(tab + 1)), commit, age })
  }
  return origins
}

function place(finding: Finding, origin: Origin | undefined): Finding {
  const { blob, trail } = finding.place
  if (blob === undefined) return finding
  if (origin === undefined) {
    const outer = trail[0]?.startsWith('tag ') ? `tag message ${blob.slice(0, 12)}` : `object ${blob.slice(0, 12)}, in no commit`
    return { ...finding, place: { ...finding.place, trail: [outer, ...trail.slice(1)] } }
  }
  return { ...finding, place: { ...finding.place, trail: [origin.path, ...trail.slice(1)], commit: origin.commit } }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

/** A path as git writes it when it holds what a line may not. */
function unquote(path: string): string {
  if (!path.startsWith('"')) return path
  const bytes = path
    .slice(1, -1)
    .replace(/\\([0-7]{3}|.)/g, (_, code: string) => (code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code)))
  return bytes
}
