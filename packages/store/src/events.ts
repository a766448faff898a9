/** The port of `events`. */
import { type EventFilter, type EventsStore, eventMembers } from '@latchwork/events'
import type { ActorKind, EventType, NewEvent, Page, StoredEvent } from '@latchwork/kernel'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { present } from './columns.ts'
import { cursorOf, parsePlace, parseTimedPlace, timedPageOf } from './cursor.ts'
import type { Dialect, Engine } from './engine.ts'
import { chooseWindow, directions, type Known, type Place, type Range, rangeOf } from './event-windows.ts'
import { writeEvents } from './journal.ts'
import { LOOKED_THROUGH } from './list-filters.ts'
import { findSettled } from './settled.ts'
import type { EventsTable, Json } from './tables.ts'

export function eventsStore(engine: Engine): EventsStore {
  return {
    writeEvents: (events) => engine.act(() => writeEvents(engine.dialect, events)),
    listEvents: (filter) => (filter.order === 'written' ? listWritten(engine, filter) : listByTime(engine, filter)),
    findEnd: async () => cursorOf('log', (await findSettled(engine)) ?? 0),
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

const columnOf = {
  accountId: 'account_id',
  userId: 'user_id',
  clientId: 'client_id',
  credentialId: 'credential_id',
  sessionId: 'session_id',
  grantId: 'grant_id',
  actorId: 'actor_id',
  address: 'address',
  reason: 'reason',
} as const satisfies Record<(typeof eventMembers)[number], keyof EventsTable>

/** Those that have an index with the time behind them (migration 25). */
const indexed: ReadonlySet<string> = new Set(['account_id', 'user_id', 'client_id', 'credential_id'])

/** The reference in a refusal's answer, as the index on it writes it. */
export function referenceOf({ name }: Dialect): RawBuilder<string | null> {
  return name === 'sqlite' ? sql`(json_extract(data, '$.reference'))` : sql`((data::jsonb)->>'reference')`
}

/** The rows of a reference: one, or none. SQLite is told by which index, since that of the type has the order of the list. */
async function findReferenced({ dialect, read }: Engine, reference: string): Promise<readonly number[]> {
  const { name, db } = dialect
  const by = name === 'sqlite' ? sql`indexed by events_by_reference` : sql``
  const query = sql<{ seq: number }>`select seq from events ${by} where type = 'request.refused' and ${referenceOf(dialect)} = ${reference} limit 10`
  return (await read(query.compile(db))).map(({ seq }) => seq)
}

/** What is asked for, beside the time. */
async function findKnown(engine: Engine, { type, reference, ...filter }: EventFilter): Promise<readonly Known[]> {
  const referenced = reference === undefined ? undefined : await findReferenced(engine, reference)
  const members = eventMembers.flatMap((name): readonly Known[] => {
    const value = filter[name]
    if (value === undefined) return []
    return [{ isIndexed: indexed.has(columnOf[name]), parts: [(column) => sql<SqlBool>`${column(columnOf[name])} = ${value}`] }]
  })
  const types = type === undefined ? undefined : typeof type === 'string' ? [type] : type
  return [
    ...(referenced === undefined ? [] : [{ isIndexed: true, parts: [() => sql<SqlBool>`seq in (${sql.join([-1, ...referenced])})`] }]),
    ...members,
    ...(types === undefined ? [] : [{ isIndexed: true, parts: types.map((one) => (column: Column) => sql<SqlBool>`${column('type')} = ${one}`) }]),
  ]
}

type Column = Parameters<Known['parts'][number]>[0]

async function listByTime(engine: Engine, filter: EventFilter): Promise<Page<StoredEvent>> {
  const list = filter.order === 'oldest' ? 'oldest' : 'events'
  const after = parseTimedPlace(list, filter)
  const range = rangeOf(directions[list === 'oldest' ? 'oldest' : 'newest'], filter, after && placeOf(after))
  const { driver, others, end } = await chooseWindow(engine, await findKnown(engine, filter), range)
  const within = end === undefined ? range : range.upTo(end)
  const rows = await read(engine, driver, others, within, filter.limit)
  return timedPageOf(list, rows, filter.limit, ({ at, seq }) => ({ at, id: String(seq) }), eventOf, end && { at: end.at, id: String(end.seq) })
}

function placeOf({ at, id }: { readonly at: number; readonly id: string }): Place {
  return { at, seq: Number(id) }
}

/** Each part by the index that leads to it, in order and no further than the page; then the page of them all. */
async function read({ dialect, read }: Engine, driver: Known, others: readonly Known[], range: Range, limit: number): Promise<readonly EventRow[]> {
  const { db, name } = dialect
  const parts = driver.parts.map((condition) => {
    let query = db.selectFrom('events').select(eventColumns).where(condition(sql.ref)).where(range.condition)
    for (const other of others) query = query.where(anyOf(other, plain(name)))
    return query
      .orderBy('at', range.direction)
      .orderBy('seq', range.direction)
      .limit(limit + 1)
  })
  const [first, ...more] = parts.map((part) => db.selectFrom(part.as('part')).selectAll())
  if (first === undefined) return []
  if (more.length === 0) return await read((parts[0] as (typeof parts)[number]).compile())
  const all = more.reduce<typeof first>((one, other) => one.unionAll(other), first)
  return await read(
    all
      .orderBy('at', range.direction)
      .orderBy('seq', range.direction)
      .limit(limit + 1)
      .compile(),
  )
}

/** A column that SQLite looks up no index for: which one leads is chosen already, and it has no figures to choose by. PostgreSQL has. */
function plain(name: Dialect['name']): Column {
  return (column) => (name === 'sqlite' ? sql`+${sql.ref(column)}` : sql.ref(column))
}

function anyOf({ parts }: Known, column: Column): Expression<SqlBool> {
  return sql<SqlBool>`(${sql.join(
    parts.map((condition) => condition(column)),
    sql` or `,
  )})`
}

async function listWritten(engine: Engine, filter: EventFilter): Promise<Page<StoredEvent>> {
  const { db, name } = engine.dialect
  const after = filter.after === undefined ? 0 : parsePlace('log', filter)
  const settled = await findSettled(engine)
  const same = filter.after ?? cursorOf('log', 0)
  if (settled === undefined || settled <= after) return { items: [], next: same }
  const rows = db.selectFrom('events').where('seq', '>', after).orderBy('seq')
  const [last] = await engine.read(
    rows
      .select('seq')
      .limit(1)
      .offset(LOOKED_THROUGH - 1)
      .compile(),
  )
  const end = Math.min(last?.seq ?? settled, settled)
  let query = rows.select(eventColumns).where('seq', '<=', end).limit(filter.limit)
  if (filter.since !== undefined) query = query.where('at', '>=', filter.since)
  if (filter.until !== undefined) query = query.where('at', '<', filter.until)
  for (const known of await findKnown(engine, filter)) query = query.where(anyOf(known, plain(name)))
  const found = await engine.read(query.compile())
  const full = found.length === filter.limit ? found.at(-1)?.seq : undefined
  return { items: found.map(eventOf), next: cursorOf('log', full ?? end) }
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
