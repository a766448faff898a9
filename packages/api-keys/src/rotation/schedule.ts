/** When a key is due: greatest age, interval, calendar, and never later than the last quarter of its own life. */
import { refuse } from '@latchwork/kernel'
import type { ApiKey } from '../store.ts'
import type { RotationSchedule } from './store.ts'

/** Knows cron expressions. The server fills it. */
export interface Calendar {
  /** The first time after the given one. @throws Error when the expression or the time zone cannot be read. */
  readonly next: (expression: string, timeZone: string, after: number) => number | undefined
}

export const LEAST_INTERVAL_MS = 5 * 60_000
export const GREATEST_INTERVAL_MS = 2 * 366 * 86_400_000
/** So many firings are looked at to find how close they come. */
const LOOKED_AT = 64

/** The shortest time between two rotations. @throws Refusal `rotation_invalid`. */
export function checkSchedule(schedule: RotationSchedule, calendar: Calendar, now: number): number {
  const { maxAgeMs, everyMs, cron } = schedule
  const spans = [maxAgeMs, everyMs].filter((span) => span !== undefined)
  if (spans.length === 0 && cron === undefined) return refuse('rotation_invalid', { detail: 'Give maxAgeSeconds, everySeconds or cron.' })
  if (spans.some((span) => !Number.isSafeInteger(span) || span < LEAST_INTERVAL_MS || span > GREATEST_INTERVAL_MS))
    return refuse('rotation_invalid', { detail: 'maxAgeSeconds and everySeconds are between 300 (5 minutes) and 63244800 (two years).' })
  const shortest = Math.min(...spans, ...(cron === undefined ? [] : [gapOf(cron, calendar, now)]))
  return shortest
}

function gapOf({ expression, timeZone }: NonNullable<RotationSchedule['cron']>, calendar: Calendar, now: number): number {
  if (expression.trim().split(/\s+/).length !== 5)
    return refuse('rotation_invalid', { detail: 'cron has five fields: minute, hour, day of month, month, day of week; such as "0 3 * * 1".' })
  const firings: number[] = []
  try {
    for (let at: number | undefined = now; at !== undefined && firings.length < LOOKED_AT; at = calendar.next(expression, timeZone, at)) firings.push(at)
  } catch {
    return refuse('rotation_invalid', { detail: 'cron or timeZone cannot be read. Write five fields such as "0 3 * * 1", and a zone such as Europe/Berlin.' })
  }
  if (firings.length < 3) return refuse('rotation_invalid', { detail: 'cron names no time that comes again.' })
  const gaps = firings.slice(2).map((at, index) => at - (firings[index + 1] ?? at))
  const least = Math.min(...gaps)
  return least < LEAST_INTERVAL_MS ? refuse('rotation_invalid', { detail: 'cron fires more often than every 5 minutes.' }) : least
}

type Aged = Pick<ApiKey, 'createdAt' | 'expiresAt' | 'lifetimeMs'>

/** @param since when the key was last rotated, or its rotation was set. */
export function dueOf({ maxAgeMs, everyMs, cron }: RotationSchedule, key: Aged, since: number, calendar: Calendar): number {
  const fired = cron === undefined ? undefined : calendar.next(cron.expression, cron.timeZone, since)
  const { createdAt, expiresAt, lifetimeMs } = key
  const latest = expiresAt === undefined ? undefined : expiresAt - Math.ceil((lifetimeMs ?? expiresAt - createdAt) / 4)
  return Math.min(
    ...[maxAgeMs === undefined ? undefined : createdAt + maxAgeMs, everyMs === undefined ? undefined : since + everyMs, fired, latest].filter(
      (time) => time !== undefined,
    ),
  )
}
