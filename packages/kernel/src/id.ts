/** Public ids: a prefix that says what it is, nine base62 digits of time (so that rows sort by age), thirteen of chance. No secret, not guessable. */

import { base62OfBytes, base62OfNumber } from './base62.ts'
import { takeRandomBytes } from './entropy.ts'

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

export type IdKind = keyof typeof idPrefixes

export function newId(kind: IdKind, now: number): string {
  return `${idPrefixes[kind]}_${base62OfNumber(now, 9)}${base62OfBytes(takeRandomBytes(10), 14).slice(1)}`
}
