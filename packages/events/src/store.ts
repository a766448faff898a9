/** What the event log asks of a store. Events of acts are written by the acts themselves; this port is for reading, and for refusals, which change nothing else. */
import type { EventType, NewEvent, Page, PageRequest, StoredEvent } from '@latchwork/kernel'

/**
 * `newest` and `oldest` go by the time of the event. `written` goes by the order in which events were written down, oldest first: none that is written later stands before one
 * that was given, so whoever goes on from a page misses none, whatever the clocks say.
 */
export const eventOrders = ['newest', 'oldest', 'written'] as const
export type EventOrder = (typeof eventOrders)[number]

/** Members of an event that a list can be of alone. */
export const eventMembers = ['accountId', 'userId', 'clientId', 'credentialId', 'sessionId', 'grantId', 'actorId', 'address', 'reason'] as const
export type EventMember = (typeof eventMembers)[number]

export interface EventFilter extends PageRequest, Readonly<Partial<Record<EventMember, string>>> {
  /** `newest` unless said otherwise. */
  readonly order?: EventOrder
  /** One, or any of several. */
  readonly type?: EventType | readonly EventType[]
  /** What the answer to a refused request called itself; refusals that were only counted have none. */
  readonly reference?: string
  /** Epoch milliseconds: at this time or later. */
  readonly since?: number
  /** Epoch milliseconds: before this time. */
  readonly until?: number
}

export interface EventsStore {
  readonly writeEvents: (events: readonly NewEvent[]) => Promise<void>
  /**
   * A page looks through a bounded number of rows: where several filters meet few events, it may hold fewer than `limit`, or none, and still have a `next`. In the order
   * `written` there is always a `next`: it leads to what is written after.
   */
  readonly listEvents: (filter: EventFilter) => Promise<Page<StoredEvent>>
  /** Where the order `written` ends now: handed in as `after`, it gives what is written from now on. */
  readonly findEnd: () => Promise<string>
}
