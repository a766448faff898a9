/** The port of the chain over the event log. Events are read as they are stored, and never written. */
import type { AcceptedBreak, ChainPlace, EventChainStore, Fate, Floor, LoggedEvent, Removal, Renewal, Seal } from '@latchwork/events'
import type { NewEvent } from '@latchwork/kernel'
import { sql } from 'kysely'
import { type Act, rowOf, rowsOf } from './act.ts'
import type { Dialect, Engine } from './engine.ts'
import { eventCells, writeEvents } from './journal.ts'
import { findSettled } from './settled.ts'

export function eventChainStore(engine: Engine): EventChainStore {
  const { dialect, read, act } = engine
  const { db } = dialect
  return {
    sealNext: (limit, seal) => sealNext(engine, limit, seal),
    renewSeals: (after, limit, renew) => act(() => renewSeals(dialect, after, limit, renew)),
    removeFirst: (limit, removal) => act(() => removeFirst(dialect, limit, removal)),
    tellRemoved: (before, now, event) => act(() => tellRemoved(dialect, before, now, event)),
    acceptBreaks: (breaks, event) => act(() => acceptBreaks(dialect, breaks, event)),
    findAccepted: async (number) => (await read(acceptedQuery(dialect).where('number', '=', number).compile()))[0],
    findFloor: async () => floorIn(await read(floorQuery(dialect).compile())),
    findSeal: async (number) => (await read(sealsQuery(dialect).where('number', '=', number).compile()))[0],
    findNewestSeal: async () => (await read(newestQuery(dialect).compile()))[0],
    listSeals: async (after, limit) => read(sealsQuery(dialect).where('number', '>', after).orderBy('number').limit(limit).compile()),
    listLogged: async ({ after, upTo }, limit) => {
      const query = loggedQuery(dialect).where('seq', '<=', upTo).orderBy('seq').limit(limit)
      return (await read((after === undefined ? query : query.where('seq', '>', after)).compile())).map(loggedOf)
    },
    findUnsealed: async (after, most) => {
      const some = db.selectFrom('events').select('seq').where('seq', '>', after).limit(most).as('some')
      const [counted] = await read(db.selectFrom(some).select(sql<number>`count(*)`.as('count')).compile())
      const [first] = await read(db.selectFrom('events').select('at').where('seq', '>', after).orderBy('seq').limit(1).compile())
      return { count: counted?.count ?? 0, ...(first === undefined ? {} : { since: first.at }) }
    },
  }
}

type LoggedRow = Readonly<Record<(typeof eventCells)[number], string | null>> & { readonly seq: number; readonly writtenAt: string }

function loggedQuery({ db }: Dialect) {
  return db.selectFrom('events').select(['seq', sql<string>`cast(at as text)`.as('writtenAt'), ...eventCells])
}

function loggedOf(row: LoggedRow): LoggedEvent {
  return { seq: row.seq, at: Number(row.writtenAt), cells: [String(row.seq), row.writtenAt, ...eventCells.map((name) => row[name])] }
}

function sealsQuery({ db }: Dialect) {
  return db
    .selectFrom('event_seals')
    .select([
      'number',
      'first_seq as firstSeq',
      'last_seq as lastSeq',
      'count',
      'oldest_at as oldestAt',
      'newest_at as newestAt',
      'sealed_at as sealedAt',
      'digest',
      'value',
      'key_id as keyId',
      'mac',
    ])
}

function acceptedQuery({ db }: Dialect) {
  return db
    .selectFrom('event_breaks')
    .select(['number', 'first', 'reason', 'stands', 'found', 'accepted_at as acceptedAt', 'accepted_by as acceptedBy', 'why', 'key_id as keyId', 'mac'])
}

const newestQuery = (dialect: Dialect) => sealsQuery(dialect).orderBy('number', 'desc').limit(1)

/** The one row of `event_floor`. */
const FLOOR = 1

function floorQuery({ db }: Dialect) {
  return db
    .selectFrom('event_floor')
    .select(['number', 'last_seq as lastSeq', 'value', 'removed', 'key_id as keyId', 'proof', 'told', 'told_at as toldAt'])
    .where('place', '=', sql.lit(FLOOR))
}

type FloorRow = Floor & { readonly told: number; readonly toldAt: number }

function floorIn([row]: readonly FloorRow[]): Floor {
  if (row === undefined)
    throw new Error('the table event_floor has lost its row: how far the event log was removed is not known, and it cannot be checked or removed')
  const { told: _told, toldAt: _toldAt, ...floor } = row
  return floor
}

/** One node at a time, held by the row: another passes by. */
function* takeFloor(dialect: Dialect): Act<FloorRow | undefined> {
  const query = floorQuery(dialect)
  return yield* rowOf((dialect.name === 'postgres' ? query.forUpdate().skipLocked() : query).compile())
}

type MakeSeal = (before: ChainPlace, events: readonly LoggedEvent[]) => Seal

async function sealNext(engine: Engine, limit: number, seal: MakeSeal): Promise<Seal | undefined> {
  const { dialect, read, act } = engine
  const settled = await findSettled(engine)
  const [newest] = await read(newestQuery(dialect).compile())
  if (settled === undefined || settled <= (newest?.lastSeq ?? 0)) return undefined
  return act(() => sealUpTo(dialect, settled, limit, seal))
}

