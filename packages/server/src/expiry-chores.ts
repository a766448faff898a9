/** Removes tokens, grants and login sessions whose time is over, off every request, in small batches (R7). */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@latchwork/kernel'
import type { OAuth } from '@latchwork/oauth'

type Store = Pick<OAuth['store'], 'removeExpiredTokens' | 'removeOverGrants' | 'removeOverSessions'>

export interface ExpiryChores {
  /** One turn over each kind: at most `BATCHES` acts of `BATCH` rows. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly oauth: { readonly store: Store }
  readonly clock: Clock
  readonly longestTokenMs: number
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 5_000
const BATCH = 200
const BATCHES = 50
/** A clock that steps back within this finds everything still there. */
const KEPT_MS = 3_600_000

export function startExpiryChores({ oauth: { store }, clock, longestTokenMs, onTrouble }: Parts): ExpiryChores {
  // Children first: what they hang on goes when nothing hangs on it.
  const walks = [
    { remove: store.removeExpiredTokens, keptMs: KEPT_MS, after: '' },
    { remove: store.removeOverGrants, keptMs: KEPT_MS + longestTokenMs, after: '' },
    { remove: store.removeOverSessions, keptMs: KEPT_MS + longestTokenMs, after: '' },
  ]
  let running: Promise<void> | undefined
  let isClosed = false
  let isInTrouble = false

  /** Goes on where the last turn stopped, and from the beginning when the end was reached. */
  async function walkOn(walk: (typeof walks)[number]): Promise<void> {
    for (let batch = 0; batch < BATCHES && !isClosed; batch++) {
      walk.after = (await walk.remove(walk.after, clock.now() - walk.keptMs, BATCH)) ?? ''
      if (walk.after === '') return
      await setImmediate() // requests that wait go first
    }
  }

  async function turn(): Promise<void> {
    try {
      for (const walk of walks) await walkOn(walk)
      isInTrouble = false
    } catch (cause) {
      if (!isInTrouble) onTrouble('what has expired could not be removed; it is tried again every few seconds', cause)
      isInTrouble = true
    }
  }

  const run = (): Promise<void> => {
    running ??= turn().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = setInterval(() => void run(), INTERVAL_MS).unref()
  return {
    run,
    close: async () => {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}
