/** Connected accounts (K17): on consent, a third party gets a restricted key of its own. It is born from the consent and dies with it. */
import { type Environment, type NewEvent, type Origin, refuse } from '@latchwork/kernel'
import { type ApiKeys, type Maker, policyOf } from './api-keys.ts'
import { checkTerms, checkTimes, needNetworks } from './check-terms.ts'
import type { KeyRequest } from './issue-key.ts'
import { type IssuedKey, mint, type RepeatedIssue } from './issue-key.ts'
import { keyEvent } from './key-event.ts'
import { type CallName, onceOf, repeatedAnswer } from './once.ts'
import type { NewApiKey } from './store.ts'

export interface ConnectedKeyRequest extends Omit<KeyRequest, 'kind' | 'userId' | 'roles'> {
  readonly consent: { readonly id: string; readonly userId: string; readonly clientId: string; readonly scopes: readonly string[] }
}

/**
 * Never beyond what the person consented to. That the consent is in force is a join at every look-up: taking it back ends the key everywhere.
 * @throws Refusal as `issueKeyOnce`.
 */
export async function issueConnectedKey(
  apiKeys: ApiKeys,
  request: ConnectedKeyRequest,
  maker: Maker,
  now: number,
  call?: CallName,
): Promise<IssuedKey | RepeatedIssue> {
  const policy = policyOf(apiKeys)
  const { consent, accountId, environment, notBefore, expiresAt } = request
  const times = { ...(notBefore === undefined ? {} : { notBefore }), ...(expiresAt === undefined ? {} : { expiresAt }) }
  const terms = checkTerms(policy, 'rk', request, { ...maker, ceiling: consent.scopes }, now)
  needNetworks(policy, environment, terms.networks)
  const { secret, minted } = mint(apiKeys, 'rk', environment, now)
  const key: NewApiKey = {
    ...terms,
    ...checkTimes(policy, environment, times, now),
    ...minted,
    accountId,
    kind: 'rk',
    environment,
    imported: false,
    consentId: consent.id,
    createdBy: consent.clientId,
    createdAt: now,
  }
  const about = { clientId: consent.clientId, userId: consent.userId, data: { kind: 'rk', environment, scopes: terms.scopes.join(' '), consent: consent.id } }
  const outcome = await apiKeys.store.createKey(
    key,
    { events: [keyEvent('key.created', key, maker, now, about)], revocations: [] },
    { most: policy.mostPerAccount, ...onceOf(maker, call, now) },
  )
  if (outcome === 'limit_reached') return refuse('key_limit_reached', { about: { accountId } })
  if (outcome === 'slots_taken') throw new Error('a restricted key takes no place')
  if (outcome === 'not_consented') return refuse('scope_exceeds_maker', { reason: 'the consent was narrowed or ended meanwhile', about: { accountId } })
  if (outcome === 'other_request' || 'repeated' in outcome) return { key: repeatedAnswer(outcome) }
  return { key: outcome, secret }
}

/** What a key that is born on the consent screen itself is minted for. */
export interface ConnectedKeyWish {
  readonly accountId: string
  readonly client: { readonly id: string; readonly name: string; readonly environment: Environment }
  readonly userId: string
  readonly consentId: string
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly origin: Origin
}

/** How long such a key lives where policy demands an end and names none: nobody chooses one on a consent screen. */
const LIFETIME_MS = 90 * 24 * 3_600_000

/** Mints it, with what is to be written of it. Nothing is written here: it is born in the act that uses up the code. */
export function mintConnectedKey(apiKeys: ApiKeys, wish: ConnectedKeyWish, now: number) {
  const { accountId, client, userId, consentId, grantId, scopes, origin } = wish
  const { environment } = client
  const { secret, minted } = mint(apiKeys, 'rk', environment, now)
  const { requireExpiry, maxLifetimeMs } = policyOf(apiKeys)
  const lifetimeMs = maxLifetimeMs[environment] ?? (requireExpiry.includes(environment) ? LIFETIME_MS : undefined)
  const record = {
    ...minted,
    accountId,
    environment,
    name: client.name,
    scopes,
    clientId: client.id,
    consentId,
    grantId,
    createdAt: now,
    ...(lifetimeMs === undefined ? {} : { lifetimeMs, expiresAt: now + lifetimeMs }),
  }
  const about = { clientId: client.id, userId, grantId, data: { kind: 'rk', environment, scopes: scopes.join(' '), consent: consentId } }
  const event: NewEvent = {
    ...keyEvent('key.created', record, { kind: 'system', id: client.id, origin }, now, about),
    actor: { kind: 'client', id: client.id },
  }
  return { record, secret, event }
}
