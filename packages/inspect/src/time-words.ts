/** Times as people say them. */
const UNITS: readonly (readonly [seconds: number, name: Intl.RelativeTimeFormatUnit])[] = [
  [31_557_600, 'year'],
  [2_629_800, 'month'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]
/** ECMA-262 §21.4.1.1: the last time there is. */
const LAST_SECOND = 8_640_000_000_000

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** "26 Nov 2026, 21:04:10 UTC, in 9 minutes"; the zone of this machine unless another is given. */
export function timeWords(seconds: number, now: number, timeZone?: string): string {
  if (Math.abs(seconds) > LAST_SECOND) return 'no time that a calendar has'
  const zone = timeZone === undefined ? {} : { timeZone }
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long', ...zone })
  return `${format.format(seconds * 1000)}, ${distanceWords(seconds - now / 1000)}`
}

function distanceWords(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => Math.abs(seconds) >= size) ?? [1, 'second']
  return relative.format(Math.trunc(seconds / size), unit)
}

/** "10 minutes". */
export function durationWords(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, 'second']
  const count = Math.round(seconds / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
