/** Small applications as people write them, with mistakes planted in them: each is found where it is, and nothing else is. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { auditTree } from '@latchwork/audit'

const APPLICATIONS = join(import.meta.dirname, 'applications')
const ROOT = resolve(import.meta.dirname, '../../..')

describe('planted applications', () => {
  for (const name of readdirSync(APPLICATIONS)) {
    it(`A3: every mistake planted in the ${name} application is found at its place, and nothing else`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'latchwork-audit-'))
      t.after(() => rmSync(folder, { recursive: true }))
      mkdirSync(join(folder, 'src'))
      const planted: string[] = []
      for (const file of readdirSync(join(APPLICATIONS, name))) {
        const text = readFileSync(join(APPLICATIONS, name, file), 'utf8')
        const shown = `src/${file.slice(0, -'.txt'.length)}`
        writeFileSync(join(folder, shown), text)
        for (const [index, line] of text.split('\n').entries()) {
          const rules = /(?:\/\/|#) planted (.+)/.exec(line)?.[1]?.split(' ') ?? []
          planted.push(...rules.map((rule) => `${shown}:${index + 2} ${rule}`))
        }
      }
      const { findings, notes } = await auditTree(join(folder, 'src'), 'src')
      assert.ok(planted.length >= 6)
      assert.deepEqual(findings.map(({ rule, at, line }) => `${at}:${line} ${rule.id}`).sort(), planted.sort())
      assert.deepEqual(notes, [])
      assert.ok(!findings.some(({ saw }) => saw?.includes('Zk3nq8fTq2pLx9vBw4Rm')), 'secrets are not shown')
    })
  }

  it('A3: this project itself, and its examples, are clean', async () => {
    for (const path of ['examples', 'packages', 'scripts', 'bench/src']) {
      const { findings, counts } = await auditTree(join(ROOT, path), path)
      assert.deepEqual(
        findings.map(({ rule, at, line }) => `${at}:${line} ${rule.id}`),
        [],
      )
      assert.ok(counts.files > 5, path)
    }
  })
})
