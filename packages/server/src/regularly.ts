/** Work that is done at intervals, off every request: one run at a time, and its trouble told once until it goes well again. */

export interface Regular {
  /** Runs now; who asks while a run is under way waits for that one. Never rejects. */
  readonly run: () => Promise<void>
  /** No run begins by itself any more; the one under way has ended. */
  readonly close: () => Promise<void>
}

interface Work {
  readonly intervalMs: number
  readonly work: () => Promise<void>
  /** What is said when it fails. */
  readonly trouble: string
  readonly onTrouble: (message: string, cause?: unknown) => void
}

export function regularly({ intervalMs, work, trouble, onTrouble }: Work): Regular {
  let running: Promise<void> | undefined
  let isInTrouble = false
  const once = async (): Promise<void> => {
    try {
      await work()
      isInTrouble = false
    } catch (cause) {
      if (!isInTrouble) onTrouble(trouble, cause)
      isInTrouble = true
    }
  }
  const run = (): Promise<void> => {
    running ??= once().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = setInterval(() => void run(), intervalMs).unref()
  return {
    run,
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
