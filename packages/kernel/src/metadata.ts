/** What the owner of a key writes on it for themselves: names and plain values, which come back with every verification and decide nothing here. */
import { holdsCredential } from './name.ts'

export type MetadataValue = string | number | boolean
export type Metadata = Readonly<Record<string, MetadataValue>>

const MOST = 50
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/
const LONGEST_VALUE = 500
/** As JSON: it is read at every look-up, and kept in memory with the key. */
const MOST_BYTES = 4096

/** Why it is none, in words for whoever sent it; `undefined` if there is nothing against it. */
export function faultOfMetadata(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const entries = Object.entries(metadata)
  if (entries.length > MOST) return `metadata has up to ${MOST} members.`
  for (const [name, value] of entries) {
    if (!NAME.test(name)) return 'A name in metadata is 1 to 40 of A-Z, a-z, 0-9, _, . and -, and begins with a letter.'
    if (!isValue(value)) return `metadata.${name} is a text of up to ${LONGEST_VALUE} characters, a number, or true or false.`
    if (typeof value === 'string' && holdsCredential(value))
      return `A credential stands in metadata.${name}. Replace it: it may have been written down on its way.`
  }
  return Buffer.byteLength(JSON.stringify(metadata)) > MOST_BYTES ? `metadata is up to ${MOST_BYTES} bytes of JSON.` : undefined
}

function isValue(value: unknown): value is MetadataValue {
  if (typeof value === 'string') return value.length <= LONGEST_VALUE && !value.includes('\0') && value.isWellFormed()
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}