/** None with a number up to `settled` is still to come: what stands between two of them stays empty. */
function* sealUpTo(dialect: Dialect, settled: number, limit: number, seal: MakeSeal): Act<Seal | undefined> {
  const floor = yield* takeFloor(dialect)
  if (floor === undefined) return undefined
  const before = (yield* rowOf(newestQuery(dialect).compile())) ?? floor
  const rows = yield* rowsOf(loggedQuery(dialect).where('seq', '>', before.lastSeq).where('seq', '<=', settled).orderBy('seq').limit(limit).compile())
  if (rows.length === 0) return undefined
  const made = seal(before, rows.map(loggedOf))
  const { number, firstSeq, lastSeq, count, oldestAt, newestAt, sealedAt, digest, value, keyId, mac } = made
  const row = { first_seq: firstSeq, last_seq: lastSeq, oldest_at: oldestAt, newest_at: newestAt, sealed_at: sealedAt, key_id: keyId }
  yield dialect.db
    .insertInto('event_seals')
    .values({ ...row, number, count, digest, value, mac })
    .compile()
  return made
}

function* renewSeals(dialect: Dialect, after: number, limit: number, renew: Renewal): Act<number | undefined> {
  const { db } = dialect
  const floor = yield* takeFloor(dialect)
  if (floor === undefined) return after // another node is at it: the same place again
  const proof = renew.floor(floorIn([floor]))
  if (proof !== undefined) yield db.updateTable('event_floor').set({ key_id: proof.keyId, proof: proof.proof }).where('place', '=', FLOOR).compile()
  const seals = yield* rowsOf(sealsQuery(dialect).where('number', '>', after).orderBy('number').limit(limit).compile())
  for (const seal of seals) {
    const renewed = renew.seal(seal)
    if (renewed === undefined) continue
    yield db.updateTable('event_seals').set({ key_id: renewed.keyId, mac: renewed.mac }).where('number', '=', seal.number).compile()
  }
  const isLast = seals.length < limit
  const upTo = seals.at(-1)?.number ?? after
  for (const accepted of yield* acceptedBetween(dialect, after === 0 ? 0 : after + 1, upTo)) {
    const renewed = renew.accepted(accepted)
    if (renewed === undefined) continue
    yield db.updateTable('event_breaks').set({ key_id: renewed.keyId, mac: renewed.mac }).where('number', '=', accepted.number).compile()
  }
  return isLast ? undefined : upTo
}

function* acceptedBetween(dialect: Dialect, from: number, upTo: number): Act<readonly AcceptedBreak[]> {
  return yield* rowsOf(acceptedQuery(dialect).where('number', '>=', from).where('number', '<=', upTo).orderBy('number').compile())
}

function* acceptBreaks(dialect: Dialect, breaks: readonly AcceptedBreak[], event: NewEvent): Act<void> {
  yield* writeEvents(dialect, [event])
  for (const { acceptedAt, acceptedBy, keyId, number, ...accepted } of breaks) {
    const row = { ...accepted, accepted_at: acceptedAt, accepted_by: acceptedBy, key_id: keyId }
    yield dialect.db
      .insertInto('event_breaks')
      .values({ ...row, number })
      .onConflict((conflict) => conflict.column('number').doUpdateSet(row))
      .compile()
  }
}

/** Batches that are looked at for one removal. */
const SEALS_AT_ONCE = 100

function* removeFirst(dialect: Dialect, limit: number, { judge, prove }: Removal): Act<boolean> {
  const { db } = dialect
  const floor = yield* takeFloor(dialect)
  if (floor === undefined) return false
  const seals = yield* rowsOf(
    sealsQuery(dialect)
      .orderBy('number')
      .limit(SEALS_AT_ONCE + 1)
      .compile(),
  )
  const accepted = new Map((yield* acceptedBetween(dialect, floor.number, seals.at(-1)?.number ?? 0)).map((each) => [each.number, each]))
  const last = lastToGo(floor, seals, limit, (before, seal) => judge(before, seal, accepted.get(seal.number)))
  if (last === undefined) return false
  const { lastSeq, number, value } = last
  const [counted] = yield* rowsOf(db.selectFrom('events').select(sql<number>`count(*)`.as('count')).where('seq', '<=', lastSeq).compile())
  const moved = { number, lastSeq, value, removed: floor.removed + (counted?.count ?? 0) }
  const { keyId, proof } = prove(moved)
  yield db.deleteFrom('events').where('seq', '<=', lastSeq).compile()
  yield db.deleteFrom('event_seals').where('number', '<=', number).compile()
  yield db.deleteFrom('event_breaks').where('number', '<=', number).compile()
  yield db
    .updateTable('event_floor')
    .set({ number, last_seq: lastSeq, value, removed: moved.removed, key_id: keyId, proof })
    .where('place', '=', FLOOR)
    .compile()
  return true
}

/** The last of as many as go at once, or the first that may go at all; none behind one that is kept. The newest stays: by its events the numbers are known to have gone on. */
function lastToGo(floor: ChainPlace, seals: readonly Seal[], limit: number, judge: (before: ChainPlace, seal: Seal) => Fate): Seal | undefined {
  let [events, last]: [number, Seal | undefined] = [0, undefined]
  for (const [index, seal] of seals.slice(0, -1).entries()) {
    events += seal.count
    if (last !== undefined && events > limit) return last
    const fate = judge(seals[index - 1] ?? floor, seal)
    if (fate === 'kept') return last
    if (fate === 'over') last = seal
  }
  return last
}

function* tellRemoved(dialect: Dialect, before: number, now: number, event: Parameters<EventChainStore['tellRemoved']>[2]): Act<void> {
  const row = yield* takeFloor(dialect)
  if (row === undefined || row.removed === row.told || row.toldAt > before) return
  yield* writeEvents(dialect, [event(row.removed - row.told, floorIn([row]))])
  yield dialect.db.updateTable('event_floor').set({ told: row.removed, told_at: now }).where('place', '=', FLOOR).compile()
}
