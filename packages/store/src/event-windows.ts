/**
 * How far one page of the event log looks. Where two filters meet few events, the index of either could lead through millions of rows to find fifty: a page looks through a few
 * thousand and gives the place where it stopped. Of the indexes that could lead, the one that gets furthest with as many rows does.
 */
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Engine } from './engine.ts'
import { LOOKED_THROUGH } from './list-filters.ts'

/** The order of the log: by time, events of one millisecond as they were written. */
export interface Place {
  readonly at: number
  readonly seq: number
}

export const directions = { newest: 'desc', oldest: 'asc' } as const
type Direction = (typeof directions)[keyof typeof directions]

export interface Range {
  readonly direction: Direction
  readonly condition: Expression<SqlBool>
  /** The same, ended by a place, which is within. */
  readonly upTo: (end: Place) => Range
}

/** What is known of the events asked for: any of the parts. */
export interface Known {
  readonly isIndexed: boolean
  readonly parts: readonly ((column: (name: string) => RawBuilder<unknown>) => Expression<SqlBool>)[]
}

/** Whatever stands within the times. */
const anything: Known = { isIndexed: true, parts: [() => sql<SqlBool>`1 = 1`] }
/** Before every event of that time. */
const edgeOf = (at: number): Place => ({ at, seq: -1 })

interface Times {
  readonly since?: number
  readonly until?: number
}

/** What stands behind a place, in the direction, within the times. */
export function rangeOf(direction: Direction, times: Times, after?: Place): Range {
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = times
  const [from, to] = direction === 'desc' ? [edgeOf(until), edgeOf(since)] : [edgeOf(since), edgeOf(until)]
  return between(direction, after !== undefined && isBehind(direction, after, from) ? after : from, to)
}

function between(direction: Direction, from: Place, to: Place): Range {
  const [low, high] = direction === 'desc' ? [to, from] : [from, to]
  const lower = sql<SqlBool>`(at, seq) > (${low.at}, ${low.seq})`
  const upper = sql<SqlBool>`(at, seq) < (${high.at}, ${high.seq})`
  return {
    direction,
    condition: sql<SqlBool>`${lower} and ${upper}`,
    upTo: ({ at, seq }) => between(direction, from, { at, seq: direction === 'desc' ? seq - 1 : seq + 1 }),
  }
}

function isBehind(direction: Direction, one: Place, other: Place): boolean {
  const apart = one.at - other.at || one.seq - other.seq
  return direction === 'desc' ? apart < 0 : apart > 0
}

export interface Window {
  readonly driver: Known
  readonly others: readonly Known[]
  /** Where the page stops looking; absent where the driver's rows end before. */
  readonly end?: Place
}

export async function chooseWindow(engine: Engine, known: readonly Known[], range: Range): Promise<Window> {
  const drivers = known.filter(({ isIndexed }) => isIndexed)
  const [first = anything] = drivers
  if (known.length === 0 || (known.length === 1 && drivers.length === 1)) return { driver: first, others: [] }
  let best: Window | undefined
  for (const driver of drivers.length === 0 ? [anything] : drivers) {
    const others = known.filter((one) => one !== driver)
    const end = await endOf(engine, driver, range)
    if (end === undefined) return { driver, others }
    if (best?.end === undefined || isBehind(range.direction, end, best.end)) best = { driver, others, end }
  }
  return best ?? { driver: first, others: [] }
}

/** Where so many rows of the driver have been looked through: of several parts, the nearest place at which one of them has had its share. */
async function endOf({ dialect: { db }, read }: Engine, { parts }: Known, { direction, condition }: Range): Promise<Place | undefined> {
  const share = Math.ceil(LOOKED_THROUGH / parts.length)
  let nearest: Place | undefined
  for (const part of parts) {
    const rows = db.selectFrom('events').select(['at', 'seq']).where(part(sql.ref)).where(condition)
    const query = rows
      .orderBy('at', direction)
      .orderBy('seq', direction)
      .limit(1)
      .offset(share - 1)
    const [place] = await read(query.compile())
    if (place !== undefined && (nearest === undefined || isBehind(direction, nearest, place))) nearest = place
  }
  return nearest
}
