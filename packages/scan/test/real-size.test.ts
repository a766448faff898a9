import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { readBaseline, scan } from '../src/index.ts'
import { folder, scanPath } from './folder.ts'
import { seeded } from './samples.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const MODULES = join(ROOT, 'node_modules')
/** What a repository of real size is made of: each package a commit. */
const PACKAGES = [
  'fastify',
  'kysely',
  'pino',
  'playwright-core',
  '@types/node',
  'typebox',
  'typescript',
  'undici-types',
  'jose',
  'openid-client',
  'nodemailer',
  'pg',
]
const KEYS = 100

describe('real size', () => {
  it('A4: every key planted in a repository of real size is found, in its tree and, deleted, in its history', async (t) => {
    const root = folder(t)
    const git = (...words: string[]) =>
      execFileSync(
        'git',
        [
          '-C',
          root,
          '-c',
          'user.name=Ada',
          '-c',
          'user.email=ada@example.com',
          '-c',
          'commit.gpgsign=false',
          '-c',
          'gc.auto=0',
          '-c',
          'core.autocrlf=false',
          ...words,
        ],
        { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] },
      )
    git('init', '-q')
    for (const name of PACKAGES.filter((one) => existsSync(join(MODULES, one)))) {
      cpSync(join(MODULES, name), join(root, name), {
        recursive: true,
        filter: (path) => !path.endsWith('.node') && (statSync(path).isDirectory() || statSync(path).size < 8e6),
      })
      git('add', '-A', '-f')
      git('commit', '-q', '-m', name)
    }
    const random = seeded('plants')
    const texts = globSync('**/*.{js,ts,md,json,mjs}', { cwd: root }).filter((name) => statSync(join(root, name)).isFile())
    const keys = Array.from({ length: KEYS }, () => mintKey('sk', 'live', 'lw').reveal())
    const clean = new Map<string, string>()
    for (const key of keys) {
      const path = join(root, texts[Math.floor(random() * texts.length)] as string)
      const before = readFileSync(path, 'latin1')
      if (!clean.has(path)) clean.set(path, before)
      const at = Math.floor(random() * before.length)
      writeFileSync(path, `${before.slice(0, at)} ${key} ${before.slice(at)}`, 'latin1')
    }
    git('add', '-A')
    git('commit', '-q', '-m', 'planted')

    await scanPath(join(root, 'fastify')) // warm
    let began = performance.now()
    const tree = await scanPath(root)
    const treeSeconds = (performance.now() - began) / 1000
    assert.equal(new Set(tree.findings.map(({ own }) => own?.secret.reveal())).size, KEYS)
    assert.deepEqual(
      tree.findings.filter(({ own }) => own === undefined).map(({ rule, place }) => `${rule} ${place.trail}`),
      [],
    )
    began = performance.now()
    git('grep', '-cE', 'sk_live_[0-9A-Za-z_]{50}')
    const grepSeconds = (performance.now() - began) / 1000

    for (const [path, text] of clean) writeFileSync(path, text, 'latin1')
    git('add', '-A')
    git('commit', '-q', '-m', 'taken out')
    git('gc', '-q')
    began = performance.now()
    const history = await scan([{ kind: 'history', path: root }])
    const historySeconds = (performance.now() - began) / 1000
    assert.equal(new Set(history.findings.map(({ own }) => own?.secret.reveal())).size, KEYS)
    assert.ok(history.findings.every(({ place }) => place.commit !== undefined && clean.has(join(root, place.trail[0] ?? ''))))

    const [treeSpeed, historySpeed] = [tree.counts.bytes / 1e6 / treeSeconds, history.counts.bytes / 1e6 / historySeconds]
    t.diagnostic(
      `tree: ${tree.counts.files} files, ${(tree.counts.bytes / 1e6).toFixed(0)} MB, ${(tree.counts.files / treeSeconds).toFixed(0)} files/s, ${treeSpeed.toFixed(0)} MB/s`,
    )
    t.diagnostic(`git grep of one pattern: ${(tree.counts.files / grepSeconds).toFixed(0)} files/s, ${(tree.counts.bytes / 1e6 / grepSeconds).toFixed(0)} MB/s`)
    t.diagnostic(`history: ${history.counts.files} objects, ${(history.counts.bytes / 1e6).toFixed(0)} MB, ${historySpeed.toFixed(0)} MB/s`)
  })

  it('A4: no key of ours is seen where none is: everything installed here', async (t) => {
    const { findings, counts } = await scanPath(MODULES)
    assert.deepEqual(
      findings.filter(({ own }) => own !== undefined),
      [],
    )
    t.diagnostic(`${counts.files} files, ${(counts.bytes / 1e6).toFixed(0)} MB; other vendors' formats seen: ${findings.length}`)
  })

  it('A4: this repository is clean, but for vectors that its baseline names', async () => {
    const cwd = process.cwd()
    process.chdir(ROOT)
    try {
      const baseline = readBaseline(readFileSync('.latchwork-baseline.json', 'utf8'))
      assert.ok(baseline)
      const { findings, notes } = await scanPath('.', { baseline })
      assert.deepEqual(
        findings.map(({ rule, place }) => `${rule} ${place.trail}:${place.line}`),
        [],
        'mint keys when the test runs, or name the file in .latchwork-baseline.json',
      )
      assert.deepEqual(notes, [])
    } finally {
      process.chdir(cwd)
    }
  })
})
