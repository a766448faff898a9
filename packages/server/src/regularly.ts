/** Work that is done at intervals, off every request: one run at a time, and its trouble told once until it goes well again. */

export interface Regular {
  /** Runs now, or again after the run that is under way: what there is to do when it is asked for is done when this resolves. Never rejects. */
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
  let next: Promise<void> | undefined
  let isClosed = false
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
    if (running !== undefined) {
      next ??= running.then(() => {
        next = undefined
        return isClosed ? undefined : run()
      })
      return next
    }
    running = once().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = setInterval(() => {
    if (running === undefined) void run()
  }, intervalMs).unref()
  return {
    run,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}
