/** Reading the event log. */
import { type EventType, eventTypes, type Page, refuse, type StoredEvent } from '@latchwork/kernel'
import type { EventFilter, EventsStore } from './store.ts'

/** As a stranger sends it; every part is checked. */
export interface EventQuery {
  readonly after?: string
  readonly limit?: number
  readonly type?: string
  readonly userId?: string
  readonly clientId?: string
  readonly credentialId?: string
  readonly reference?: string
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100
const MAX_TEXT = 256

/**
 * A page of the log, newest first.
 * @param query `limit` 1–100, 50 if absent; `after` the `next` of the page before, which only the store can read.
 * @throws Refusal `request_malformed`. Does not check who may read: the caller does.
 */
export async function listEvents(store: Pick<EventsStore, 'listEvents'>, query: EventQuery): Promise<Page<StoredEvent>> {
  return store.listEvents(parseEventQuery(query))
}

function parseEventQuery({ after, limit = DEFAULT_LIMIT, type, userId, clientId, credentialId, reference }: EventQuery): EventFilter {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT))
    return refuse('request_malformed', { detail: `limit is a whole number from 1 to ${MAX_LIMIT}.` })
  if (type !== undefined && !isEventType(type)) return refuse('request_malformed', { detail: `type is one of ${Object.keys(eventTypes).join(', ')}.` })
  if ([after, userId, clientId, credentialId, reference].some((text) => text !== undefined && (text === '' || text.length > MAX_TEXT))) {
    return refuse('request_malformed', { detail: `Ids, references and cursors have 1 to ${MAX_TEXT} characters.` })
  }
  return {
    limit,
    ...(after === undefined ? {} : { after }),
    ...(type === undefined ? {} : { type }),
    ...(userId === undefined ? {} : { userId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(credentialId === undefined ? {} : { credentialId }),
    ...(reference === undefined ? {} : { reference }),
  }
}

function isEventType(text: string): text is EventType {
  return Object.hasOwn(eventTypes, text)
}
