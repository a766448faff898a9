/**
 * Cursors of lists: the place in the table where the page before ended, with the list's name and a checksum over both. A cursor opens nothing that the caller
 * could not list anyway; the checksum keeps one that was altered, or taken from another list, from silently showing the wrong page.
 */
import { base62OfNumber, CHECKSUM_DIGITS, checksumOf, type ListFilter, type Page, type PageRequest, refuse } from '@latchwork/kernel'
import { type Expression, type SqlBool, sql } from 'kysely'

const PLACE_DIGITS = 9
const CURSOR_FORM = /^([a-z]+)_([0-9A-Za-z]{9})([0-9A-Za-z]{6})$/
const TIMED_CURSOR_FORM = /^([a-z]+)_([0-9A-Za-z]{9})([0-9A-Za-z_-]+)([0-9A-Za-z]{6})$/
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const MAX_PAGE = 100

/** Lists whose rows are in the order of their time, and those of one time in that of their ids, or of the numbers the database gave them. */
type TimedListName = 'accounts' | 'consents' | 'members' | 'people' | 'rootkeys' | 'events' | 'oldest'

/** Where a page of such a list ended. */
export interface TimedPlace {
  readonly at: number
  readonly id: string
}

export type ListName = 'log' | 'keys' | 'clients' | 'deliveries' | 'tokens' | 'rotations'

/** The `next` of a page that ended with this number. */
export function cursorOf(list: ListName, seq: number): string {
  const text = `${list}_${base62OfNumber(seq, PLACE_DIGITS)}`
  return text + checksumOf(text)
}

/** The place a page starts before; every row where there is no cursor. @throws Refusal `request_malformed`. */
export function parsePlace(list: ListName, page: PageRequest): number {
  checkLimit(page)
  if (page.after === undefined) return Number.MAX_SAFE_INTEGER
  const form = CURSOR_FORM.exec(page.after)
  if (form === null || form[1] !== list || checksumOf(page.after.slice(0, -CHECKSUM_DIGITS)) !== form[3]) return unknownCursor()
  return numberOf(form[2] as string) ?? unknownCursor()
}

function numberOf(digits: string): number | undefined {
  let number = 0
  for (const digit of digits) number = number * 62 + DIGITS.indexOf(digit)
  return Number.isSafeInteger(number) ? number : undefined
}

function checkLimit({ limit }: PageRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) refuse('request_malformed', { detail: `limit is a whole number from 1 to ${MAX_PAGE}.` })
}

function unknownCursor(): never {
  return refuse('request_malformed', { detail: 'The cursor is not one that this list gave: repeat without it.' })
}

/** The place a page starts below; `undefined` where there is no cursor. @throws Refusal `request_malformed`. */
export function parseTimedPlace(list: TimedListName, page: PageRequest): TimedPlace | undefined {
  checkLimit(page)
  if (page.after === undefined) return undefined
  const [, name, digits = '', id = '', checksum] = TIMED_CURSOR_FORM.exec(page.after) ?? []
  const at = numberOf(digits)
  if (name !== list || checksumOf(page.after.slice(0, -CHECKSUM_DIGITS)) !== checksum || at === undefined) return unknownCursor()
  return { at, id: Buffer.from(id, 'base64url').toString() }
}

/** Rows of the table behind the place, newest first; all where there is none. */
export function isBelow(table: string, place: TimedPlace | undefined, time = 'created_at', id = 'id'): readonly Expression<SqlBool>[] {
  return place === undefined ? [] : [sql<SqlBool>`(${sql.ref(`${table}.${time}`)}, ${sql.ref(`${table}.${id}`)}) < (${place.at}, ${place.id})`]
}

/** The same of a list that is of some times alone, and no further than `end`, which is within. One bound on each side: of two, SQLite would look up either. */
export function isWithin(
  table: string,
  { createdSince = 0, createdBefore = Number.MAX_SAFE_INTEGER }: Pick<ListFilter, 'createdSince' | 'createdBefore'>,
  place: TimedPlace | undefined,
  end?: TimedPlace,
): Expression<SqlBool> {
  const [time, id] = [sql.ref(`${table}.created_at`), sql.ref(`${table}.id`)]
  const upper =
    place !== undefined && place.at < createdBefore ? sql<SqlBool>`(${time}, ${id}) < (${place.at}, ${place.id})` : sql<SqlBool>`${time} < ${createdBefore}`
  const lower = end === undefined ? sql<SqlBool>`${time} >= ${createdSince}` : sql<SqlBool>`(${time}, ${id}) >= (${end.at}, ${end.id})`
  return sql<SqlBool>`${upper} and ${lower}`
}

/**
 * A page of rows that were asked for with one more than the limit, the newest first.
 * @param end where the look for rows stopped, if it did not stop at their end.
 */
export function timedPageOf<R, T>(
  list: TimedListName,
  rows: readonly R[],
  limit: number,
  placeOf: (row: R) => TimedPlace,
  itemOf: (row: R) => T,
  end?: TimedPlace,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(itemOf)
  const place = rows.length > limit && last !== undefined ? placeOf(last) : end
  if (place === undefined) return { items }
  const text = `${list}_${base62OfNumber(place.at, PLACE_DIGITS)}${Buffer.from(place.id).toString('base64url')}`
  return { items, next: text + checksumOf(text) }
}

/**
 * A page of rows that were asked for with one more than the limit, highest `seq` first.
 * @param end the row at which the look for them stopped, if it did not stop at their end.
 */
export function pageOf<R extends { readonly seq: number }, T>(
  list: ListName,
  rows: readonly R[],
  limit: number,
  itemOf: (row: R) => T,
  end?: { readonly seq: number },
): Page<T> {
  const shown = rows.slice(0, limit)
  const items = shown.map(itemOf)
  const place = rows.length > limit ? shown.at(-1) : end
  return place === undefined ? { items } : { items, next: cursorOf(list, place.seq) }
}
