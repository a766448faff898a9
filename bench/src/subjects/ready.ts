/** What every subject does alike: read its settings, say that it is ready, end with its parent; and, for those without HTTP, run a loop when asked. */
import { performance } from 'node:perf_hooks'

export function settingsOf<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T
}

export function sayReady(details: Readonly<Record<string, string>>): void {
  process.on('disconnect', () => process.exit(0))
  process.send?.({ type: 'ready', ...details })
}

export interface LoopRequest {
  readonly type: 'run'
  readonly seconds: number
}

export interface LoopResult {
  readonly type: 'ran'
  readonly operations: number
  readonly milliseconds: number
}

/** Answers each `run` message with how often `batch` ran in that time; a batch is `batchSize` operations, so that reading the clock costs nothing. */
export function serveLoop(batchSize: number, batch: () => void | Promise<void>): void {
  process.on('message', async (message: LoopRequest) => {
    const start = performance.now()
    const deadline = start + message.seconds * 1000
    let operations = 0
    let now = start
    while (now < deadline) {
      await batch()
      operations += batchSize
      now = performance.now()
    }
    const result: LoopResult = { type: 'ran', operations, milliseconds: now - start }
    process.send?.(result)
  })
}
