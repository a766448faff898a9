/** Reading a report: form and checksum first, so that garbage costs no look-up and leaves no row. */
import { digestOf, fingerprintOf, isForeignForm, type Origin, parseCredential, redactCredentials, storedDigestOf } from '@latchwork/kernel'
import type { LeakChannel, NewLeakReport } from './store.ts'

/** What a reporter sends. */
export interface LeakClaim {
  readonly credential: string
  readonly url?: string
  readonly source?: string
}

/** Where a report came from. */
export interface LeakDoor {
  readonly channel: LeakChannel
  readonly origin: Origin
  /** Keys of other systems were imported: a text in no form of ours may be one of them (K16). */
  readonly acceptsForeign: boolean
}

const MAX_URL = 1000
const MAX_SOURCE = 100

/** `undefined` where the text can be no credential we know: its form or checksum is wrong. Says nothing about whether it is known. */
export function parseLeakReport(claim: LeakClaim, from: LeakDoor, now: number): NewLeakReport | undefined {
  const { credential } = claim
  const leaked = identify(credential, from.acceptsForeign)
  if (leaked === undefined) return undefined
  const url = bounded(claim.url, MAX_URL, credential)
  const source = bounded(claim.source, MAX_SOURCE, credential)
  const { address } = from.origin
  return {
    ...leaked,
    channel: from.channel,
    ...(url === undefined ? {} : { url }),
    ...(source === undefined ? {} : { source }),
    ...(address === undefined ? {} : { address }),
    reportedAt: now,
  }
}

/** Of an imported key nothing is shown but what its importer gave, and its kind is found with it: `rk` names the place to look. */
function identify(text: string, acceptsForeign: boolean): Pick<NewLeakReport, 'digest' | 'kind' | 'fingerprint'> | undefined {
  const parsed = parseCredential(text)
  if (parsed !== undefined)
    return { digest: storedDigestOf(parsed), kind: parsed.type === 'api_key' ? parsed.kind : parsed.type, fingerprint: fingerprintOf(text) }
  return acceptsForeign && isForeignForm(text) ? { digest: digestOf(text), kind: 'rk', fingerprint: '…' } : undefined
}

/** A stranger's text as it may be stored and shown: no credential (an address may hold the very one that leaked), nothing invisible, not long. */
function bounded(text: string | undefined, most: number, leaked: string): string | undefined {
  if (text === undefined || text === '') return undefined
  const clean = withoutForeign(redactCredentials(text.slice(0, 8 * most)), leaked).slice(0, most)
  return clean.toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')
}

/** A key of any form is known by nothing but itself, as it is or as an address writes it. */
function withoutForeign(text: string, leaked: string): string {
  return [leaked, encodeURIComponent(leaked), encodeURI(leaked)].reduce((rest, form) => rest.replaceAll(form, '…'), text)
}
