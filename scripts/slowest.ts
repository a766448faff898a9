/** A reporter for node's test runner: at the end, the files that took longest. Says nothing about the tests themselves. */
import { relative, resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const ROOT = resolve(import.meta.dirname, '..')
const SHOWN = 15

/** Wall time of each file's process, its start included. The runner tells a file's end as that of a test named like it. */
export default async function* slowest(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { readonly path: string; readonly ms: number }[] = []
  for await (const { type, data } of events) {
    if (type !== 'test:complete' || data.nesting !== 0 || data.file === undefined || resolve(ROOT, data.name) !== data.file) continue
    files.push({ path: relative(ROOT, data.file), ms: data.details.duration_ms })
  }
  files.sort((a, b) => b.ms - a.ms)
  const all = files.reduce((sum, { ms }) => sum + ms, 0)
  yield `\n${files.length} files, ${seconds(all)} s in all. The slowest:\n`
  for (const { path, ms } of files.slice(0, SHOWN)) yield `${seconds(ms).padStart(7)} s  ${path}\n`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
