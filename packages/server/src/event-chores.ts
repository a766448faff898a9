/** What is done for the event log, off every request: sealing what was written (E1), removing what is older than is kept (R7), telling the head of the chain to the log once a day. */
import { setTimeout as pause } from 'node:timers/promises'
import { createSealer, type EventChainStore, headText, removeOldEvents, renewSeals, type SealKeys, tellRemovedEvents } from '@latchwork/events'
import type { Clock } from '@latchwork/kernel'
import { DAY_MS } from './key-settings.ts'
import { regularly } from './regularly.ts'

export interface EventChores {
  /** Seals what is settled now. Never rejects. */
  readonly seal: () => Promise<void>
  /** Removes what is over now. Never rejects. */
  readonly remove: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Told once at the start and then daily: whoever ships the log elsewhere has what an attacker in the database cannot reach. */
export interface HeadNote {
  readonly head: string
  readonly sealedAt: string
}

interface Parts {
  readonly store: EventChainStore
  readonly keys: SealKeys
  readonly clock: Clock
  /** By which it is known that something may be removed: `settledClock`. */
  readonly removalClock: Clock
  /** Absent: for ever. */
  readonly keepDays?: number
  readonly onTrouble: (message: string, cause?: unknown) => void
  readonly onHead: (note: HeadNote) => void
}

const SEAL_INTERVAL_MS = 1_000
const REMOVE_INTERVAL_MS = 5_000
/** Small, and with a rest between two: on SQLite nothing else is done while one is sealed or removed. */
const REMOVED_AT_ONCE = 100
const BATCHES = 200
const REST_MS = 10

export function startEventChores({ store, keys, clock, removalClock, keepDays, onTrouble, onHead }: Parts): EventChores {
  let isClosed = false
  let toldAt: number | undefined
  const rest = async (): Promise<boolean> => {
    await pause(REST_MS)
    return !isClosed
  }
  /** Once after the start: nodes that still have the former key in force would take it back. */
  let isRenewed = keys.length === 1
  const sealer = createSealer({ store, keys, now: clock.now, rest, onTrouble })

  function tellHead(): void {
    const [head, now] = [sealer.head(), clock.now()]
    if (head === undefined || (toldAt !== undefined && Math.abs(now - toldAt) < DAY_MS)) return
    toldAt = now
    onHead({ head: headText(head), sealedAt: new Date(head.sealedAt).toISOString() })
  }

  async function removeOld(days: number): Promise<void> {
    for (let batch = 0; batch < BATCHES; batch++) {
      if (!(await removeOldEvents(store, keys, { before: removalClock.now() - days * DAY_MS, now: clock.now() }, REMOVED_AT_ONCE))) break
      if (!(await rest())) return
    }
    await tellRemovedEvents(store, clock.now())
  }

  const sealing = regularly({
    intervalMs: SEAL_INTERVAL_MS,
    work: async () => {
      await sealer.turn()
      if (!isRenewed) isRenewed = await renewSeals(store, keys, rest)
      tellHead()
    },
    trouble: 'the event log could not be sealed; it is tried again every second',
    onTrouble,
  })
  const removing = regularly({
    intervalMs: REMOVE_INTERVAL_MS,
    work: async () => {
      if (keepDays !== undefined) await removeOld(keepDays)
    },
    trouble: 'old events could not be removed; it is tried again every few seconds',
    onTrouble,
  })
  return {
    seal: sealing.run,
    remove: removing.run,
    close: async () => {
      isClosed = true
      await Promise.all([sealing.close(), removing.close()])
    },
  }
}
