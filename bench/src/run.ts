/** One run: opens what the contests need, plays them in turn, closes everything whatever happens. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from './contest.ts'
import { contests } from './contests.ts'
import { type Row, runContest, type Schedule } from './measure.ts'
import { printMachine, printRow } from './print.ts'
import { type Subject, startSubject } from './subject.ts'

export interface RunOptions extends Schedule {
  /** Beginnings of names; empty: all. */
  readonly only: readonly string[]
  readonly connections: number
}

export async function runBench(options: RunOptions): Promise<readonly Row[]> {
  const chosen = contests.filter(({ name, isLong }) =>
    isLong === true ? options.only.includes(name) : options.only.length === 0 || options.only.some((beginning) => name.startsWith(beginning)),
  )
  if (chosen.length === 0) throw new Error(`no contest has such a name; there are: ${contests.map(({ name }) => name).join(', ')}`)
  printMachine()
  const { bench, close } = openBench(options.connections)
  try {
    const rows: Row[] = []
    for (const contest of chosen) {
      for (const row of await runContest(contest, bench, options)) {
        rows.push(row)
        printRow(contest, row)
      }
    }
    return rows
  } finally {
    await close()
  }
}

export function openBench(connections: number): { readonly bench: Bench; readonly close: () => Promise<void> } {
  const data = join(import.meta.dirname, '../data')
  mkdirSync(data, { recursive: true })
  const folder = mkdtempSync(join(data, 'run-'))
  const subjects = new Map<string, Promise<Subject>>()
  const closers: (() => Promise<void> | void)[] = []
  const bench: Bench = {
    folder,
    connections,
    subject: (name, settings) => {
      const id = `${name} ${JSON.stringify(settings)}`
      const known = subjects.get(id) ?? startSubject(name, settings)
      subjects.set(id, known)
      return known
    },
    atEnd: (close) => closers.push(close),
  }
  const close = async () => {
    // Those that were started beside ours first: they lean on it.
    for (const subject of await Promise.allSettled(subjects.values())) if (subject.status === 'fulfilled') await subject.value.close()
    for (const end of closers.toReversed()) await end()
    rmSync(folder, { recursive: true, force: true })
  }
  return { bench, close }
}
