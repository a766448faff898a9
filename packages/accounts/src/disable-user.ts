/** People who may not come in any more, until they may again. */
import { type Journal, type NewEvent, type Origin, refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'

export interface UserChange {
  readonly userId: string
  readonly actor: NewEvent['actor']
  readonly origin: Origin
  readonly now: number
  /** How long a self-contained token issued a moment ago may still be presented. */
  readonly longestTokenMs: number
}

/**
 * Ends the person's login sessions, grants and personal access tokens in one act, and tells every verifier. From then on a sign-in is answered as a wrong password is. Who is
 * disabled already stays so, and nothing is written.
 * @throws Refusal `not_found`, `last_operator`.
 */
export async function disableUser({ store }: Pick<Accounts, 'store'>, change: UserChange): Promise<void> {
  const outcome = await store.disableUser(change.userId, change.now, change.now + change.longestTokenMs, journalOf('user.disabled', change))
  if (outcome === 'last_operator') refuse('last_operator')
  if (outcome === 'gone') refuse('not_found', { detail: 'There is no person with this id.' })
}

/** Lets the person sign in again. What ended stays ended; consents and memberships are as they were. @throws Refusal `not_found`. */
export async function enableUser({ store }: Pick<Accounts, 'store'>, change: UserChange): Promise<void> {
  const outcome = await store.enableUser(change.userId, change.now, change.now + change.longestTokenMs, journalOf('user.enabled', change))
  if (outcome === 'gone') refuse('not_found', { detail: 'There is no person with this id.' })
}

function journalOf(type: 'user.disabled' | 'user.enabled', { userId, actor, origin, now }: UserChange): Journal {
  return { events: [{ type, at: now, actor, ...origin, userId }], revocations: [] }
}
