/** What OAuth does off every request: telling applications of sign-outs as soon as they happen, forgetting devices that nobody let in. */
import type { Clock, FeedEntry } from '@latchwork/kernel'
import type { OAuth } from '@latchwork/oauth'
import type { Store } from '@latchwork/store'
import type { Config } from './config/index.ts'
import { createLogoutSender, type LogoutSender } from './logout/logout-sender.ts'
import { createGuardedFetch } from './outbound/guarded-fetch.ts'

export interface OAuthChores {
  readonly logouts: LogoutSender
  /** Forgets devices whose time is long over. Never rejects. */
  readonly forgetDevices: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly config: Pick<Config, 'outbound'>
  readonly oauth: OAuth
  readonly store: Pick<Store, 'feed'>
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 60_000
/** A device that polls late is still told that its code has expired. */
const KEPT_MS = 3_600_000

export function openOAuthChores({ config, oauth, store, clock, removalClock, onTrouble }: Parts): OAuthChores {
  const logouts = createLogoutSender({ oauth, fetch: createGuardedFetch(config.outbound), clock, log: onTrouble })
  // However a login session ends, there is an entry of the feed about it, and its lines of the outbox are committed with it.
  const hear = (entries: readonly FeedEntry[]): void => {
    if (entries.some(({ lifeline }) => lifeline.startsWith('session:'))) logouts.wake()
  }
  const stop = store.feed.subscribe(hear, () => logouts.wake())
  logouts.wake() // what an earlier life left
  const forgetDevices = async (): Promise<void> => {
    try {
      await oauth.store.forgetDevices(removalClock.now() - KEPT_MS)
    } catch (cause) {
      onTrouble('devices that are over could not be forgotten; it is tried again in a minute', cause)
    }
  }
  const timer = setInterval(() => void forgetDevices(), INTERVAL_MS).unref()
  return {
    logouts,
    forgetDevices,
    close: async () => {
      clearInterval(timer)
      stop()
      await logouts.close()
    },
  }
}
