/** Reading the event log. */
import { type EventType, eventTypes, type Page, refuse, type StoredEvent, suggestion } from '@latchwork/kernel'
import { type EventFilter, type EventMember, type EventOrder, type EventsStore, eventMembers, eventOrders } from './store.ts'

/** As a stranger sends it; every part is checked. */
export interface EventQuery extends Readonly<Partial<Record<EventMember, string>>> {
  /** The `next` of the page before; `now`, in the order `written`, for what is written from now on. */
  readonly after?: string
  readonly limit?: number
  readonly order?: string
  /** One or several, with commas between; `key.` stands for all that begin so. */
  readonly type?: string
  readonly reference?: string
  /** Epoch milliseconds. */
  readonly since?: number
  readonly until?: number
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100
const MAX_TEXT = 256

/**
 * A page of the log, newest first unless said otherwise.
 * @param query `limit` 1–100, 50 if absent; `after` the `next` of the page before, which only the store can read.
 * @throws Refusal `request_malformed`. Does not check who may read: the caller does.
 */
export async function listEvents(store: Pick<EventsStore, 'listEvents' | 'findEnd'>, query: EventQuery): Promise<Page<StoredEvent>> {
  const filter = parseEventQuery(query)
  if (filter.order === 'written' && filter.after === 'now') return { items: [], next: await store.findEnd() }
  return store.listEvents(filter)
}

/**
 * Every event that the query means, page by page, so that no more than a page is in memory. What is written meanwhile may be among them.
 * @throws Refusal `request_malformed` at once, before the first page is asked for.
 */
export function everyEvent(store: Pick<EventsStore, 'listEvents'>, query: EventQuery): AsyncIterable<readonly StoredEvent[]> {
  const filter = parseEventQuery({ ...query, limit: MAX_LIMIT })
  return pagesOf(store, filter)
}

async function* pagesOf(store: Pick<EventsStore, 'listEvents'>, filter: EventFilter): AsyncGenerator<readonly StoredEvent[]> {
  for (let after = filter.after; ; ) {
    const page = await store.listEvents({ ...filter, ...(after === undefined ? {} : { after }) })
    yield page.items
    if (page.next === undefined) return
    after = page.next
  }
}

function parseEventQuery(query: EventQuery): EventFilter {
  const { after, limit = DEFAULT_LIMIT, order = 'newest', type, reference, since, until } = query
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT))
    return refuse('request_malformed', { detail: `limit is a whole number from 1 to ${MAX_LIMIT}.` })
  if (!isOrder(order)) return refuse('request_malformed', { detail: `order is one of ${eventOrders.join(', ')}.` })
  const members = eventMembers.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]] as const]))
  const texts = [...members.map(([, text]) => text), after, reference]
  if (texts.some((text) => text !== undefined && (text === '' || text.length > MAX_TEXT)))
    return refuse('request_malformed', { detail: `Ids, references and cursors have 1 to ${MAX_TEXT} characters.` })
  if (since !== undefined && until !== undefined && since >= until) return refuse('request_malformed', { detail: 'since is before until.' })
  return {
    limit,
    order,
    ...Object.fromEntries(members),
    ...(after === undefined ? {} : { after }),
    ...(type === undefined ? {} : { type: parseTypes(type) }),
    ...(reference === undefined ? {} : { reference }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

const allTypes = Object.keys(eventTypes) as readonly EventType[]

/** `key.created,token.` → `key.created` and all types of tokens. @throws Refusal `request_malformed`. */
function parseTypes(text: string): readonly EventType[] {
  if (text.length > MAX_TEXT * 4) return refuse('request_malformed', { detail: 'type names too many; a part such as "key." stands for all that begin so.' })
  return [...new Set(text.split(',').flatMap(typesOf))]
}

function typesOf(word: string): readonly EventType[] {
  const meant = word.endsWith('.') ? allTypes.filter((type) => type.startsWith(word)) : allTypes.filter((type) => type === word)
  if (meant.length > 0) return meant
  const hint = suggestion(word.slice(0, MAX_TEXT), allTypes)
  return refuse('request_malformed', { detail: `type names types of events, with commas between, or the beginning of some such as "key.". ${hint}` })
}

function isOrder(text: string): text is EventOrder {
  return (eventOrders as readonly string[]).includes(text)
}
