/** Registration by a person, with a personal account. */
import { refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { type Registration, registerUser, userCreated } from './new-user.ts'
import type { User } from './store.ts'

/**
 * Checks, in order: that sign-up is open, the limit by network, address, name and password; then writes person, account and event in one act. Does not sign in,
 * and does not verify that the address is the person's.
 * @throws Refusal `sign_up_closed`, `rate_limited`, `identifier_invalid`, `request_malformed`, `password_weak`, `overloaded`, `identifier_taken`.
 */
export async function signUp(accounts: Accounts, request: Registration, now: number): Promise<User> {
  if (!accounts.signUpOpen) return refuse('sign_up_closed')
  const admission = await accounts.throttle.admitSignUp(request.origin.address, now)
  if (!admission.admitted) return refuse('rate_limited', { reason: 'sign_up_throttled', retryAfterSeconds: Math.ceil(admission.retryAfterMs / 1000) })
  const registered = await registerUser(accounts, request, false, now)
  const { user } = registered
  const event = userCreated(registered, { kind: 'user', id: user.id }, request.origin, now)
  const outcome = await accounts.store.createUser(registered, { events: [event], revocations: [] })
  return outcome === 'created' ? user : refuse('identifier_taken')
}
