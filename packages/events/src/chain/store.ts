/** What the chain over the event log asks of a store. */
import type { NewEvent } from '@latchwork/kernel'

/** A row of the log as it is stored. */
export interface LoggedEvent {
  readonly seq: number
  /** Epoch milliseconds. */
  readonly at: number
  /** Every column, in the order of the table, as the database gives it; the number and the time as text. */
  readonly cells: readonly unknown[]
}

/** Where a batch begins: behind the batch before, or where the log begins. */
export interface ChainPlace {
  /** Of the batch that ends here; 0 at the beginning of everything. */
  readonly number: number
  readonly lastSeq: number
  /** Of the seal of that batch, SHA-256 in base64url: of the batch, its events and all before; empty at the beginning of everything. */
  readonly value: string
}

/** What one batch of events was when it was sealed. */
export interface Seal extends ChainPlace {
  readonly firstSeq: number
  readonly count: number
  /** Epoch milliseconds: of the oldest and of the newest event by their own times, and of the sealing. */
  readonly oldestAt: number
  readonly newestAt: number
  readonly sealedAt: number
  /** SHA-256 of the events, base64url. */
  readonly digest: string
  /** Which secret key the value is vouched for under, and the HMAC-SHA-256 that does, base64url. */
  readonly keyId: string
  readonly mac: string
}

/** Up to where the server removed the log: the last batch that went, and the proof that it was the server. */
export interface Floor extends ChainPlace {
  /** How many events went since ever. */
  readonly removed: number
  readonly keyId: string
  readonly proof: string
}

/** A batch that does not hold, and that somebody has accepted so. */
export interface AcceptedBreak {
  /** Of the seal that stands there; of the beginning of the log, the last batch that was removed. */
  readonly number: number
  /** Of the batch that does not hold: where seals are missing, the first of them. */
  readonly first: number
  /** What does not hold. */
  readonly reason: string
  /** SHA-256 of the place before and of the seal as they stood, and of the events that were found, base64url. */
  readonly stands: string
  readonly found: string
  /** Epoch milliseconds. */
  readonly acceptedAt: number
  /** The root key of who did. */
  readonly acceptedBy: string
  readonly why: string
  readonly keyId: string
  readonly mac: string
}

/** `unknown`: it says nothing of those before it, and goes with the first behind it that is over. */
export type Fate = 'over' | 'kept' | 'unknown'

export interface Removal {
  /** What becomes of the batch; decides nothing outside itself, for it may be asked again. */
  readonly judge: (before: ChainPlace, seal: Seal, accepted: AcceptedBreak | undefined) => Fate
  readonly prove: (floor: Omit<Floor, 'keyId' | 'proof'>) => Pick<Floor, 'keyId' | 'proof'>
}

export interface Renewal {
  readonly seal: (seal: Seal) => Pick<Seal, 'keyId' | 'mac'> | undefined
  readonly floor: (floor: Floor) => Pick<Floor, 'keyId' | 'proof'> | undefined
  readonly accepted: (accepted: AcceptedBreak) => AcceptedBreak | undefined
}

export interface EventChainStore {
  /**
   * Seals the next events that are settled, at most so many. One node at a time; another passes by.
   * @param seal may be called more than once.
   * @returns the seal, once it is written; `undefined` where there is nothing to seal just now.
   */
  readonly sealNext: (limit: number, seal: (before: ChainPlace, events: readonly LoggedEvent[]) => Seal) => Promise<Seal | undefined>
  /**
   * Vouches anew for some seals with a higher number than `after`, for the floor, and for what was accepted at them; their values stay.
   * @param renew gives nothing where a seal stays as it is.
   * @returns where to go on; `undefined` behind the last.
   */
  readonly renewSeals: (after: number, limit: number, renew: Renewal) => Promise<number | undefined>
  /**
   * Removes the first batches that are over, whole, with about so many events; never the newest.
   * @returns whether any went.
   */
  readonly removeFirst: (limit: number, removal: Removal) => Promise<boolean>
  /** Writes down how many were removed, unless there is nothing to tell or it was last told after `before`. */
  readonly tellRemoved: (before: number, now: number, event: (count: number, floor: Floor) => NewEvent) => Promise<void>
  /** Writes down that breaks are accepted, in place of what was accepted there before. */
  readonly acceptBreaks: (breaks: readonly AcceptedBreak[], event: NewEvent) => Promise<void>
  readonly findAccepted: (number: number) => Promise<AcceptedBreak | undefined>
  /** @throws Error when its row is not there. */
  readonly findFloor: () => Promise<Floor>
  readonly findSeal: (number: number) => Promise<Seal | undefined>
  readonly findNewestSeal: () => Promise<Seal | undefined>
  /** The seals with a higher number than this, in their order. */
  readonly listSeals: (after: number, limit: number) => Promise<readonly Seal[]>
  /** The events with a higher number than `after`, up to `upTo`, in their order; `after` absent: from the first that there is. */
  readonly listLogged: (range: { readonly after?: number; readonly upTo: number }, limit: number) => Promise<readonly LoggedEvent[]>
  /** How many there are with a higher number, counted up to `most`, and the time of the first of them. */
  readonly findUnsealed: (after: number, most: number) => Promise<{ readonly count: number; readonly since?: number }>
}
