/** Making an account: an organisation that keys, applications and members belong to. */
import { type CallName, isVisibleName, type NewEvent, newId, type Origin, onceOf, refuse, repeatedAnswer } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import type { Account } from './store.ts'

export interface AccountMaker {
  readonly actor: NewEvent['actor'] & { readonly id: string }
  readonly origin: Origin
}

export interface MadeAccount {
  readonly account: Account
  /** It was made by the same call before. */
  readonly isRepeated: boolean
}

/** @throws Refusal `request_malformed` (the name), `idempotency_key_reused`. */
export async function createAccount(
  { store }: Pick<Accounts, 'store'>,
  asked: string,
  { actor, origin }: AccountMaker,
  now: number,
  call?: CallName,
): Promise<MadeAccount> {
  const account = { id: newId('account', now), name: accountName(asked), createdAt: now }
  const event = { type: 'account.created', at: now, actor, ...origin, accountId: account.id } as const
  const made = await store.createAccount(account, { events: [event], revocations: [] }, onceOf(actor, call, now).once)
  if (made === 'other_request' || 'repeated' in made) return { account: repeatedAnswer(made), isRepeated: true }
  return { account: made, isRepeated: false }
}

/** A name that people can see, and no credential. @throws Refusal `request_malformed`. */
export function accountName(text: string): string {
  const name = text.trim()
  return isVisibleName(name) ? name : refuse('request_malformed', { detail: 'Give the account a name of 1 to 100 visible characters, and no credential.' })
}
