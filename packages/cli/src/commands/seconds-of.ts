/** Spans of time as people write them: 30s, 90m, 12h, 3d. */
import { WrongUsage } from '../failure.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** @throws WrongUsage. */
export function secondsOf(text: string, flag: string): number {
  const [, count, unit = ''] = /^(\d{1,7})([smhd])$/.exec(text) ?? []
  const seconds = SECONDS[unit]
  if (count === undefined || seconds === undefined) throw new WrongUsage(`--${flag} is no time.`, `Write --${flag} with a unit: 30s, 90m, 12h or 3d.`)
  return Number(count) * seconds
}
