/** Which test proves which line of `docs/requirements-source.md`: read from the titles of the tests. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Requirement {
  readonly id: string
  readonly text: string
}

export interface Chapter {
  readonly title: string
  readonly requirements: readonly Requirement[]
}

export interface TestTitle {
  readonly file: string
  readonly ids: readonly string[]
  /** What the test says beyond the ids. */
  readonly says: string
}

const TEST_SOURCES = ['packages/*/test/**/*.ts', 'examples/*/test/**/*.ts', 'test/**/*.ts']
const CHAPTER = /^## (.+)$/
const LINE = /^- ([A-Z]\d+) (.+)$/

// A title is a text that begins with ids and a colon: 'K6: …', 'O4, R1: …', `K2 4.8: …`. Wherever it stands: titles also come out of tables.
const TITLE = /(['"`])((?:[A-Z]\d+|\d+\.\d+)(?:,? (?:[A-Z]\d+|\d+\.\d+))*): ((?:\\.|(?!\1)[^\\\n])+)\1/g

export function readChapters(root: string): readonly Chapter[] {
  const chapters: { title: string; requirements: Requirement[] }[] = []
  for (const line of readFileSync(join(root, 'docs/requirements-source.md'), 'utf8').split('\n')) {
    const [, title] = CHAPTER.exec(line) ?? []
    if (title !== undefined) chapters.push({ title, requirements: [] })
    const [, id, text] = LINE.exec(line) ?? []
    if (id !== undefined && text !== undefined) chapters.at(-1)?.requirements.push({ id, text })
  }
  return chapters
}

export function readTitles(root: string): readonly TestTitle[] {
  const files = globSync(TEST_SOURCES, { cwd: root, exclude: (path) => path.includes('node_modules') }).sort()
  return files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(TITLE)].map(([, , ids = '', says = '']) => titleOf(file, ids, says)))
}

function titleOf(file: string, ids: string, says: string): TestTitle {
  const plain = says.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/\\(.)/g, '$1')
  return { file, ids: ids.split(/,? /).filter((id) => /^[A-Z]/.test(id)), says: plain === '…' ? 'one test for each row of its table' : plain }
}

/** The page `docs/requirements.md`. */
export function requirementsPage(root: string): string {
  const titles = readTitles(root)
  const chapters = readChapters(root)
  const all = chapters.flatMap((chapter) => chapter.requirements)
  const begun = all.filter((requirement) => titles.some((title) => title.ids.includes(requirement.id)))
  return `# What is proven

<!-- Made from docs/requirements-source.md and the titles of the tests by \`npm run docs\`. -->

Every line of what Latchwork must do, and the tests whose title carries its id. A test may prove a part of a line only; what has no test yet says so.
${begun.length} of ${all.length} lines have a test.
${chapters.map((chapter) => section(chapter, titles)).join('')}`
}

function section(chapter: Chapter, titles: readonly TestTitle[]): string {
  return `
## ${chapter.title}

${chapter.requirements.map((requirement) => entry(requirement, titles)).join('\n')}
`
}

function entry({ id, text }: Requirement, titles: readonly TestTitle[]): string {
  const proofs = titles.filter((title) => title.ids.includes(id))
  if (proofs.length === 0) return `- **${id}** ${text}\n  - *not yet*`
  const byFile = Map.groupBy(proofs, (title) => title.file)
  const lines = [...byFile].map(([file, own]) => `  - [${file}](../${file})\n${own.map((title) => `    - ${asMarkdown(title.says)}`).join('\n')}`)
  return `- **${id}** ${text}\n${lines.join('\n')}`
}

/** Text as Markdown shows it unchanged. */
function asMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, '\\$&')
}
