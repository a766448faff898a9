/** Removes what time has made useless, off every request, in small batches (R7): tokens, grants, login sessions, consents, links, secrets, entries of the revocation feed. */
import { setTimeout as pause } from 'node:timers/promises'
import type { AccountsStore } from '@latchwork/accounts'
import type { AuthorityStore, RevocationFeed } from '@latchwork/authority'
import type { Clock } from '@latchwork/kernel'
import type { OAuth } from '@latchwork/oauth'
import { regularly } from './regularly.ts'

export interface ExpiryStores {
  readonly oauth: Pick<
    OAuth['store'],
    'removeExpiredTokens' | 'removeOverGrants' | 'removeOverSessions' | 'removeOverConsents' | 'removeOverSecrets' | 'removeOverInitialTokens'
  >
  readonly accounts: Pick<AccountsStore, 'removeOverLinks'>
  readonly authority: Pick<AuthorityStore, 'removeOverEndings'>
  readonly feed: Pick<RevocationFeed, 'removeOver'>
}

export interface ExpiryChores {
  /** One turn over each kind: at most `BATCHES` acts of `BATCH` rows. Never rejects. */
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly store: ExpiryStores
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  readonly longestTokenMs: number
  readonly onTrouble: (message: string, cause?: unknown) => void
}

interface Chore {
  /** One batch; whether there is more to be looked at. */
  readonly removeSome: (before: number, limit: number) => Promise<boolean>
  readonly keptMs: number
}

const INTERVAL_MS = 5_000
/** Small, and with a rest between two: on SQLite nothing else is done while one is removed. */
const BATCH = 100
const BATCHES = 100
const REST_MS = 10
const HOUR_MS = 3_600_000
/** A clock that steps back within this finds everything still there. */
const KEPT_MS = HOUR_MS
/** An API that was away for less goes on with what it remembers. */
const FEED_KEPT_MS = 24 * HOUR_MS
/** Operators still see for a while what became of a token they gave out. */
const INITIAL_TOKENS_KEPT_MS = 30 * 24 * HOUR_MS

export function startExpiryChores({ store, removalClock, longestTokenMs, onTrouble }: Parts): ExpiryChores {
  const chores = choresOf(store, longestTokenMs)
  let isClosed = false

  async function keep({ removeSome, keptMs }: Chore): Promise<void> {
    for (let batch = 0; batch < BATCHES && !isClosed; batch++) {
      if (!(await removeSome(removalClock.now() - keptMs, BATCH))) return
      await pause(REST_MS)
    }
  }

  const work = async (): Promise<void> => {
    for (const chore of chores) await keep(chore)
  }
  const trouble = 'what has expired could not be removed; it is tried again every few seconds'
  const { run, close } = regularly({ intervalMs: INTERVAL_MS, work, trouble, onTrouble })
  return {
    run,
    close: () => {
      isClosed = true
      return close()
    },
  }
}

/** Children first: what they hang on goes when nothing hangs on it. */
function choresOf({ oauth, accounts, authority, feed }: ExpiryStores, longestTokenMs: number): readonly Chore[] {
  return [
    { removeSome: walk(oauth.removeExpiredTokens), keptMs: KEPT_MS },
    { removeSome: walk(oauth.removeOverGrants), keptMs: KEPT_MS + longestTokenMs },
    { removeSome: walk(oauth.removeOverSessions), keptMs: KEPT_MS + longestTokenMs },
    { removeSome: walk(oauth.removeOverConsents), keptMs: KEPT_MS + longestTokenMs },
    { removeSome: accounts.removeOverLinks, keptMs: KEPT_MS },
    { removeSome: authority.removeOverEndings, keptMs: 0 }, // kept for an hour by their own rule
    { removeSome: oauth.removeOverSecrets, keptMs: KEPT_MS },
    { removeSome: oauth.removeOverInitialTokens, keptMs: INITIAL_TOKENS_KEPT_MS },
    { removeSome: feed.removeOver, keptMs: FEED_KEPT_MS },
  ]
}

/** Goes on where the last turn stopped, and from the beginning when the end was reached. */
function walk(removeBehind: (after: string, before: number, limit: number) => Promise<string | undefined>): Chore['removeSome'] {
  let after = ''
  return async (before, limit) => {
    after = (await removeBehind(after, before, limit)) ?? ''
    return after !== ''
  }
}
