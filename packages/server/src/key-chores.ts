/** What is done for keys now and then, off every request: telling of those that expire soon (K5), naming another primary where that one has expired (K6), forgetting calls and rested limits that need not be remembered. */
import { type ApiKeys, noteExpiringKeys } from '@latchwork/api-keys'
import type { Clock } from '@latchwork/kernel'
import type { LimitsStore } from '@latchwork/limits'
import { DAY_MS } from './key-settings.ts'
import { regularly } from './regularly.ts'

export interface KeyChores {
  /** Does them now. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly apiKeys: ApiKeys
  readonly limits: Pick<LimitsStore, 'forgetRested'>
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly expiringWithinDays: number
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 60_000
/** Accounts whose primary key has expired; the rest waits for the next minute. */
const SETTLED_AT_ONCE = 100

export function startKeyChores({ apiKeys, limits, clock, removalClock, expiringWithinDays, onTrouble }: Parts): KeyChores {
  const work = async (): Promise<void> => {
    await noteExpiringKeys(apiKeys, expiringWithinDays * DAY_MS, clock.now())
    await apiKeys.store.settlePlaces(clock.now(), SETTLED_AT_ONCE)
    await apiKeys.store.forgetCalls(removalClock.now())
    await limits.forgetRested(removalClock.now())
  }
  return regularly({ intervalMs: INTERVAL_MS, work, trouble: 'what is due for keys could not be done; it is tried again every minute', onTrouble })
}
