/** What an act of the store writes along with its change: all or none of it. */
import type { NewEvent } from './event.ts'
import type { Revocation } from './revocation.ts'

export interface Journal {
  readonly events: readonly NewEvent[]
  /** Feed entries; `[]` where the act ends nothing. */
  readonly revocations: readonly Revocation[]
}

/** A page of a list. `after` is the `next` of the page before, which only the store can read. */
export interface PageRequest {
  readonly after?: string
  /** 1–100. */
  readonly limit: number
}

/** What most lists can be of alone. */
export interface ListFilter extends PageRequest {
  /** Whose name holds this, ASCII letters in either case. */
  readonly name?: string
  /** Epoch milliseconds: made at this time or later. */
  readonly createdSince?: number
  /** Epoch milliseconds: made before this time. */
  readonly createdBefore?: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Present if there may be more: hand it in as `after`. A page that was filtered may hold fewer than `limit`, even none, and have one. */
  readonly next?: string
}
