/** What an option is, and how each kind of value is read: from text (flags, environment) and from a configuration file. */
import type { LeakReaction } from '@latchwork/api-keys'
import { Secret } from '@latchwork/kernel'
import { reactionOf, readReaction } from './leak-options.ts'

export interface ValueOfKind {
  readonly text: string
  readonly integer: number
  readonly boolean: boolean
  readonly list: readonly string[]
  /** Absolute once read: relative to the working directory, or to the file it was written in. */
  readonly path: string
  readonly choice: string
  readonly secret: Secret
  /** What happens to a leaked credential. */
  readonly reaction: LeakReaction
}

export type Kind = keyof ValueOfKind

interface Row<K extends Kind> {
  readonly kind: K
  /** One sentence: what it sets. */
  readonly help: string
  /** One sentence: what to do when it is refused. */
  readonly mend: string
  /** Absent: the value is worked out, as `defaultWords` says, or the option is off. */
  readonly default?: ValueOfKind[K]
  readonly defaultWords?: string
  /** Its flag of `latchwork start`, without the dashes. Secrets have none. */
  readonly flag?: K extends 'secret' ? never : string
  readonly choices?: K extends 'choice' ? readonly string[] : never
  /** The fault of a value of the right kind, if it has one. Never repeats a secret. */
  readonly check?: (value: ValueOfKind[K]) => string | undefined
}

export type Option = { readonly [K in Kind]: Row<K> }[Kind]

/** Reads one kind of value; `undefined`: it is not of this kind. */
interface Reader<T> {
  readonly words: string
  readonly fromText: (text: string) => T | undefined
  readonly fromFile: (value: unknown) => T | undefined
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry !== '')
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false, yes: true, no: false, on: true, off: false }

const text: Reader<string> = { words: 'text', fromText: asText, fromFile: asText }

export const readers: { readonly [K in Kind]: Reader<ValueOfKind[K]> } = {
  text,
  path: { ...text, words: 'a path' },
  choice: { ...text, words: 'one word' },
  integer: {
    words: 'a whole number',
    fromText: (given) => (/^\d{1,15}$/.test(given) ? Number(given) : undefined),
    fromFile: (value) => (Number.isSafeInteger(value) ? (value as number) : undefined),
  },
  boolean: {
    words: 'true or false',
    fromText: (given) => BOOLEANS[given.toLowerCase()],
    fromFile: (value) => (typeof value === 'boolean' ? value : undefined),
  },
  list: {
    words: 'a list of texts',
    fromText: (given) => given.split(',').flatMap((entry) => entry.trim() || []),
    fromFile: (value) => (isTextList(value) ? value : undefined),
  },
  secret: {
    words: 'text, or a reference { file } or { env }',
    fromText: (given) => new Secret(given),
    fromFile: (value) => (asText(value) === undefined ? undefined : new Secret(value as string)),
  },
  reaction: { words: 'revoke, notify, or a time to wait', fromText: readReaction, fromFile: reactionOf },
}

/** The environment variable of an option: `http.port` → `LATCHWORK_HTTP_PORT`. */
export function environmentName(path: string): string {
  return `LATCHWORK_${path
    .replaceAll(/([A-Z])/g, '_$1')
    .replaceAll('.', '_')
    .toUpperCase()}`
}
