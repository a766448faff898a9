/** People declared in the configuration, for reproducible installs. The configuration holds a hash, never a password. */
import { refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { parseEmail } from './identifier.ts'
import { newUser, parseName, userCreated } from './new-user.ts'
import { parsePhc } from './phc-string.ts'

export interface DeclaredUser {
  readonly email: string
  readonly name?: string
  /** PHC string of Argon2id. */
  readonly passwordHash: string
  readonly isOperator?: boolean
}

/** The least memory of any choice in the OWASP Password Storage Cheat Sheet. */
const LEAST_MEMORY_KIB = 7_168

/**
 * Makes the person, or brings the one with this address in line. A start that changes nothing writes nothing.
 * @throws Refusal `identifier_invalid`, `request_malformed` (name, hash), with a sentence for the operator.
 */
export async function declareUser(accounts: Pick<Accounts, 'store'>, declared: DeclaredUser, now: number): Promise<void> {
  const email = parseEmail(declared.email)
  const person = { email, name: parseName(declared.name, email), isOperator: declared.isOperator ?? false, passwordHash: declared.passwordHash }
  const hash = parsePhc(declared.passwordHash)
  if (hash === undefined || hash.memory < LEAST_MEMORY_KIB) {
    return refuse('request_malformed', {
      reason: 'password_hash',
      detail: `passwordHash of ${email} must be an Argon2id hash of at least ${LEAST_MEMORY_KIB} KiB: $argon2id$v=19$m=…,t=…,p=…$salt$hash.`,
    })
  }
  const found = await accounts.store.findUserByEmail(email)
  const inLine = found?.passwordHash === person.passwordHash && found.user.name === person.name && found.user.isOperator === person.isOperator
  if (inLine) return
  const registered = newUser(person, now)
  const events = found === undefined ? [userCreated(registered, { kind: 'system' }, {}, now)] : []
  await accounts.store.declareUser(registered, { events, revocations: [] })
}
