/** What can be told of a person, one row a claim (OpenID Connect Core §5.1), and the scope whose sentence stands for it on the consent page (§5.4). */
import type { Person } from '../oauth.ts'

interface Row {
  readonly scope: 'profile' | 'email'
  readonly of: (person: Person) => unknown
}

const rows = {
  name: { scope: 'profile', of: ({ name }) => name },
  email: { scope: 'email', of: ({ email }) => email },
  email_verified: { scope: 'email', of: ({ emailVerified }) => emailVerified },
} as const satisfies Readonly<Record<string, Row>>

export type PersonClaim = keyof typeof rows

export const personClaims = Object.keys(rows) as readonly PersonClaim[]

export function isPersonClaim(name: string): name is PersonClaim {
  return Object.hasOwn(rows, name)
}

/** The scope that a person allows when they let a client have this claim. */
export function scopeOfClaim(claim: PersonClaim): Row['scope'] {
  return rows[claim].scope
}

/** The claims of the granted scopes, and those asked for one by one (§5.5). */
export function tellClaims(person: Person, scopes: readonly string[], named: readonly string[]): Readonly<Record<string, unknown>> {
  const told = personClaims.filter((claim) => scopes.includes(rows[claim].scope) || named.includes(claim))
  return Object.fromEntries(told.map((claim) => [claim, rows[claim].of(person)]))
}
