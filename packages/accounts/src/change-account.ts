/** Giving an account another name; stopping all that is an account's, and letting it go on. */
import { type EventType, type Journal, type NewEvent, type Origin, type Revocation, refuse } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { accountName } from './create-account.ts'
import type { Account, Change } from './store.ts'

type Store = Pick<Accounts, 'store'>

export interface AccountChange {
  readonly accountId: string
  readonly actor: NewEvent['actor']
  readonly origin: Origin
  readonly now: number
}

/** @throws Refusal `not_found`, `request_malformed` (the name). */
export async function renameAccount({ store }: Store, change: AccountChange, name: string): Promise<Account> {
  const renamed = await store.renameAccount(change.accountId, accountName(name), journalOf('account.changed', change))
  return renamed ?? missing()
}

/**
 * Stops everything that lives by the account, at once and everywhere, and keeps it: API keys, tokens of its applications, sign-ins of people whose own account it is. The people who are
 * its members go on elsewhere. Whoever is disabled already stays so, and nothing is written.
 * @param longestTokenMs how long a self-contained token issued a moment ago may still be presented.
 * @throws Refusal `not_found`, `last_operator`.
 */
export async function disableAccount({ store }: Store, change: AccountChange, longestTokenMs: number): Promise<void> {
  const { accountId, now } = change
  const ended = { lifeline: `account:${accountId}`, at: now, until: now + longestTokenMs } as const
  const stop = await store.disableAccount(accountId, now, journalOf('account.disabled', change, [ended]))
  found(stop === 'last_operator' ? refuse(stop) : stop)
}

/**
 * What was stopped works again, but for self-contained tokens of before, which verifiers were told of. One that is issued within a minute of the stop is taken for one of before: clocks differ.
 * @throws Refusal `not_found`.
 */
export async function enableAccount({ store }: Store, change: AccountChange): Promise<void> {
  found(await store.enableAccount(change.accountId, journalOf('account.enabled', change)))
}

function found(change: Change): void {
  if (change === 'gone') missing()
}

function missing(): never {
  return refuse('not_found', { detail: 'There is no account with this id.' })
}

function journalOf(type: EventType, { accountId, actor, origin, now }: AccountChange, revocations: readonly Revocation[] = []): Journal {
  return { events: [{ type, at: now, actor, ...origin, accountId }], revocations }
}
