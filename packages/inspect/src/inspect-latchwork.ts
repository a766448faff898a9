/** Credentials of Latchwork's own formats: what can be known without the server. */
import { credentialFormats, fingerprintOf, parseCredential, storedDigestOf } from '@latchwork/kernel'
import { nothing, type Report, type Warning } from './report.ts'

const FORM = /^(?:(?:sk|rk|pk|pat)_(?:live|test)_([a-z0-9]{2,6})|lw_(?:at|rt|ac|cs|root|dc|ls|ot|ia|ra))_[0-9A-Za-z]*$/

/** `undefined` for a text that does not begin like one of ours. */
export function inspectLatchwork(text: string): Report | undefined {
  const form = FORM.exec(text)
  if (form === null) return undefined
  const format = credentialFormats(form[1] ?? 'lw').find(({ prefixes }) => prefixes.some((prefix) => text.startsWith(prefix)))
  if (format === undefined) return undefined
  const parsed = parseCredential(text)
  if (parsed === undefined) return damaged(text, format.name, format.length)
  const isKey = parsed.type === 'api_key'
  return {
    ...nothing,
    kind: 'latchwork',
    title: `A Latchwork ${format.name}`,
    facts: [
      ...(isKey ? [`Environment: ${parsed.environment}. Brand: ${parsed.brand}.`] : []),
      'Its checksum is right: it is whole. Whether it is alive, whose it is and what it may do, only its server knows.',
      `Fingerprint, as logs and lists show it: ${fingerprintOf(text)}`,
      `Digest, by which it is stored and declared: ${storedDigestOf(parsed)}`,
      ...(format.isSecret ? [] : ['It is made to be seen by everybody.']),
    ],
    warnings: warningsFor(parsed.type, isKey && parsed.environment === 'live' && format.isSecret),
  }
}

function damaged(text: string, name: string, length: number): Report {
  const why = text.length === length ? 'its checksum is wrong' : `it has ${text.length} characters, not ${length}`
  const told = `It is no whole credential: ${why}. It was cut, or mistyped, or made up.`
  return {
    ...nothing,
    kind: 'latchwork',
    title: `Something that begins like a Latchwork ${name}`,
    warnings: [{ id: 'checksum', severity: 'danger', text: told }],
  }
}

const oneTimeKinds: ReadonlySet<string> = new Set(['authorization_code', 'one_time_link', 'device_code'])

function warningsFor(type: string, isLiveSecret: boolean): readonly Warning[] {
  if (isLiveSecret) return [{ id: 'live-secret', severity: 'note', text: 'It is a live secret: if others may have seen it, roll it (latchwork keys roll).' }]
  if (type === 'root_key') return [{ id: 'root-key', severity: 'note', text: 'It may manage an installation: keep it where operators alone can read it.' }]
  return oneTimeKinds.has(type) ? [{ id: 'one-time', severity: 'note', text: 'It is good for one use within minutes.' }] : []
}
