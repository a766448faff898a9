/** What can be told of a person, one row a claim (OpenID Connect Core §5.1), and the scope whose sentence stands for it on the consent page (§5.4). */
import type { Person } from '../oauth.ts'
import type { Client, Consent } from '../store.ts'

interface Row {
  readonly scope: 'profile' | 'email' | 'address' | 'phone'
  /** `undefined`: not set, and so not told (§5.3.2). */
  readonly of: (person: Person) => unknown
}

const rows = {
  name: { scope: 'profile', of: ({ name }) => name },
  given_name: { scope: 'profile', of: ({ profile }) => profile.given_name },
  family_name: { scope: 'profile', of: ({ profile }) => profile.family_name },
  middle_name: { scope: 'profile', of: ({ profile }) => profile.middle_name },
  nickname: { scope: 'profile', of: ({ profile }) => profile.nickname },
  preferred_username: { scope: 'profile', of: ({ profile }) => profile.preferred_username },
  profile: { scope: 'profile', of: ({ profile }) => profile.profile },
  picture: { scope: 'profile', of: ({ profile }) => profile.picture },
  website: { scope: 'profile', of: ({ profile }) => profile.website },
  gender: { scope: 'profile', of: ({ profile }) => profile.gender },
  birthdate: { scope: 'profile', of: ({ profile }) => profile.birthdate },
  zoneinfo: { scope: 'profile', of: ({ profile }) => profile.zoneinfo },
  locale: { scope: 'profile', of: ({ profile }) => profile.locale },
  updated_at: { scope: 'profile', of: ({ updatedAt }) => Math.floor(updatedAt / 1000) },
  email: { scope: 'email', of: ({ email }) => email },
  email_verified: { scope: 'email', of: ({ emailVerified }) => emailVerified },
  address: { scope: 'address', of: ({ profile }) => profile.address },
  phone_number: { scope: 'phone', of: ({ profile }) => profile.phone_number },
  phone_number_verified: { scope: 'phone', of: ({ profile }) => profile.phone_number_verified },
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

/** Whether the scope stands for claims. */
export function tellsOfPerson(scope: string): boolean {
  return personClaims.some((claim) => rows[claim].scope === scope)
}

/**
 * Of the claims that a grant was asked for one by one, those whose scopes the person still allows and the client is still registered for: neither word ends with the request that
 * it was given to.
 */
export function stillNamed(
  names: readonly string[] = [],
  client: Pick<Client, 'scopes'>,
  consent: Pick<Consent, 'scopes'> | undefined,
): readonly PersonClaim[] {
  const isAllowed = (scope: string): boolean => client.scopes.includes(scope) && consent?.scopes.includes(scope) === true
  return names.filter(isPersonClaim).filter((claim) => isAllowed(scopeOfClaim(claim)))
}

export interface Telling {
  /** The granted scopes. */
  readonly scopes: readonly string[]
  /** Claims asked for one by one (§5.5). */
  readonly named: readonly string[]
  /** Whether the person allowed `profile` when its sentence spoke of all of it; else it means the name (decision 0033). */
  readonly profileIsWhole: boolean
}

export function tellClaims(person: Person, { scopes, named, profileIsWhole }: Telling): Readonly<Record<string, unknown>> {
  const isTold = (claim: PersonClaim): boolean => {
    const { scope } = rows[claim]
    return named.includes(claim) || (scopes.includes(scope) && (scope !== 'profile' || claim === 'name' || profileIsWhole))
  }
  const told = personClaims.filter(isTold).map((claim) => [claim, rows[claim].of(person)] as const)
  return Object.fromEntries(told.filter(([, value]) => value !== undefined))
}
