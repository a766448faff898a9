/** Makes the records of a new person and the personal account that comes with them. Writes nothing. */
import { isVisibleName, type NewEvent, newId, type Origin, refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { parseEmail } from './identifier.ts'
import { checkPasswordStrength } from './password-strength.ts'
import type { NewUser, User } from './store.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  /** What to call the person; the part of the address before the `@` if absent or blank. */
  readonly name?: string
  readonly origin: Origin
}

/** @throws Refusal `identifier_invalid`, `request_malformed` (name), `password_weak`, `overloaded`. */
export async function registerUser(accounts: Accounts, request: Registration, isOperator: boolean, now: number): Promise<NewUser> {
  const email = parseEmail(request.email)
  const name = parseName(request.name, email)
  checkPasswordStrength(request.password, email)
  return newUser({ email, emailVerified: false, name, isOperator, passwordHash: await accounts.hasher.hash(request.password) }, now)
}

export function newUser(person: Pick<User, 'email' | 'emailVerified' | 'name' | 'isOperator'> & { readonly passwordHash: string }, now: number): NewUser {
  const { passwordHash, ...known } = person
  const account = { id: newId('account', now), name: person.name, createdAt: now }
  return { user: { id: newId('user', now), accountId: account.id, createdAt: now, ...known }, account, passwordHash }
}

/** @throws Refusal `request_malformed`. */
export function parseName(text: string | undefined, email: string): string {
  const name = text?.trim() ?? ''
  if (name === '') return email.slice(0, email.indexOf('@'))
  return isVisibleName(name)
    ? name
    : refuse('request_malformed', { reason: 'name', detail: 'Give a name of at most 100 visible characters, and no credential.' })
}

export function userCreated({ user }: NewUser, actor: NewEvent['actor'], origin: Origin, now: number): NewEvent {
  return { type: 'user.created', at: now, actor, ...origin, userId: user.id, accountId: user.accountId, data: { isOperator: user.isOperator } }
}
