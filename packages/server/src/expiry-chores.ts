/** Removes access tokens whose time is over, off every request, in small batches (R7). */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@latchwork/kernel'
import type { OAuth } from '@latchwork/oauth'

export interface ExpiryChores {
  /** One turn: at most `BATCHES` acts of `BATCH` tokens. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly oauth: { readonly store: Pick<OAuth['store'], 'removeExpiredTokens'> }
  readonly clock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 5_000
const BATCH = 200
const BATCHES = 50
/** A clock that steps back within this finds its tokens still there. */
const KEPT_MS = 3_600_000

export function startExpiryChores({ oauth, clock, onTrouble }: Parts): ExpiryChores {
  let after: string | undefined
  let running: Promise<void> | undefined
  let isClosed = false
  let isInTrouble = false
  const turn = async (): Promise<void> => {
    try {
      for (let batch = 0; batch < BATCHES && !isClosed; batch += 1) {
        after = await oauth.store.removeExpiredTokens(after ?? '', clock.now() - KEPT_MS, BATCH)
        if (after === undefined) break
        await setImmediate() // requests that wait go first
      }
      isInTrouble = false
    } catch (cause) {
      if (!isInTrouble) onTrouble('expired tokens could not be removed; it is tried again every few seconds', cause)
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
