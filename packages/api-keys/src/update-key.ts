/** Changes what a key may do: name, scopes, roles, networks, limits, credits; shortens its life; stops it and lets it go on. */
import { type EventType, type Metadata, type NewEvent, type Once, refuse } from '@latchwork/kernel'
import { type ApiKeys, type Maker, policyOf } from './api-keys.ts'
import { type AskedTerms, checkCeiling, checkTerms, needNetworks, scopesOfRoles } from './check-terms.ts'
import { refuseEnded } from './end-key.ts'
import { keyEvent, readAnew } from './key-event.ts'
import { type Answered, answeredBy, answerOnce, type CallName, onceOf } from './once.ts'
import type { ApiKey, Credits, KeyChanges } from './store.ts'

export interface AskedChanges extends Partial<Omit<AskedTerms, 'credits' | 'externalId' | 'metadata'>> {
  /** `null`: taken away. What is given takes the place of all that was there. */
  readonly externalId?: string | null
  readonly metadata?: Metadata | null
  /** `false`: refused until it is `true` again. */
  readonly enabled?: boolean
  /** `null`: the key has no credits to spend any more, and is not held to any. */
  readonly credits?: Omit<Credits, 'refilledAt'> | null
  /** Epoch milliseconds; earlier than it was. */
  readonly expiresAt?: number
}

/** At most once for a name that the caller gives the call. @throws Refusal `not_found`, `key_ended`, `idempotency_key_reused`, and as `issueKey`. */
export function updateKey(apiKeys: ApiKeys, keyId: string, asked: AskedChanges, maker: Maker, now: number, call?: CallName): Promise<Answered<ApiKey>> {
  const { once } = onceOf(maker, call, now)
  return answerOnce(apiKeys.store, once, () => update(apiKeys, keyId, asked, maker, now, once))
}

async function update(apiKeys: ApiKeys, keyId: string, asked: AskedChanges, maker: Maker, now: number, once: Once | undefined): Promise<Answered<ApiKey>> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const key = (await apiKeys.store.findKey(keyId)) ?? refuse('not_found')
    if (key.revokedAt !== undefined) return refuseEnded(keyId)
    const changes = checkChanges(apiKeys, key, asked, maker, now)
    // It is stopped, or let go on, as it was: a named call is noted all the same, so that it changes nothing later either.
    const isChanged = Object.keys(changes).length > 0
    if (!isChanged && once === undefined) return { answer: key, isRepeated: false }
    const journal = { events: eventsOf(key, changes, maker, now), revocations: isChanged ? [readAnew(keyId, now)] : [] }
    // What its consent took from it meanwhile is not given back.
    const formerScopes = key.consentId === undefined ? undefined : key.scopes
    const changed = await apiKeys.store.updateKey(keyId, changes, now, journal, { ...(formerScopes && { formerScopes }), ...(once && { once }) })
    if (changed !== undefined) return answeredBy<ApiKey>(changed)
    if (formerScopes === undefined) break
  }
  return refuseEnded(keyId)
}

/** A consent is narrowed seldom, and never twice at once. */
const MOST_TRIES = 3

function checkChanges(apiKeys: ApiKeys, key: ApiKey, asked: AskedChanges, maker: Maker, now: number): KeyChanges {
  const { credits, expiresAt, externalId, metadata, enabled, ...terms } = asked
  if (Object.keys(asked).length === 0) return refuse('key_invalid', { detail: 'Name what is to change.' })
  if (expiresAt !== undefined && (expiresAt <= now || (key.expiresAt !== undefined && expiresAt > key.expiresAt))) {
    return refuse('key_invalid', { detail: 'expiresAt can be brought forward to a time in the future; to end the key now, revoke or end it.' })
  }
  if (expiresAt !== undefined && key.notBefore !== undefined && expiresAt <= key.notBefore)
    return refuse('key_invalid', { detail: 'expiresAt must lie after notBefore; to end the key now, revoke or end it.' })
  if (key.consentId !== undefined && (terms.roles?.length ?? 0) > 0)
    return refuse('key_invalid', { detail: 'A key that was born from a consent carries scopes alone: a role could grow beyond what the person said yes to.' })
  const own = { ...(externalId == null ? {} : { externalId }), ...(metadata == null ? {} : { metadata }), ...(credits == null ? {} : { credits }) }
  // What stays as it is was checked when it was written, and is judged at every use: a role that is no longer defined must keep nobody from stopping the key.
  const changing = { name: 'unchanged', scopes: [], ...terms, ...own }
  // A key that was born from a consent stays within it (K17): it is narrowed here; more comes with another key, under what the person says then.
  const bound = key.consentId === undefined ? maker : { ...maker, ceiling: key.scopes }
  if (!onlyTakes(asked)) checkCeiling([...key.scopes, ...scopesOfRoles(policyOf(apiKeys), key.roles)], bound)
  const checked = checkTerms(policyOf(apiKeys), key.kind, changing, bound, now)
  if (asked.networks !== undefined) needNetworks(policyOf(apiKeys), key.environment, checked.networks, key.id)
  const named = Object.fromEntries(Object.entries(checked).filter(([name]) => name in asked)) as Partial<typeof checked>
  return {
    ...named,
    ...(credits === null ? { credits } : {}),
    ...(externalId === null ? { externalId } : {}),
    ...(metadata === null ? { metadata } : {}),
    ...(enabled === undefined || enabled === (key.disabledAt === undefined) ? {} : { disabledAt: enabled ? null : now }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** Whoever may change keys may stop one, and bring its end forward, whatever it carries; they could revoke it. */
function onlyTakes({ enabled, expiresAt: _end, ...more }: AskedChanges): boolean {
  return enabled !== true && Object.keys(more).length === 0
}

/** Being stopped, or let go on, is an event of its own: people look for it. */
function eventsOf(key: ApiKey, { disabledAt, ...changes }: KeyChanges, maker: Maker, now: number): readonly NewEvent[] {
  const changed = Object.keys(changes).join(' ')
  const eventOf = (type: EventType, data = {}) => keyEvent(type, key, maker, now, data)
  return [
    ...(changed === '' ? [] : [eventOf('key.changed', { data: { changed } })]),
    ...(disabledAt === undefined ? [] : [eventOf(disabledAt === null ? 'key.enabled' : 'key.disabled')]),
  ]
}
