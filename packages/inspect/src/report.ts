/** What is known of a token after looking at it. Holds no part of it that is a secret: the signature and opaque bodies stay out. */
export type Severity = 'danger' | 'warning' | 'note'

export interface Warning {
  readonly id: string
  readonly severity: Severity
  readonly text: string
}

export interface Member {
  readonly name: string
  readonly value: unknown
  /** What it means, and what this value says. */
  readonly words: string
}

export interface Check {
  readonly name: 'signature' | 'time' | 'issuer' | 'audience'
  readonly passed: boolean
  readonly text: string
}

export interface Report {
  readonly kind: 'jws' | 'jwe' | 'latchwork' | 'cookie' | 'opaque'
  readonly title: string
  /** Facts that are no member of it. */
  readonly facts: readonly string[]
  readonly header: readonly Member[]
  readonly claims: readonly Member[]
  readonly warnings: readonly Warning[]
  readonly checks: readonly Check[]
  /** Tokens found within it: the values of cookies. */
  readonly within: readonly { readonly name: string; readonly report: Report }[]
}

export const nothing = { facts: [], header: [], claims: [], warnings: [], checks: [], within: [] } as const
