/** Reading a report: form and checksum first, so that garbage costs no look-up and leaves no row. */
import { fingerprintOf, type Origin, parseCredential, redactCredentials, storedDigestOf } from '@latchwork/kernel'
import type { LeakChannel, NewLeakReport } from './store.ts'

/** What a reporter sends. */
export interface LeakClaim {
  readonly credential: string
  readonly url?: string
  readonly source?: string
}

const MAX_URL = 1000
const MAX_SOURCE = 100

/** `undefined` where the text is no credential of ours: its form or checksum is wrong. Says nothing about whether it is known. */
export function parseLeakReport(claim: LeakClaim, from: { readonly channel: LeakChannel; readonly origin: Origin }, now: number): NewLeakReport | undefined {
  const parsed = parseCredential(claim.credential)
  if (parsed === undefined) return undefined
  const url = bounded(claim.url, MAX_URL)
  const source = bounded(claim.source, MAX_SOURCE)
  const { address } = from.origin
  return {
    digest: storedDigestOf(parsed),
    kind: parsed.type === 'api_key' ? parsed.kind : parsed.type,
    fingerprint: fingerprintOf(parsed.text),
    channel: from.channel,
    ...(url === undefined ? {} : { url }),
    ...(source === undefined ? {} : { source }),
    ...(address === undefined ? {} : { address }),
    reportedAt: now,
  }
}

/** A stranger's text as it may be stored and shown: no credential (an address may hold the very one that leaked), nothing invisible, not long. */
function bounded(text: string | undefined, most: number): string | undefined {
  if (text === undefined || text === '') return undefined
  const clean = redactCredentials(text.slice(0, 8 * most)).slice(0, most)
  return clean.toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}
