/** What stands under every command and every test: the Node it runs on, and the PostgreSQL that is started for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const ROOT = resolve(import.meta.dirname, '..')

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchwork-runner-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a file on a Node that says it is of the given version. */
function runAs(version: string, words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const lie = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const preload = `data:text/javascript,${encodeURIComponent(lie)}`
  return spawnSync(process.execPath, ['--import', preload, ...words], { encoding: 'utf8' })
}

describe('scripts/run.mjs', () => {
  for (const [version, status] of [
    ['18.20.0', 1],
    ['24.6.9', 1],
    ['24.7.0', 0],
    ['26.0.0', 0],
  ] as const) {
    it(`${status === 0 ? 'takes' : 'refuses, in one line,'} Node ${version}`, (t) => {
      const file = join(folderFor(t), 'printed.ts')
      writeFileSync(file, 'const given: readonly string[] = process.argv.slice(1)\nconsole.log(JSON.stringify(given))\n')
      const ran = runAs(version, [join(ROOT, 'scripts/run.mjs'), file, 'one', '--two'])
      assert.equal(ran.status, status)
      if (status === 0) assert.deepEqual(JSON.parse(ran.stdout), [file, 'one', '--two'])
      else assert.match(ran.stderr, /^Latchwork needs Node 24\.7 or newer[^\n]*\n$/)
    })
  }

  it('is not needed by the command itself, which refuses an old Node in one line too', () => {
    const ran = runAs('20.20.2', [join(ROOT, 'packages/cli/bin/latchwork.mjs'), '--version'])
    assert.deepEqual([ran.status, ran.stdout], [1, ''])
    assert.match(ran.stderr, /^Latchwork needs Node 24\.7 or newer[^\n]*\n$/)
  })

  it('stands before every TypeScript file that an npm script runs', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> }
    const bare = Object.entries(scripts).filter(([, command]) => /\.ts\b/.test(command) && !command.startsWith('node scripts/run.mjs '))
    assert.deepEqual(bare, [])
  })
})

describe('the PostgreSQL of the tests', () => {
  it('ends, and its folder goes, when whoever started it is killed', async (t) => {
    const folder = folderFor(t)
    chmodSync(folder, 0o777) // root lends the server another user
    const module = pathToFileURL(join(ROOT, 'scripts/postgres.ts')).href
    const program = `import { startPostgres } from '${module}'; await startPostgres(); process.kill(process.pid, 'SIGKILL')`
    const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', env: { ...process.env, TMPDIR: folder } })
    assert.equal(ran.signal, 'SIGKILL', ran.stderr)
    for (let left = readdirSync(folder); left.length > 0; left = readdirSync(folder)) {
      t.signal.throwIfAborted()
      await setTimeout(20)
    }
  })
})
