/** Writing down what an act did: events, then feed entries as the last statements before its commit (design, decisions 4 and 20). */
import { type FeedEntry, type Journal, type Lifeline, type NewEvent, newId } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowsOf } from './act.ts'
import { jsonOf } from './columns.ts'
import type { Dialect } from './engine.ts'
import type { EventsTable } from './tables.ts'
import { onceForEach, template } from './template.ts'

/** Name of the notification that tells other nodes to read the feed. */
export const FEED_CHANNEL = 'latchwork_feed'
/** Keys of the advisory locks: a class of our own, one number for each use. */
export const LOCK_CLASS = 0x4c57
export const FEED_LOCK = 1
export const MIGRATION_LOCK = 2
export const IMPORT_LOCK = 3

/** Whoever ends thousands of things holds everybody else's revocations up: as few statements as can be, for each is a way to the database and back. */
const ROWS_AT_ONCE = 500

export function* writeJournal(dialect: Dialect, journal: Journal): Act<void> {
  yield* writeEvents(dialect, journal.events)
  if (journal.revocations.length === 0) return
  // The lock is held until the commit is visible: ids are given out in the order of commit, and who has read id n has seen all before.
  if (dialect.name === 'postgres') yield sql`select pg_advisory_xact_lock(${sql.lit(LOCK_CLASS)}, ${sql.lit(FEED_LOCK)})`.compile(dialect.db)
  const entries: FeedEntry[] = []
  for (let from = 0; from < journal.revocations.length; from += ROWS_AT_ONCE) {
    const revocations = journal.revocations.slice(from, from + ROWS_AT_ONCE).map(({ lifeline, at, until }) => ({ lifeline, at, until }))
    const rows = yield* rowsOf(dialect.db.insertInto('revocations').values(revocations).returning(['feed_id', 'lifeline', 'at', 'until']).compile())
    for (const { feed_id, lifeline, at, until } of rows) entries.push({ feedId: feed_id, lifeline: lifeline as Lifeline, at, until })
  }
  if (dialect.name === 'postgres') yield sql`select pg_notify(${sql.lit(FEED_CHANNEL)}, '')`.compile(dialect.db)
  yield { announced: entries.sort((a, b) => a.feedId - b.feedId) }
}

const eventInsert = onceForEach(({ db }) =>
  template<unknown, EventRow>((parameter) =>
    db
      .insertInto('events')
      .values(Object.fromEntries(eventColumns.map((column) => [column, parameter(column)])) as unknown as EventRow)
      .compile(),
  ),
)

export function* writeEvents(dialect: Dialect, events: readonly NewEvent[]): Act<void> {
  for (const event of events) yield eventInsert(dialect)(eventRow(event))
}

type EventRow = Readonly<Omit<EventsTable, 'seq'>>

/** What an event says, beside its number and its time. Seals are made over these in this order (decision 0043): a new column belongs at the end, and makes seals of a second form. */
export const eventCells = [
  'id',
  'type',
  'actor_kind',
  'actor_id',
  'account_id',
  'user_id',
  'client_id',
  'session_id',
  'grant_id',
  'credential_id',
  'fingerprint',
  'address',
  'user_agent',
  'reason',
  'data',
] as const satisfies readonly Exclude<keyof EventRow, 'at'>[]
const eventColumns = ['at', ...eventCells] as const

function eventRow(event: NewEvent): EventRow {
  return {
    id: newId('event', event.at),
    type: event.type,
    at: event.at,
    actor_kind: event.actor.kind,
    actor_id: event.actor.id ?? null,
    account_id: event.accountId ?? null,
    user_id: event.userId ?? null,
    client_id: event.clientId ?? null,
    session_id: event.sessionId ?? null,
    grant_id: event.grantId ?? null,
    credential_id: event.credentialId ?? null,
    fingerprint: event.fingerprint ?? null,
    address: event.address ?? null,
    user_agent: event.userAgent ?? null,
    reason: event.reason ?? null,
    data: event.data === undefined ? null : jsonOf(event.data),
  }
}
