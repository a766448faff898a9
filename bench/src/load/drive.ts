/** Keeps a number of connections busy for a time and counts. */
import { performance } from 'node:perf_hooks'
import { HttpConnection } from './http-connection.ts'

/** One whole operation (a request, or a flow of several); throws when the answer is not the one expected. */
export type Operation = () => Promise<void>
/** Makes a connection ready (signs in, say) and gives its operation, to be repeated. */
export type Prepare = (connection: HttpConnection, index: number) => Promise<Operation>

export interface Sample {
  /** Operations a second. */
  readonly perSecond: number
  readonly operations: number
  readonly p50Milliseconds?: number
  readonly p99Milliseconds?: number
}

export interface Driver {
  readonly run: (seconds: number) => Promise<Sample>
  readonly close: () => void
}

export async function openDriver(origin: string, connections: number, prepare: Prepare): Promise<Driver> {
  const open = Array.from({ length: connections }, () => new HttpConnection(origin))
  const operations: Operation[] = []
  for (const [index, connection] of open.entries()) operations.push(await prepare(connection, index))
  return {
    run: (seconds) => runAll(operations, seconds),
    close: () => {
      for (const connection of open) connection.close()
    },
  }
}

async function runAll(operations: readonly Operation[], seconds: number): Promise<Sample> {
  const latencies: number[] = []
  const start = performance.now()
  const deadline = start + seconds * 1000
  await Promise.all(operations.map((operation) => repeat(operation, deadline, latencies)))
  const elapsed = performance.now() - start
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return { perSecond: (latencies.length / elapsed) * 1000, operations: latencies.length, p50Milliseconds: at(0.5), p99Milliseconds: at(0.99) }
}

async function repeat(operation: Operation, deadline: number, latencies: number[]): Promise<void> {
  let before = performance.now()
  while (before < deadline) {
    await operation()
    const after = performance.now()
    latencies.push(after - before)
    before = after
  }
}
