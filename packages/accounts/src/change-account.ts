/** Giving an account another name; stopping all that is an account's, and letting it go on. */
import {
  type Answered,
  answeredBy,
  type CallName,
  type EventType,
  type Journal,
  type NewEvent,
  type Once,
  type Origin,
  onceOf,
  type Repeated,
  type Revocation,
  refuse,
} from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { accountName } from './create-account.ts'
import type { Account, Change, Stop } from './store.ts'

type Store = Pick<Accounts, 'store'>

export interface AccountChange {
  readonly accountId: string
  readonly actor: NewEvent['actor'] & { readonly id: string }
  readonly origin: Origin
  readonly now: number
  /** What its caller named it: the change is made at most once. */
  readonly call?: CallName
}

/** @throws Refusal `not_found`, `request_malformed` (the name), `idempotency_key_reused`. */
export async function renameAccount({ store }: Store, change: AccountChange, name: string): Promise<Answered<Account>> {
  const renamed = await store.renameAccount(change.accountId, accountName(name), journalOf('account.changed', change), onceFor(change))
  return renamed === undefined ? missing() : answeredBy<Account>(renamed)
}

/**
 * Stops everything that lives by the account, at once and everywhere, and keeps it: API keys, tokens of its applications, sign-ins of people whose own account it is. The people who are
 * its members go on elsewhere. Whoever is disabled already stays so, and nothing is written.
 * @param longestTokenMs how long a self-contained token issued a moment ago may still be presented.
 * @throws Refusal `not_found`, `last_operator`, `idempotency_key_reused`.
 */
export async function disableAccount({ store }: Store, change: AccountChange, longestTokenMs: number): Promise<Answered<Change>> {
  const { accountId, now } = change
  const ended = { lifeline: `account:${accountId}`, at: now, until: now + longestTokenMs } as const
  return found(await store.disableAccount(accountId, now, journalOf('account.disabled', change, [ended]), onceFor(change)))
}

/**
 * What was stopped works again, but for self-contained tokens of before, which verifiers were told of. One that is issued within a minute of the stop is taken for one of before: clocks differ.
 * @throws Refusal `not_found`, `idempotency_key_reused`.
 */
export async function enableAccount({ store }: Store, change: AccountChange): Promise<Answered<Change>> {
  return found(await store.enableAccount(change.accountId, journalOf('account.enabled', change), onceFor(change)))
}

function found(change: Stop | Repeated<Change>): Answered<Change> {
  if (change === 'last_operator') return refuse(change)
  return change === 'gone' ? missing() : answeredBy<Change>(change)
}

function onceFor({ actor, call, now }: AccountChange): Once | undefined {
  return onceOf(actor, call, now).once
}

function missing(): never {
  return refuse('not_found', { detail: 'There is no account with this id.' })
}

function journalOf(type: EventType, { accountId, actor, origin, now }: AccountChange, revocations: readonly Revocation[] = []): Journal {
  return { events: [{ type, at: now, actor, ...origin, accountId }], revocations }
}
