/** The compact serialisations (RFC 7515 §7.1, RFC 7516 §7.1), taken apart generously; what is not as it should be is told. */
import { type ReadJson, readJsonObject } from './read-json.ts'
import type { Warning } from './report.ts'

export interface Compact {
  readonly parts: readonly string[]
  readonly header: ReadJson
  readonly payload: Buffer | undefined
  readonly warnings: readonly Warning[]
}

/** `undefined` unless the text is three parts (JWS) or five (JWE) and the first is a JSON object. */
export function readCompact(text: string): Compact | undefined {
  const parts = text.split('.', 6)
  if (parts.length !== 3 && parts.length !== 5) return undefined
  const header = readJsonObject(Buffer.from(parts[0] ?? '', 'base64url'))
  if (header === undefined) return undefined
  return { parts, header, payload: parts.length === 3 ? Buffer.from(parts[1] ?? '', 'base64url') : undefined, warnings: spellingOf(parts) }
}

/** RFC 7515 §2: one token has one spelling. */
function spellingOf(parts: readonly string[]): readonly Warning[] {
  const wrong = parts.flatMap((part, index) => (Buffer.from(part, 'base64url').toString('base64url') === part ? [] : [index + 1]))
  if (wrong.length === 0) return []
  return [
    {
      id: 'spelling',
      severity: 'danger',
      text: `Part ${wrong.join(' and ')} is not canonical base64url (padding, other characters, or bits left over): one token in several spellings slips past deny-lists. Refuse it.`,
    },
  ]
}
