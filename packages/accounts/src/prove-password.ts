/** Sign-in by e-mail address and password (J11). */
import { digestOf, type Origin, refuse } from '@latchwork/kernel'
import type { Accounts, SignInAttempt } from './accounts.ts'
import { parseEmail } from './identifier.ts'
import { isOverlongPassword } from './password-strength.ts'
import { type ProvenUser, provenUser } from './proven-user.ts'
import type { User } from './store.ts'

export interface PasswordProof {
  readonly email: string
  readonly password: string
  readonly origin: Origin
}

/**
 * Checks, in order: the form of the address, the limits by network and account, the password. An unknown address, one without a password and a wrong password
 * take the same work and get the same answer. The attempt is counted first and given back when it succeeds.
 * @throws Refusal `identifier_invalid`, `rate_limited`, `overloaded`, `sign_in_failed`. Which of the three it was stands in its `reason`, for the log alone.
 */
export async function provePassword(accounts: Accounts, request: PasswordProof, now: number): Promise<ProvenUser> {
  const email = parseEmail(request.email)
  const attempt: SignInAttempt = { account: digestOf(`sign-in ${email}`), address: request.origin.address }
  const admission = await accounts.throttle.admitSignIn(attempt, now)
  if (!admission.admitted) return refuse('rate_limited', { reason: 'sign_in_throttled', retryAfterSeconds: Math.ceil(admission.retryAfterMs / 1000) })

  const judgement = await judge(accounts, email, request.password).catch((error: unknown) => {
    admission.settle('untried', now)
    throw error
  })
  admission.settle('user' in judgement ? 'succeeded' : 'failed', now)
  if ('user' in judgement) return provenUser(judgement.user, ['pwd'], now)
  return refuse('sign_in_failed', judgement)
}

type Judgement = { readonly user: User } | { readonly reason: string; readonly about: { readonly userId?: string; readonly accountId?: string } }

async function judge(accounts: Accounts, email: string, password: string): Promise<Judgement> {
  if (isOverlongPassword(password)) return { reason: 'password_overlong', about: {} } // nobody has one: judged without a look at the account
  const found = await accounts.store.findUserByEmail(email)
  const fits = await accounts.hasher.check(found?.passwordHash, password)
  if (found === undefined) return { reason: 'unknown_address', about: {} }
  if (fits) return { user: found.user }
  const reason = found.passwordHash === undefined ? 'no_password' : 'wrong_password'
  return { reason, about: { userId: found.user.id, accountId: found.user.accountId } }
}
