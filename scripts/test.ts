/**
 * `npm test`: the guards (layer rule, style, types), then every test, on SQLite, on a PostgreSQL that is started here, and in a Chromium where there is one.
 * At the end it says which files took longest. `npm test -- packages/store/test/races.test.ts` runs the given files alone, without the guards; flags go to node's test runner.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { findChromium } from './chromium.ts'
import { startPostgres } from './postgres.ts'
import { grouped } from './test-groups.ts'

const ROOT = resolve(import.meta.dirname, '..')
const TESTS = ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts']
const RUNNER = ['--test', '--test-concurrency=3', '--test-timeout=300000', ...reporters('spec', './scripts/slowest.ts')]

function reporters(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [`--test-reporter=${name}`, '--test-reporter-destination=stdout'])
}

let running: ChildProcess | undefined
let interruptedBy: NodeJS.Signals | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruptedBy = signal
    running?.kill(signal)
  })
}

/** Runs a command of this repository to its end. Whatever is on the path, `node` and the tools are those of `node_modules`. */
async function run(command: string, options: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  if (interruptedBy !== undefined) return 1
  running = spawn(command, options, { cwd: ROOT, env: environment, stdio: 'inherit' })
  const [code] = (await once(running, 'exit')) as [number | null]
  running = undefined
  return code ?? 1
}

async function runTests(files: readonly string[], flags: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const given = environment['LATCHWORK_TEST_POSTGRES']
  if (given) console.log('PostgreSQL: the one in LATCHWORK_TEST_POSTGRES.')
  const postgres = given ? undefined : await startPostgres(environment['TMPDIR'])
  const url = given ?? postgres?.url
  try {
    const tables = await makeTables(url, environment['TMPDIR'])
    try {
      return await run(process.execPath, [...RUNNER, ...flags, ...files], { ...environment, ...tables.environment })
    } finally {
      await tables.drop()
    }
  } finally {
    await postgres?.stop()
  }
}

/** An empty database of each engine with its tables, and whole data folders, of which tests take copies: hundreds of them need not watch the same migrations, nor make keys. */
async function makeTables(
  url: string | undefined,
  within = tmpdir(),
): Promise<{ readonly environment: NodeJS.ProcessEnv; readonly drop: () => Promise<unknown> }> {
  process.env['LATCHWORK_TEST_POSTGRES'] = url
  const { createDatabase } = await import('../packages/store/test/engines.ts')
  const { makeDataFolders } = await import('../packages/server/test/kit/data-folders.ts')
  const [sqlite, postgres] = await Promise.all([createDatabase('sqlite', 'none'), createDatabase('postgres', 'none')])
  for (const database of [sqlite, postgres]) await (await database.open()).close()
  process.env['LATCHWORK_TEST_SQLITE'] = sqlite.options.engine === 'sqlite' ? sqlite.options.path : ''
  const folders = mkdtempSync(join(within, 'latchwork-folders-'))
  await makeDataFolders(folders)
  const environment = {
    LATCHWORK_TEST_POSTGRES: url,
    LATCHWORK_TEST_SQLITE: process.env['LATCHWORK_TEST_SQLITE'],
    LATCHWORK_TEST_FOLDERS: folders,
    LATCHWORK_TEST_TEMPLATE: postgres.options.engine === 'postgres' ? new URL(postgres.options.url).pathname.slice(1) : '',
  }
  const drop = async () => {
    rmSync(folders, { recursive: true, force: true })
    await Promise.all([sqlite.drop(), postgres.drop()])
  }
  return { environment, drop }
}

function prepareEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    // Each file is a process of its own: what one has stripped of its types the next need not strip again.
    NODE_COMPILE_CACHE: resolve(ROOT, 'node_modules/.cache/latchwork'),
    ...process.env,
    TMPDIR: process.env['TMPDIR'] ?? memoryFolder() ?? tmpdir(),
    PATH: [resolve(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  }
  delete environment['LATCHWORK_TEST_CHROMIUM']
  const chromium = findChromium(process.env)
  if (chromium !== undefined) return { ...environment, LATCHWORK_TEST_CHROMIUM: chromium }
  console.log('Left out: the browser tests, because no Chromium was found. Install one (apt-get install chromium) or set CHROMIUM_PATH.')
  return environment
}

/** Databases of tests stand in memory where there is room: what the tests prove by killing processes does not rest on the disk. */
function memoryFolder(): string | undefined {
  try {
    const { bavail, bsize, type } = statfsSync('/dev/shm')
    return type === TMPFS && bavail * bsize > LEAST_MEMORY_BYTES ? '/dev/shm' : undefined
  } catch {
    return undefined
  }
}

const TMPFS = 0x01021994
const LEAST_MEMORY_BYTES = 4 * 1024 ** 3

async function main(): Promise<number> {
  const flags = process.argv.slice(2).filter((word) => word.startsWith('-'))
  const chosen = process.argv.slice(2).filter((word) => !word.startsWith('-'))
  const environment = prepareEnvironment()
  if (chosen.length > 0) return runTests(chosen, flags, environment)
  if ((await run('npm', ['run', '--silent', 'check'], environment)) !== 0) {
    console.error('The guards failed, so no test was run.')
    return 1
  }
  return runTests(grouped(ROOT, globSync(TESTS, { cwd: ROOT }).sort(), resolve(ROOT, 'node_modules/.cache/latchwork-tests')), flags, environment)
}

process.exitCode = await main()
if (interruptedBy !== undefined) process.exitCode = 1
