/** A reporter for node's test runner: at the end, the files that took longest. Says nothing about the tests themselves. */
import { relative, resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

const ROOT = resolve(import.meta.dirname, '..')
const SHOWN = 15

/** Wall time of a file's outermost suites and tests; how long its process took to start is not in it. */
export default async function* slowest(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tookMs = new Map<string, number>()
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { nesting, file, details } = event.data
    if (nesting === 0 && file !== undefined) tookMs.set(file, (tookMs.get(file) ?? 0) + details.duration_ms)
  }
  const files = [...tookMs].sort(([, a], [, b]) => b - a)
  const all = files.reduce((sum, [, ms]) => sum + ms, 0)
  yield `\n${files.length} files, ${seconds(all)} s in all. The slowest:\n`
  for (const [file, ms] of files.slice(0, SHOWN)) yield `${seconds(ms).padStart(7)} s  ${relative(ROOT, file)}\n`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
