/** People who may not come in any more, until they may again. */
import { type Answered, answeredBy, type CallName, type Journal, type NewEvent, type Origin, onceOf, type Repeated, refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import type { Change, Stop } from './store.ts'

export interface UserChange {
  readonly userId: string
  readonly actor: NewEvent['actor'] & { readonly id: string }
  readonly origin: Origin
  readonly now: number
  /** How long a self-contained token issued a moment ago may still be presented. */
  readonly longestTokenMs: number
  /** What its caller named it: the change is made at most once. */
  readonly call?: CallName
}

/**
 * Ends the person's login sessions, grants and personal access tokens in one act, and tells every verifier. From then on a sign-in is answered as a wrong password is. Who is
 * disabled already stays so, and nothing is written.
 * @throws Refusal `not_found`, `last_operator`, `idempotency_key_reused`.
 */
export async function disableUser({ store }: Pick<Accounts, 'store'>, change: UserChange): Promise<Answered<Change>> {
  const { userId, actor, now, longestTokenMs, call } = change
  return found(await store.disableUser(userId, now, now + longestTokenMs, journalOf('user.disabled', change), onceOf(actor, call, now).once))
}

/** Lets the person sign in again. What ended stays ended; consents and memberships are as they were. @throws Refusal `not_found`, `idempotency_key_reused`. */
export async function enableUser({ store }: Pick<Accounts, 'store'>, change: UserChange): Promise<Answered<Change>> {
  const { userId, actor, now, longestTokenMs, call } = change
  return found(await store.enableUser(userId, now, now + longestTokenMs, journalOf('user.enabled', change), onceOf(actor, call, now).once))
}

function found(change: Stop | Repeated<Change>): Answered<Change> {
  if (change === 'last_operator') return refuse(change)
  return change === 'gone' ? refuse('not_found', { detail: 'There is no person with this id.' }) : answeredBy<Change>(change)
}

function journalOf(type: 'user.disabled' | 'user.enabled', { userId, actor, origin, now }: UserChange): Journal {
  return { events: [{ type, at: now, actor, ...origin, userId }], revocations: [] }
}
