/**
 * Whether anything can be written just now. Where the disk is full, or the database is a standby that only reads, what is there can be read: credentials are verified, and nothing is issued or
 * changed. Asked by whoever watches over the server, and tried once in a few seconds at most, however often they ask.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '@latchwork/kernel'
import type { Store } from '@latchwork/store'

export type Writes = 'working' | 'failing'

export interface WriteWatch {
  /** What the last trial said, or a new one. Never rejects. */
  readonly look: () => Promise<Writes>
}

interface Parts {
  readonly store: Pick<Store, 'tryWrite'>
  readonly onTrouble: (message: string, cause?: unknown) => void
}

const KNOWN_MS: Readonly<Record<Writes, number>> = { working: 5_000, failing: 1_000 }
/** A disk that takes longer is no disk to write to. */
const MOST_MS = 2_000

export function watchWrites({ store, onTrouble }: Parts): WriteWatch {
  let known: Writes = 'working'
  let triedAt = Number.NEGATIVE_INFINITY
  let trying: Promise<Writes> | undefined

  async function attempt(): Promise<Writes> {
    const cause = await Promise.race([faultOf(store.tryWrite), pause(MOST_MS, new Error('it takes too long'), { ref: false })])
    const writes = cause === undefined ? 'working' : 'failing'
    if (writes === 'failing' && known === 'working') onTrouble('nothing can be written; what is there is still verified. Is the disk full?', cause)
    known = writes
    triedAt = performance.now()
    trying = undefined
    return writes
  }

  return {
    look: async () => {
      if (performance.now() - triedAt < KNOWN_MS[known]) return known
      trying ??= attempt()
      return trying
    },
  }
}

/** What the database has against it. That others are before us is nothing against it. */
async function faultOf(tryWrite: () => Promise<void>): Promise<unknown> {
  try {
    await tryWrite()
    return undefined
  } catch (cause) {
    return cause instanceof Refusal && cause.code === 'overloaded' ? undefined : cause
  }
}
