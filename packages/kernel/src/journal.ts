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

export interface Page<T> {
  readonly items: readonly T[]
  /** Present if there is more: hand it in as `after`. */
  readonly next?: string
}
