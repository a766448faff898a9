import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Report, type ScanOptions, scan } from '../src/index.ts'

export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'latchwork-scan-test-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export function write(root: string, name: string, content: string | Buffer): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

export function scanPath(path: string, options: ScanOptions = {}): Promise<Report> {
  return scan([{ kind: 'path', path }], options)
}
