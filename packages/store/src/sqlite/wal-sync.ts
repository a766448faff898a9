/**
 * Brings the write-ahead log to the disk, off the event loop. SQLite would do it inside COMMIT (`synchronous = full`) and let every other request wait with it; here the
 * thread pool waits, acts go on being committed meanwhile, and one sync serves all that were committed before it began. What is not synced is not answered.
 */
import { closeSync, fdatasync, openSync } from 'node:fs'

interface Waiting {
  readonly durable: () => void
  readonly failed: (cause: unknown) => void
}

export interface WalSync {
  /** Calls back, in the order of the calls, once everything committed before this call is on the disk, or when the disk has refused. */
  readonly whenDurable: (durable: () => void, failed: (cause: unknown) => void) => void
  /** `busy`: the disk is at work, and what is committed now is served by the sync after it. `full`: that one has something to do already. */
  readonly state: () => 'idle' | 'busy' | 'full'
  /** The writer was opened anew, and its log may be another file. */
  readonly forget: () => void
  /** Waits for what is under way. */
  readonly close: () => Promise<void>
}

export function walSync(databasePath: string): WalSync {
  let file: number | undefined
  let waiting: Waiting[] = []
  let isSyncing = false
  let isStale = false
  let idle = (): void => {}

  function letGo(): void {
    if (file !== undefined) closeSync(file)
    file = undefined
    isStale = false
  }

  function finish(served: readonly Waiting[], error: unknown): void {
    isSyncing = false
    if (error !== null || isStale) letGo()
    // What was committed meanwhile stands on what the disk refused: it is no more certain.
    const concerned = error === null ? served : [...served, ...waiting.splice(0)]
    for (const { durable, failed } of concerned) {
      if (error === null) durable()
      else failed(error)
    }
    start()
  }

  function start(): void {
    if (isSyncing) return
    if (waiting.length === 0) {
      idle()
      return
    }
    const served = waiting
    waiting = []
    try {
      file ??= openSync(`${databasePath}-wal`, 'r+')
    } catch (error) {
      finish(served, error)
      return
    }
    isSyncing = true
    fdatasync(file, (error) => finish(served, error))
  }

  return {
    whenDurable(durable, failed) {
      waiting.push({ durable, failed })
      start()
    },
    state: () => (!isSyncing ? 'idle' : waiting.length === 0 ? 'busy' : 'full'),
    forget() {
      if (isSyncing) isStale = true
      else letGo()
    },
    async close() {
      if (isSyncing || waiting.length > 0) {
        const { promise, resolve } = Promise.withResolvers<void>()
        idle = resolve
        await promise
      }
      letGo()
    },
  }
}
