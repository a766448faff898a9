/** Times on the wire: ISO 8601 with an offset. */
import { refuse } from '@latchwork/kernel'

/** RFC 3339 §5.6; `Date.parse` alone would take "1" for a day in 2001. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

/** Has five digits, which RFC 3339 has no form for; an offset leads there. */
const YEAR_10000 = Date.UTC(10_000, 0)

/** @throws Refusal `request_malformed`, with the name of the member. */
export function timeOf(text: string, name: string): number {
  const time = DATE_TIME.test(text) && isOnCalendar(text.slice(0, 19)) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) return refuse('request_malformed', { detail: `${name} is a date and time such as 2027-01-31T12:00:00Z.` })
  return time < YEAR_10000 ? time : refuse('request_malformed', { detail: `${name} is beyond the year 9999.` })
}

/** `Date.parse` takes 30 February for 2 March, and 24:00 for the next day. */
function isOnCalendar(dateTime: string): boolean {
  const time = Date.parse(`${dateTime}Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(dateTime)
}

/** The members among `notBefore` and `expiresAt` that are there, as epoch milliseconds. */
export function timesOf(written: { readonly notBefore?: string; readonly expiresAt?: string }): { notBefore?: number; expiresAt?: number } {
  const { notBefore, expiresAt } = written
  return {
    ...(notBefore === undefined ? {} : { notBefore: timeOf(notBefore, 'notBefore') }),
    ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt, 'expiresAt') }),
  }
}
