/** The guard is guarded: every import that the layer rule forbids is planted in a copy of the tree, and Biome has to find it; the clean copy has to pass. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'

const ROOT = resolve(import.meta.dirname, '..')
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
const COPIED = ['packages', 'examples', 'scripts', 'test', '.gitignore', 'biome.json', 'package.json', 'tsconfig.json']
const NOT_COPIED = new Set(['node_modules', 'data', 'dist'])

/** The rows, bottom first (ARCHITECTURE.md). Told a second time on purpose: a slip in biome.json must not be a slip here. */
const ROWS: readonly (readonly string[])[] = [
  ['kernel'],
  ['signing', 'authority', 'accounts', 'limits', 'events'],
  ['api-keys', 'sessions', 'oauth'],
  ['store'],
  ['server'],
  ['cli'],
]
/** What stands apart, and who may use it. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  verify: ['server', 'cli'],
  scan: ['cli'],
  audit: ['cli'],
  advice: ['server', 'cli'],
  client: ['cli'],
  inspect: ['cli'],
}
const APART = Object.keys(USERS)
const ROOMS = [...ROWS.flat(), ...APART]
const PURE_ROOMS = ROWS.slice(0, 3).flat()

const rowOf = (room: string): number => ROWS.findIndex((row) => row.includes(room))

function mayImport(room: string, other: string): boolean {
  if (other === 'kernel') return room !== 'kernel'
  if (APART.includes(room)) return false
  return APART.includes(other) ? USERS[other]?.includes(room) === true : rowOf(other) < rowOf(room)
}

const RULES = ['style/noRestrictedImports', 'correctness/noUndeclaredDependencies', 'suspicious/noImportCycles', 'style/noCommonJs'] as const
type Rule = (typeof RULES)[number] | 'plugin'

/** One line of one planted file, and the rule that has to find it; no rule: nothing about imports may be said of it. */
interface Plant {
  readonly file: string
  readonly code: string
  readonly caughtBy: Rule | undefined
}

const RESTRICTED = 'style/noRestrictedImports'

function plantPairs(): readonly Plant[] {
  return ROOMS.flatMap((room) =>
    ROOMS.filter((other) => other !== room).map((other) => ({
      file: `packages/${room}/src/planted.ts`,
      code: `export * as planted${ROOMS.indexOf(other)} from '@latchwork/${other}'`,
      caughtBy: mayImport(room, other) ? undefined : RESTRICTED,
    })),
  )
}

const IO = ['node:fs', 'node:fs/promises', 'node:http', 'node:https', 'node:http2', 'node:tls', 'node:dgram', 'node:dns', 'node:sqlite', 'node:child_process']
const FRAMEWORKS = ['fastify', 'kysely', 'pg', 'undici']

function plantIo(): readonly Plant[] {
  return PURE_ROOMS.flatMap((room) => {
    const file = `packages/${room}/src/planted-io.ts`
    return [
      ...[...IO, ...FRAMEWORKS].map((source) => ({ file, code: `import '${source}'`, caughtBy: RESTRICTED }) as const),
      { file, code: "import { connect } from 'node:net'", caughtBy: RESTRICTED },
      { file, code: "import { isIP } from 'node:net'", caughtBy: undefined },
      { file, code: "import { createHash } from 'node:crypto'", caughtBy: undefined },
    ]
  })
}

/** Every way to write an import, and every way around a package's doors. */
const FORMS: readonly Plant[] = [
  ...ROOMS.flatMap((room): readonly Plant[] => {
    const other = room === 'events' ? 'limits' : 'events'
    const [source, test] = [`packages/${room}/src/planted-way.ts`, `packages/${room}/test/planted-way.ts`]
    return [source, test].flatMap((file): readonly Plant[] => [
      { file, code: `import '../../${other}/src/index.ts'`, caughtBy: RESTRICTED },
      { file, code: `import '../../${other}/test/index.ts'`, caughtBy: RESTRICTED },
      { file, code: `import '../../../packages/${other}/src/index.ts'`, caughtBy: RESTRICTED },
      { file, code: `import '../../../scripts/test.ts'`, caughtBy: RESTRICTED },
      { file, code: `import '@latchwork/${other}/src/index.ts'`, caughtBy: RESTRICTED },
      { file, code: `type Planted = import('@latchwork/${other}').Planted`, caughtBy: 'plugin' },
      { file, code: `import 'not-declared-anywhere'`, caughtBy: 'correctness/noUndeclaredDependencies' },
    ])
  }),
  { file: 'packages/limits/src/planted-form.ts', code: "import type { Planted } from '@latchwork/events'", caughtBy: RESTRICTED },
  { file: 'packages/limits/src/planted-form.ts', code: "import { type Other } from '@latchwork/events'", caughtBy: RESTRICTED },
  { file: 'packages/limits/src/planted-form.ts', code: "export type { Third } from '@latchwork/events'", caughtBy: RESTRICTED },
  { file: 'packages/limits/src/planted-form.ts', code: "const fourth = await import('@latchwork/events')", caughtBy: RESTRICTED },
  { file: 'packages/limits/src/planted-form.ts', code: "const fifth = require('@latchwork/events')", caughtBy: 'style/noCommonJs' },
  { file: 'packages/limits/src/planted-form.ts', code: "import '@latchwork/events/door'", caughtBy: RESTRICTED },
  { file: 'packages/limits/test/planted-upward.ts', code: "import '@latchwork/store'", caughtBy: 'correctness/noUndeclaredDependencies' },
  { file: 'packages/server/src/planted-tool.ts', code: "import 'playwright-core'", caughtBy: 'correctness/noUndeclaredDependencies' },
  { file: 'packages/limits/src/planted-here.ts', code: "import type { There } from './planted-there.ts'", caughtBy: 'suspicious/noImportCycles' },
  { file: 'packages/limits/src/planted-here.ts', code: 'export type Here = There', caughtBy: undefined },
  { file: 'packages/limits/src/planted-there.ts', code: "import type { Here } from './planted-here.ts'", caughtBy: 'suspicious/noImportCycles' },
  { file: 'packages/limits/src/planted-there.ts', code: 'export type There = Here | undefined', caughtBy: undefined },
  { file: 'examples/demo-api/src/planted.ts', code: "import '@latchwork/kernel'", caughtBy: RESTRICTED },
  { file: 'examples/demo-api/src/planted.ts', code: "import '@latchwork/server'", caughtBy: RESTRICTED },
  { file: 'examples/demo-api/src/planted.ts', code: "import '@latchwork/verify'", caughtBy: undefined },
]

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string; readonly start: { readonly line: number } }
}

