/** People declared in the configuration, for reproducible installs. The configuration holds a hash, never a password. */
import { refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { parseEmail } from './identifier.ts'
import { endSession } from './login-session.ts'
import { newUser, parseName, userCreated } from './new-user.ts'
import { parsePhc } from './phc-string.ts'
import { type AskedProfile, changedMembers, type Profile, parseProfile } from './profile.ts'
import type { NewUser, Person, User } from './store.ts'

export interface DeclaredUser {
  readonly email: string
  readonly name?: string
  /** PHC string of Argon2id. */
  readonly passwordHash: string
  readonly isOperator?: boolean
  /** Takes the place of all that was there; absent, that stays. */
  readonly profile?: AskedProfile
}

/** The least memory of any choice in the OWASP Password Storage Cheat Sheet. */
const LEAST_MEMORY_KIB = 7_168

/** Longer than any self-contained token lives. */
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Makes the person, or brings the one with this address in line. The operator vouches for the address. A start that changes nothing writes nothing; one that
 * changes the password ends the sessions that the old one opened, or a stranger who registered the address first would go on as the person declared.
 * @throws Refusal `identifier_invalid`, `request_malformed` (name, hash), `profile_invalid`, with a sentence for the operator.
 */
export async function declareUser(accounts: Pick<Accounts, 'store'>, declared: DeclaredUser, now: number): Promise<void> {
  const { profile, ...person } = parseDeclared(declared)
  const found = await accounts.store.findUserByEmail(person.email)
  const known = found === undefined ? undefined : await accounts.store.findPerson(found.user.id)
  const names =
    found === undefined || known === undefined ? [] : changesOf(known, found.passwordHash, { ...person, ...(profile === undefined ? {} : { profile }) })
  if (known !== undefined && names.length === 0) return
  const isTold = names.some((name) => name !== 'password' && name !== 'operator')
  const registered: NewUser = {
    ...newUser(person, now),
    ...(profile === undefined ? {} : { profile }),
    ...(isTold ? { updatedAt: now } : {}),
  }
  if (found === undefined) return accounts.store.declareUser(registered, { events: [userCreated(registered, { kind: 'system' }, {}, now)], revocations: [] })
  const changed = {
    type: 'user.changed',
    at: now,
    actor: { kind: 'system' },
    userId: found.user.id,
    accountId: found.user.accountId,
    reason: 'configuration',
    data: { changed: names.join(' ') },
  } as const
  // Before the change, so that a start that is cut short ends them when it is repeated; after it, for whoever came by another node meanwhile.
  const newPassword = found.passwordHash !== person.passwordHash
  if (newPassword) await endAllSessions(accounts, found.user, now)
  await accounts.store.declareUser(registered, { events: [changed], revocations: [] })
  if (newPassword) await endAllSessions(accounts, found.user, now)
}

type Declared = Pick<User, 'email' | 'emailVerified' | 'name' | 'isOperator'> & { readonly passwordHash: string; readonly profile?: Profile }

function parseDeclared(declared: DeclaredUser): Declared {
  const email = parseEmail(declared.email)
  const hash = parsePhc(declared.passwordHash)
  if (hash === undefined || hash.memory < LEAST_MEMORY_KIB) {
    return refuse('request_malformed', {
      reason: 'password_hash',
      detail: `passwordHash of ${email} must be an Argon2id hash of at least ${LEAST_MEMORY_KIB} KiB: $argon2id$v=19$m=…,t=…,p=…$salt$hash.`,
    })
  }
  return {
    email,
    emailVerified: true,
    name: parseName(declared.name, email),
    isOperator: declared.isOperator ?? false,
    passwordHash: declared.passwordHash,
    ...(declared.profile === undefined ? {} : { profile: parseProfile(declared.profile) }),
  }
}

/** What is not as it was declared, by name. */
function changesOf(known: Person, passwordHash: string | undefined, declared: Declared): readonly string[] {
  return [
    ...(known.name === declared.name ? [] : ['name']),
    ...(known.emailVerified === declared.emailVerified ? [] : ['email_verified']),
    ...(declared.profile === undefined ? [] : changedMembers(known.profile, declared.profile)),
    ...(known.isOperator === declared.isOperator ? [] : ['operator']),
    ...(passwordHash === declared.passwordHash ? [] : ['password']),
  ]
}

async function endAllSessions(accounts: Pick<Accounts, 'store'>, user: User, now: number): Promise<void> {
  for (const session of await accounts.store.listLoginSessions(user.id, now)) {
    await endSession(accounts, { session, user }, { reason: 'password_changed', origin: {}, actor: { kind: 'system' } }, now, DAY_MS)
  }
}
