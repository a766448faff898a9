/** The table people read. */
import { arch, cpus, release, totalmem, type } from 'node:os'
import type { Contest } from './contest.ts'
import type { Row } from './measure.ts'

export function printMachine(): void {
  const [first] = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  console.log(
    `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${gigabytes} GiB, ${type()} ${release()} ${arch()}, Node ${process.version}\n`,
  )
}

export function printRow(contest: Contest, row: Row): void {
  const verdict = row.met === null ? '' : row.met ? 'met' : 'NOT MET'
  console.log(row.name === contest.name ? contest.title : `${contest.title}, beside ${row.peer}`)
  console.log(`    Latchwork           ${figure(row.ours)} ${row.unit}${cost(row, 'ours')}`)
  if (row.name === contest.name && row.limitValue !== null)
    console.log(`    ${(row.limit ?? '').padEnd(19)} ${figure(row.limitValue)} ${row.unit}${cost(row, 'limit')}`)
  if (row.peerValue !== null && !row.target?.endsWith('limit'))
    console.log(`    ${(row.peer ?? '').padEnd(19)} ${figure(row.peerValue)} ${row.unit}${cost(row, 'peer')}`)
  const [least, greatest] = row.spread
  const ratio =
    row.ratio === null
      ? `spread ${figure(least).trim()}–${figure(greatest).trim()}`
      : `ratio ${row.ratio.toFixed(2)} (${least.toFixed(2)}–${greatest.toFixed(2)})`
  console.log(`    ${ratio}${row.target === null ? '' : `, target ${row.target}: ${verdict}`}\n`)
}

function figure(value: number): string {
  return (value >= 100 ? Math.round(value).toLocaleString('en-GB').replaceAll(',', ' ') : value.toFixed(1)).padStart(10)
}

function cost(row: Row, role: string): string {
  const { p50Milliseconds, p99Milliseconds, cpuMicroseconds } = row.detail[role] ?? {}
  const parts = [
    p50Milliseconds === undefined ? undefined : `p50 ${p50Milliseconds.toFixed(2)} ms`,
    p99Milliseconds === undefined ? undefined : `p99 ${p99Milliseconds.toFixed(2)} ms`,
    cpuMicroseconds === undefined ? undefined : `${cpuMicroseconds.toFixed(cpuMicroseconds < 10 ? 2 : 0)} µs of processor each`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? '' : `   ${parts.join(', ')}`
}
