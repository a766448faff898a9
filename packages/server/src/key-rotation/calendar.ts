/** Cron expressions, read by a library. */
import type { Calendar } from '@latchwork/api-keys'
import { Cron } from 'croner'

export const calendar: Calendar = {
  next: (expression, timeZone, after) => new Cron(expression, { timezone: timeZone, mode: '5-part' }).nextRun(new Date(after))?.getTime(),
}
