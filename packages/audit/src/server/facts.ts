/** What is read of a foreign authorization server: its metadata (RFC 8414, OpenID Connect Discovery) and its key set. */
import type { Jwk } from '../weak-key.ts'

export interface ServerFacts {
  /** What was asked for. */
  readonly asked: string
  /** Where the metadata was found. */
  readonly found: string
  readonly metadata: Readonly<Record<string, unknown>>
  /** Absent if there is none, or if it could not be read. */
  readonly keys?: readonly Jwk[]
}

export function textAt({ metadata }: ServerFacts, member: string): string | undefined {
  const value = metadata[member]
  return typeof value === 'string' ? value : undefined
}

export function textsAt({ metadata }: ServerFacts, member: string): readonly string[] | undefined {
  const value = metadata[member]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
}
