/** Public ids: a prefix that says what it is, nine base62 digits of time (so that rows sort by age), thirteen of chance. No secret, not guessable. */

import { base62OfNumber } from './base62.ts'
import { takeRandomDigits } from './entropy.ts'

export const idPrefixes = {
  account: 'acc',
  user: 'usr',
  session: 'ses',
  key: 'key',
  root_key: 'root',
  client: 'cli',
  consent: 'con',
  grant: 'grt',
  token: 'tok',
  event: 'evt',
  link: 'lnk',
  alert: 'alr',
  logout: 'lgo',
  rotation: 'rot',
  initial_token: 'ini',
} as const

export const TIME_DIGITS = 9

export type IdKind = keyof typeof idPrefixes

export function newId(kind: IdKind, now: number): string {
  return `${idPrefixes[kind]}_${timeDigitsOf(now)}${takeRandomDigits(13)}`
}

let lastTime = Number.NaN
let lastDigits = ''

/** Nine digits of epoch milliseconds. Much is made in one millisecond. */
export function timeDigitsOf(now: number): string {
  if (now !== lastTime) {
    lastDigits = base62OfNumber(now, TIME_DIGITS)
    lastTime = now
  }
  return lastDigits
}
