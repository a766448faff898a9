/** Notes when grants were last used, for the person to see (O17): the newest time of each, written every few seconds in one act. A kill loses seconds of it, and nothing else. */
import type { GrantUse, OAuthStores } from '@latchwork/oauth'

export interface GrantUseRecorder {
  readonly note: (grantId: string, at: number) => void
  /** Writes what is noted. Never rejects. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

interface Parts {
  readonly store: Pick<OAuthStores, 'noteGrantUse'>
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const INTERVAL_MS = 10_000
/** Of one act: an act holds the one writer of SQLite. */
const AT_ONCE = 500
/** While the store is away. */
const MAX_NOTED = 100_000

export function recordGrantUse({ store, onTrouble }: Parts): GrantUseRecorder {
  let noted = new Map<string, number>()
  let writing: Promise<void> | undefined
  const note = (grantId: string, at: number): void => {
    const known = noted.get(grantId)
    if (known === undefined ? noted.size < MAX_NOTED : known < at) noted.set(grantId, at)
  }
  const write = async (): Promise<void> => {
    const uses: readonly GrantUse[] = [...noted].map(([grantId, at]) => ({ grantId, at }))
    noted = new Map()
    for (let start = 0; start < uses.length; start += AT_ONCE) {
      try {
        await store.noteGrantUse(uses.slice(start, start + AT_ONCE))
      } catch (cause) {
        for (const { grantId, at } of uses.slice(start)) note(grantId, at)
        return onTrouble('when grants were last used could not be written; it is tried again', cause)
      }
    }
  }
  const flush = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }
  const timer = setInterval(() => noted.size > 0 && void flush(), INTERVAL_MS).unref()
  return {
    note,
    flush,
    close: async () => {
      clearInterval(timer)
      await writing
      await flush()
    },
  }
}
