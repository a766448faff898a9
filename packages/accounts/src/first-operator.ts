/** How an installation gets its first operator: a one-time link, printed at start while there is none. */
import { digestOf, mintToken, parseToken, refuse, type Secret } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import { type Registration, registerUser, userCreated } from './new-user.ts'
import type { User } from './store.ts'

const LINK_LIFETIME_MS = 24 * 60 * 60 * 1000

/** Mints the link and ends the ones made before; `undefined` if there is an operator already. */
export async function offerFirstOperator(accounts: Pick<Accounts, 'store'>, now: number): Promise<Secret | undefined> {
  if (await accounts.store.hasOperator()) return undefined
  const secret = mintToken('one_time_link')
  const link = { digest: digestOf(secret.reveal()), purpose: 'first_operator', createdAt: now, expiresAt: now + LINK_LIFETIME_MS } as const
  await accounts.store.saveOneTimeLink(link, {
    events: [{ type: 'operator.link_made', at: now, actor: { kind: 'system' }, fingerprint: secret.fingerprint }],
    revocations: [],
  })
  return secret
}

/** Whether the link could be used now: for the page behind it. Says nothing for certain; using it does. */
export async function isFirstOperatorLink(accounts: Pick<Accounts, 'store'>, secretText: string, now: number): Promise<boolean> {
  const parsed = parseToken('one_time_link', secretText)
  if (parsed === undefined) return false
  const link = await accounts.store.findOneTimeLink(digestOf(parsed.text), now)
  return link !== undefined && now < link.expiresAt
}

/**
 * Uses up the link and makes the operator, in one act. A request that is refused for its address or password leaves the link usable.
 * @throws Refusal `link_invalid`, `identifier_invalid`, `request_malformed`, `password_weak`, `overloaded`, `identifier_taken`.
 */
export async function claimFirstOperator(accounts: Accounts, secretText: string, request: Registration, now: number): Promise<User> {
  if (!(await isFirstOperatorLink(accounts, secretText, now))) return refuse('link_invalid')
  const registered = await registerUser(accounts, request, true, now)
  const { user } = registered
  const actor = { kind: 'user', id: user.id } as const
  const claimed = { type: 'operator.claimed', at: now, actor, ...request.origin, userId: user.id, accountId: user.accountId } as const
  const outcome = await accounts.store.claimFirstOperator(digestOf(secretText), registered, now, {
    events: [userCreated(registered, actor, request.origin, now), claimed],
    revocations: [],
  })
  return outcome === 'claimed' ? user : refuse(outcome)
}
