/** What the event log asks of a store. Events of acts are written by the acts themselves; this port is for reading, and for refusals, which change nothing else. */
import type { EventType, NewEvent, Page, PageRequest, StoredEvent } from '@latchwork/kernel'

export interface EventFilter extends PageRequest {
  readonly type?: EventType
  readonly userId?: string
  readonly clientId?: string
  readonly credentialId?: string
  /** What the answer to a refused request called itself; refusals that were only counted have none. */
  readonly reference?: string
}

export interface EventsStore {
  readonly writeEvents: (events: readonly NewEvent[]) => Promise<void>
  /** Newest first. */
  readonly listEvents: (filter: EventFilter) => Promise<Page<StoredEvent>>
}
