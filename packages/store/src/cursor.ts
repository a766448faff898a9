/**
 * Cursors of lists: the place in the table where the page before ended, with the list's name and a checksum over both. A cursor opens nothing that the caller
 * could not list anyway; the checksum keeps one that was altered, or taken from another list, from silently showing the wrong page.
 */
import { base62OfNumber, CHECKSUM_DIGITS, checksumOf, type Page, type PageRequest, refuse } from '@latchwork/kernel'

const PLACE_DIGITS = 9
const CURSOR_FORM = /^([a-z]+)_([0-9A-Za-z]{9})([0-9A-Za-z]{6})$/
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const MAX_PAGE = 100

/** Lists whose rows are in the order of their time, and those of one time in that of their ids. */
type TimedListName = 'accounts' | 'members' | 'people'

/** Where a page of such a list ended. */
export interface TimedPlace {
  readonly at: number
  readonly id: string
}

export type ListName = 'events' | 'keys' | 'clients' | 'deliveries' | 'tokens' | 'rotations'

function cursorOf(list: ListName, seq: number): string {
  const text = `${list}_${base62OfNumber(seq, PLACE_DIGITS)}`
  return text + checksumOf(text)
}

/** The place a page starts before; every row where there is no cursor. @throws Refusal `request_malformed`. */
export function parsePlace(list: ListName, page: PageRequest): number {
  checkLimit(page)
  if (page.after === undefined) return Number.MAX_SAFE_INTEGER
  const form = CURSOR_FORM.exec(page.after)
  if (form === null || form[1] !== list || checksumOf(page.after.slice(0, -CHECKSUM_DIGITS)) !== form[3]) return unknownCursor()
  let place = 0
  for (const digit of form[2] as string) place = place * 62 + DIGITS.indexOf(digit)
  return Number.isSafeInteger(place) ? place : refuse('request_malformed')
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
  const [text, checksum] = [page.after.slice(0, -CHECKSUM_DIGITS), page.after.slice(-CHECKSUM_DIGITS)]
  if (!text.startsWith(`${list}_`) || checksumOf(text) !== checksum) return unknownCursor()
  const place = Buffer.from(text.slice(list.length + 1), 'base64url').toString()
  const space = place.indexOf(' ')
  const at = Number(place.slice(0, space))
  return space > 0 && Number.isSafeInteger(at) ? { at, id: place.slice(space + 1) } : unknownCursor()
}

/** A page of rows that were asked for with one more than the limit, the newest first. */
export function timedPageOf<R, T>(list: TimedListName, rows: readonly R[], limit: number, placeOf: (row: R) => TimedPlace, itemOf: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(itemOf)
  if (rows.length <= limit || last === undefined) return { items }
  const { at, id } = placeOf(last)
  const text = `${list}_${Buffer.from(`${at} ${id}`).toString('base64url')}`
  return { items, next: text + checksumOf(text) }
}

/** A page of rows that were asked for with one more than the limit, highest `seq` first. */
export function pageOf<R extends { readonly seq: number }, T>(list: ListName, rows: readonly R[], limit: number, itemOf: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(itemOf)
  return rows.length > limit && last !== undefined ? { items, next: cursorOf(list, last.seq) } : { items }
}
