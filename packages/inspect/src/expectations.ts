/** What a token is held against. */
import type { CheckKey } from './keys.ts'

export interface Expectations {
  readonly now: number
  /** Of the words for times; that of the machine unless given. */
  readonly timeZone?: string
  /** Keys to verify a signature with; no signature is looked at without. */
  readonly keys?: readonly CheckKey[]
  readonly issuer?: string
  readonly audience?: string
}
