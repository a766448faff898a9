/** What is done for clients now and then, off every request: unused registrations are removed, assertions that time refuses are forgotten. */
import type { Clock } from '@latchwork/kernel'
import { type OAuth, removeUnusedRegistrations } from '@latchwork/oauth'
import { DAY_MS } from './key-settings.ts'
import { regularly } from './regularly.ts'

export interface ClientChores {
  /** Does them now. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly oauth: OAuth
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly unusedAfterDays: number
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 60_000
/** A clock that is set back within this finds each assertion used that was. */
const ASSERTIONS_KEPT_MS = 3_600_000

export function startClientChores({ oauth, removalClock, unusedAfterDays, onTrouble }: Parts): ClientChores {
  const work = async (): Promise<void> => {
    await oauth.store.forgetAssertions(removalClock.now() - ASSERTIONS_KEPT_MS)
    await removeUnusedRegistrations(oauth, unusedAfterDays * DAY_MS, removalClock.now())
  }
  return regularly({ intervalMs: INTERVAL_MS, work, trouble: 'what is due for clients could not be done; it is tried again every minute', onTrouble })
}
