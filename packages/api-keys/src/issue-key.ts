/** Makes an API key. Its text is in the answer and nowhere else: what is stored is a digest (K3, K4). Publishable keys, public by nature, can be shown again. */
import { digestOf, type Environment, type KeyKind, keyKinds, mintKey, newId, Refusal, refuse, type Secret } from '@latchwork/kernel'
import { type ApiKeys, type Maker, policyOf } from './api-keys.ts'
import { type AskedTerms, checkTerms, checkTimes, needNetworks } from './check-terms.ts'
import { isPrimaryAt } from './is-primary.ts'
import { keyEvent } from './key-event.ts'
import { type CallName, onceOf, repeatedAnswer } from './once.ts'
import { storedDigest } from './pepper.ts'
import type { ApiKey, NewApiKey } from './store.ts'

export interface KeyRequest extends AskedTerms {
  readonly accountId: string
  readonly kind: KeyKind
  readonly environment: Environment
  /** The person: whom a personal access token stands for, or on whose behalf another key is made. */
  readonly userId?: string
  /** Epoch milliseconds. */
  readonly notBefore?: number
  readonly expiresAt?: number
}

export interface IssuedKey {
  readonly key: ApiKey
  readonly secret: Secret
}

/** The answer of a call that is repeated: what was made then. Its secret was shown once, and is not here. */
export interface RepeatedIssue {
  readonly key: ApiKey
  readonly secret?: never
}

/**
 * Checks name, times, reach and terms, then mints and writes in one act.
 * @throws Refusal `key_invalid`, `key_expiry_required`, `key_networks_required`, `scope_invalid`, `scope_exceeds_maker`, `scope_not_publishable`, `network_invalid`, `key_slots_taken`,
 * `key_limit_reached`. Does not check that account and person exist: the store's constraints do.
 */
export async function issueKey(apiKeys: ApiKeys, request: KeyRequest, maker: Maker, now: number): Promise<IssuedKey> {
  const issued = await issueKeyOnce(apiKeys, request, maker, now)
  if (issued.secret === undefined) throw new Error('a call without a name was taken for a repeated one')
  return issued
}

/** The same, at most once for a name that the caller gives the call. @throws Refusal also `idempotency_key_reused`. */
export async function issueKeyOnce(apiKeys: ApiKeys, request: KeyRequest, maker: Maker, now: number, call?: CallName): Promise<IssuedKey | RepeatedIssue> {
  try {
    return await issue(apiKeys, request, maker, now, call)
  } catch (error) {
    // What was good when it was asked first, such as an end that has passed since, is answered as it was then.
    const { once } = onceOf(maker, call, now)
    const before = once === undefined || !(error instanceof Refusal) || error.status >= 500 ? undefined : await apiKeys.store.findCall<ApiKey>(once)
    if (before === undefined || before === 'other_request') throw error
    return { key: before.repeated }
  }
}

async function issue(apiKeys: ApiKeys, request: KeyRequest, maker: Maker, now: number, call?: CallName): Promise<IssuedKey | RepeatedIssue> {
  const policy = policyOf(apiKeys)
  const { kind } = request
  if (kind === 'pat' && request.userId === undefined) return refuse('key_invalid', { detail: 'A personal access token stands for a person: give userId.' })
  const times = checkTimes(policy, request.environment, timesOf(request), now)
  const terms = checkTerms(policy, kind, request, maker, now)
  needNetworks(policy, request.environment, terms.networks)
  const { secret, minted } = mint(apiKeys, kind, request.environment, now)
  const key: NewApiKey = {
    ...minted,
    ...terms,
    ...times,
    accountId: request.accountId,
    kind,
    environment: request.environment,
    imported: false,
    createdBy: request.userId ?? maker.id,
    createdAt: now,
    ...(kind === 'pat' && request.userId !== undefined ? { userId: request.userId } : {}),
  }
  const data = { kind, environment: request.environment, scopes: terms.scopes.join(' '), ...(terms.roles.length === 0 ? {} : { roles: terms.roles.join(' ') }) }
  const about = { data, ...(request.userId === undefined ? {} : { userId: request.userId }) } // also where the key is only made on their behalf (K14)
  const journal = { events: [keyEvent('key.created', key, maker, now, about)], revocations: [] }
  const outcome = await apiKeys.store.createKey(key, journal, { ...mostOf(policy, kind), ...onceOf(maker, call, now) })
  if (outcome === 'slots_taken') return refuseThird(apiKeys, request, now)
  if (outcome === 'limit_reached') return refuse('key_limit_reached', { detail: limitWords(kind), about: { accountId: request.accountId } })
  if (outcome === 'not_consented') throw new Error('a key of an account is born from no consent')
  if (outcome === 'other_request' || 'repeated' in outcome) return { key: repeatedAnswer(outcome) }
  return { key: outcome, secret }
}

/** Names the two that hold the places, so that what to do can be done. */
async function refuseThird({ store }: ApiKeys, { accountId, environment }: KeyRequest, now: number): Promise<never> {
  const { items } = await store.listKeys({ accountId, environment, kind: 'sk', activeAt: now, limit: 2 })
  const holders = items.map((key) => (isPrimaryAt(key, now) ? `${key.id} (primary)` : key.id)).join(' and ')
  return refuse('key_slots_taken', {
    detail: `An account has at most two active secret keys per environment, and ${holders || 'others'} hold the places. Revoke one first, or roll it.`,
    about: { accountId },
  })
}

function timesOf({ notBefore, expiresAt }: KeyRequest) {
  return { ...(notBefore === undefined ? {} : { notBefore }), ...(expiresAt === undefined ? {} : { expiresAt }) }
}

type Policy = ReturnType<typeof policyOf>

/** Secret keys have their two places; the others are counted (K6). */
function mostOf(policy: Policy, kind: KeyKind): { readonly most?: number } {
  if (kind === 'sk') return {}
  return { most: kind === 'pat' ? policy.mostPerPerson : policy.mostPerAccount }
}

function limitWords(kind: KeyKind): string {
  return `${kind === 'pat' ? 'The person' : 'The account'} has as many active ${keyKinds[kind]}s as the policy allows. Revoke one that is not used: GET /v1/keys?unusedSinceDays=90 lists them.`
}

export interface Minted {
  readonly id: string
  readonly digest: string
  readonly fingerprint: string
  readonly publicText?: string
}

export type SecretOf = (form: { readonly id: string; readonly kind: KeyKind; readonly environment: Environment }) => Secret

/** A fresh key: the secret for its owner, and what is stored of it. @param secretOf computes the secret, where it is not left to chance. */
export function mint(
  apiKeys: ApiKeys,
  kind: KeyKind,
  environment: Environment,
  now: number,
  secretOf: SecretOf = () => mintKey(kind, environment, apiKeys.brand),
): { readonly secret: Secret; readonly minted: Minted } {
  const id = newId('key', now)
  const secret = secretOf({ id, kind, environment })
  const text = secret.reveal()
  return {
    secret,
    minted: { id, digest: storedDigest(apiKeys.peppers, digestOf(text)), fingerprint: secret.fingerprint, ...(kind === 'pk' ? { publicText: text } : {}) },
  }
}
