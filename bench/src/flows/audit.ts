/** An audit of a tree of TypeScript of a hundred thousand lines: this project's own sources, as often as it takes. */
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Contestants } from '../contest.ts'
import { inProcess } from '../contestants.ts'

const PACKAGES = join(import.meta.dirname, '../../../packages')
const LINES = 100_000

/** What is counted is audits of the whole tree; the value is seconds for one. */
export async function auditOfTree(bench: Bench): Promise<Contestants> {
  const folder = join(bench.folder, 'sources')
  let lines = 0
  for (let copy = 0; lines < LINES; copy++) {
    for (const name of readdirSync(PACKAGES)) cpSync(join(PACKAGES, name, 'src'), join(folder, `${copy}`, name), { recursive: true })
    lines += linesIn(join(folder, `${copy}`))
  }
  const audits = inProcess(`Latchwork, ${lines} lines`, await bench.subject('audit', { path: folder }))
  const measure = async (seconds: number) => {
    const measured = await audits.measure(seconds)
    return { ...measured, value: 1 / measured.value }
  }
  return { ours: { ...audits, measure } }
}

function linesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  return files.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name), 'utf8').split('\n').length, 0)
}