function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'latchwork-layers-'))
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) })
  }
  return copy
}

function runBiome(folder: string, command: readonly string[]): { readonly status: number | null; readonly output: string; readonly said: string } {
  const result = spawnSync(process.execPath, [BIOME, ...command], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return { status: result.status, output: result.stdout, said: result.stderr }
}

/** Plants all lines at once and gives back what Biome says of each, by `file:line`. */
function findPlanted(folder: string, plants: readonly Plant[]): Map<string, readonly string[]> {
  const files = Map.groupBy(plants, (plant) => plant.file)
  for (const [file, lines] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${lines.map((plant) => plant.code).join('\n')}\n`)
  }
  const { output } = runBiome(folder, ['lint', '--reporter=json', '--max-diagnostics=none', ...files.keys()])
  const { diagnostics } = JSON.parse(output) as { readonly diagnostics: readonly Diagnostic[] }
  const found = Map.groupBy(diagnostics, (diagnostic) => `${diagnostic.location.path}:${diagnostic.location.start.line}`)
  return new Map([...found].map(([place, all]) => [place, all.map((diagnostic) => diagnostic.category.replace(/^lint\//, ''))]))
}

/** The plants of which Biome does not say what it should. */
function misjudged(plants: readonly Plant[], found: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const lineOf = new Map<string, number>()
  return plants.flatMap(({ file, code, caughtBy }) => {
    const line = (lineOf.get(file) ?? 0) + 1
    lineOf.set(file, line)
    const said = found.get(`${file}:${line}`) ?? []
    const right = caughtBy === undefined ? !said.includes(RESTRICTED) && !said.includes('suspicious/noImportCycles') : said.includes(caughtBy)
    return right ? [] : [`${file}: ${code} — expected ${caughtBy ?? 'nothing'}, found ${said.join(', ') || 'nothing'}`]
  })
}

describe('the layer rule', () => {
  let copy = ''
  before(() => {
    copy = copyTree()
  })
  after(() => rmSync(copy, { recursive: true, force: true }))

  it('has a row for every package', () => {
    assert.deepEqual(readdirSync(join(ROOT, 'packages')).sort(), [...ROOMS].sort())
  })

  it('lets the clean tree pass', () => {
    const { status, output, said } = runBiome(copy, ['lint', ...RULES.map((rule) => `--only=${rule}`)])
    assert.equal(status, 0, output + said)
  })

  describe('finds what is forbidden, and nothing else', () => {
    const plantings = {
      'between every two packages': plantPairs(),
      'of I/O and frameworks in rows 0 to 2': plantIo(),
      'in every form, around the doors of a package, in a circle': FORMS,
    }
    let found: ReadonlyMap<string, readonly string[]>
    before(() => {
      found = findPlanted(copy, Object.values(plantings).flat()) // once for all: each time Biome reads the whole tree
    })
    for (const [title, plants] of Object.entries(plantings)) it(title, () => assert.deepEqual(misjudged(plants, found), []))
  })

  it('is kept by what each package declares, for its tests too', () => {
    const wrong = ROOMS.flatMap((room) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, 'packages', room, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>
      const declared = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] }).filter((name) => name.startsWith('@latchwork/'))
      return declared.filter((name) => !mayImport(room, name.slice('@latchwork/'.length))).map((name) => `${room} → ${name}`)
    })
    assert.deepEqual(wrong, [])
  })
})
