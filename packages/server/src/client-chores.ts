/** What is done for clients now and then, off every request: unused registrations are removed, assertions that time refuses are forgotten. */
import type { Clock } from '@latchwork/kernel'
import { type OAuth, removeUnusedRegistrations } from '@latchwork/oauth'
import { DAY_MS } from './key-settings.ts'

export interface ClientChores {
  /** Does them now. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly oauth: OAuth
  readonly clock: Clock
  readonly unusedAfterDays: number
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 60_000
/** A clock that is set back within this finds each assertion used that was. */
const ASSERTIONS_KEPT_MS = 3_600_000

export function startClientChores({ oauth, clock, unusedAfterDays, onTrouble }: Parts): ClientChores {
  let running: Promise<void> | undefined
  const doAll = async (): Promise<void> => {
    try {
      await oauth.store.forgetAssertions(clock.now() - ASSERTIONS_KEPT_MS)
      await removeUnusedRegistrations(oauth, unusedAfterDays * DAY_MS, clock.now())
    } catch (cause) {
      onTrouble('what is due for clients could not be done; it is tried again in a minute', cause)
    }
  }
  const run = (): Promise<void> => {
    running ??= doAll().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = setInterval(() => void run(), INTERVAL_MS).unref()
  return {
    run,
    close: async () => {
      clearInterval(timer)
      await running
    },
  }
}
