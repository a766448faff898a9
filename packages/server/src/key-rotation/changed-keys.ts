/**
 * Keys and accounts that the revocation feed told of: however a key ended, was stopped or goes on, there is an entry. Their rotations are looked at by the next turn of the desk, so
 * that nobody has to walk through all of them to find out.
 */
import type { RotationStore } from '@latchwork/api-keys'
import type { FeedEntry } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'

export interface ChangedKeys {
  /** Has the rotations of what changed since the last time looked at. @throws Refusal `store_unavailable`; nothing is forgotten then. */
  readonly tell: (store: Pick<RotationStore, 'lookAgain' | 'lookAtEnded'>, now: number) => Promise<void>
  readonly close: () => void
}

const AT_ONCE = 500
/** Beyond that it costs less to look at all. */
const MOST = 50_000

export function hearOfKeys(feed: Pick<Store['feed'], 'subscribe'>): ChangedKeys {
  const heard = { keys: new Set<string>(), accounts: new Set<string>() }
  let isMissed = true // whatever happened before this node listened

  const missed = (): void => {
    isMissed = true
  }
  const hear = (entries: readonly FeedEntry[]): void => {
    for (const { lifeline } of entries) {
      const [kind, id = ''] = lifeline.split(':', 2)
      if (kind === 'key') heard.keys.add(id)
      if (kind === 'account') heard.accounts.add(id)
    }
    if (heard.keys.size + heard.accounts.size <= MOST) return
    heard.keys.clear()
    heard.accounts.clear()
    missed()
  }
  const stop = feed.subscribe(hear, missed)

  return {
    async tell(store, now) {
      try {
        if (isMissed) {
          isMissed = false
          await store.lookAtEnded(now)
        }
        while (heard.keys.size + heard.accounts.size > 0) {
          const [keyIds, accountIds] = [take(heard.keys), take(heard.accounts)]
          await store.lookAgain({ keyIds, accountIds }, now)
        }
      } catch (error) {
        missed()
        throw error
      }
    },
    close: stop,
  }
}

function take(ids: Set<string>): readonly string[] {
  const taken = [...ids.values().take(AT_ONCE)]
  for (const id of taken) ids.delete(id)
  return taken
}
