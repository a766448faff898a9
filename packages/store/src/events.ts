/** The port of `events`. Rows are paged by the number the database gave them: ids of one millisecond have no order. */
import type { EventFilter, EventsStore } from '@latchwork/events'
import type { ActorKind, EventType, NewEvent, Page, StoredEvent } from '@latchwork/kernel'
import { type RawBuilder, sql } from 'kysely'
import { present } from './columns.ts'
import { pageOf, parsePlace } from './cursor.ts'
import type { Dialect, Engine } from './engine.ts'
import { writeEvents } from './journal.ts'
import type { Json } from './tables.ts'

export function eventsStore(engine: Engine): EventsStore {
  return {
    writeEvents: (events) => engine.act(() => writeEvents(engine.dialect, events)),
    listEvents: (filter) => listEvents(engine, filter),
  }
}

const eventColumns = [
  'seq',
  'id',
  'type',
  'at',
  'actor_kind as actorKind',
  'actor_id as actorId',
  'account_id as accountId',
  'user_id as userId',
  'client_id as clientId',
  'session_id as sessionId',
  'grant_id as grantId',
  'credential_id as credentialId',
  'fingerprint',
  'address',
  'user_agent as userAgent',
  'reason',
  'data',
] as const

/** The reference in a refusal's answer, as the index on it writes it. */
export function referenceOf({ name }: Dialect): RawBuilder<string | null> {
  return name === 'sqlite' ? sql`(json_extract(data, '$.reference'))` : sql`((data::jsonb)->>'reference')`
}

async function listEvents({ dialect, read }: Engine, filter: EventFilter): Promise<Page<StoredEvent>> {
  let query = dialect.db
    .selectFrom('events')
    .select(eventColumns)
    .where('seq', '<', parsePlace('events', filter))
    .orderBy('seq', 'desc')
    .limit(filter.limit + 1)
  if (filter.type !== undefined) query = query.where('type', '=', filter.type)
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  if (filter.clientId !== undefined) query = query.where('client_id', '=', filter.clientId)
  if (filter.credentialId !== undefined) query = query.where('credential_id', '=', filter.credentialId)
  if (filter.reference !== undefined) query = query.where('type', '=', sql.lit('request.refused')).where(referenceOf(dialect), '=', filter.reference)
  return pageOf('events', await read(query.compile()), filter.limit, eventOf)
}

type OptionalColumn = 'accountId' | 'userId' | 'clientId' | 'sessionId' | 'grantId' | 'credentialId' | 'fingerprint' | 'address' | 'userAgent' | 'reason'

type EventRow = { readonly [K in OptionalColumn]: string | null } & {
  readonly seq: number
  readonly id: string
  readonly type: EventType
  readonly at: number
  readonly actorKind: string
  readonly actorId: string | null
  readonly data: Json | null
}

function eventOf({ seq: _, id, type, at, actorKind, actorId, data, ...rest }: EventRow): StoredEvent {
  const actor = { kind: actorKind as ActorKind, ...present({ id: actorId }) }
  return { id, type, at, actor, ...present(rest), ...(data === null ? {} : { data: JSON.parse(data) as NonNullable<NewEvent['data']> }) }
}
