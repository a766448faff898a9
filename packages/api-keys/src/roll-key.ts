/**
 * Rolls a key (K6): a new one takes its place and becomes primary, with the same prefix, name, scopes, roles, networks, limits and expiry rule; the old one lives on for an
 * overlap, counted from now or from the new one's first use, so that no caller is refused while it changes over.
 */
import { type NewEvent, type Revocation, refuse, type Secret } from '@latchwork/kernel'
import { type ApiKeys, type Maker, policyOf } from './api-keys.ts'
import { LATEST_END, needNetworks } from './check-terms.ts'
import { mint, type SecretOf } from './issue-key.ts'
import { keyEvent, readAnew, theSystem } from './key-event.ts'
import { type CallName, onceOf, repeatedAnswer } from './once.ts'
import type { ApiKey, KeyRoll, RolledKey, RollRefusal } from './store.ts'

export const MAX_OVERLAP_MS = 7 * 24 * 3_600_000
export const USUAL_OVERLAP_MS = 24 * 3_600_000

export interface RollRequest {
  /** 0 to 7 days; a day where it is absent. */
  readonly overlapMs?: number
  /** The old key's clock starts when the new key is first used. */
  readonly startsAtFirstUse?: boolean
  /** A key whose place may be taken: it ends in the same act. */
  readonly endKeyId?: string
}

export interface RolledWithSecret extends RolledKey {
  /** Absent where the call was made before: it was shown then. */
  readonly secret?: Secret
}

/**
 * @throws Refusal `not_found`; `key_invalid` (overlap, or a key to end that does not stand in the way); `key_ended`; `key_already_rolled`; `key_slots_taken`, which names the
 * key to end; `key_networks_required`; `idempotency_key_reused`.
 */
export async function rollKey(apiKeys: ApiKeys, keyId: string, request: RollRequest, maker: Maker, now: number, call?: CallName): Promise<RolledWithSecret> {
  const old = (await apiKeys.store.findKey(keyId)) ?? refuse('not_found')
  const { endKeyId = keyId } = request
  const ended = endKeyId === keyId ? undefined : await apiKeys.store.findKey(endKeyId)
  const [rolled] = await rollAll(apiKeys, [old], ended === undefined ? request : { ...request, endFingerprint: ended.fingerprint }, maker, now, call)
  return rolled ?? refuse('not_found')
}

/** Rolls all of them or none. @throws Refusal, as `rollKey`. */
export async function rollAll(
  apiKeys: ApiKeys,
  keys: readonly ApiKey[],
  request: RollRequest & Known,
  maker: Maker,
  now: number,
  call?: CallName,
): Promise<readonly RolledWithSecret[]> {
  const { overlapMs = USUAL_OVERLAP_MS, startsAtFirstUse = false, endKeyId, ...known } = request
  if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > MAX_OVERLAP_MS) {
    return refuse('key_invalid', { detail: 'The overlap is between 0 seconds and 7 days (604800).' })
  }
  const prepared = keys.map((old) =>
    prepareRoll(apiKeys, old, { ...known, overlapMs, startsAtFirstUse, ...(endKeyId === undefined ? {} : { endKeyId }) }, maker, now),
  )
  const events = prepared.flatMap(({ events }) => events)
  const revocations = prepared.flatMap(({ revocations }) => revocations)
  const outcome = await apiKeys.store.rollKeys(
    prepared.map(({ roll }) => roll),
    now,
    { events, revocations },
    onceOf(maker, call, now).once,
  )
  if (outcome === 'other_request' || 'repeated' in outcome) return repeatedAnswer(outcome)
  if ('refused' in outcome) return refuseRoll(outcome, known.author)
  return outcome.map((rolled, index) => ({ ...rolled, ...(prepared[index] === undefined ? {} : { secret: prepared[index].secret }) }))
}

export interface PreparedRoll {
  readonly roll: KeyRoll
  readonly secret: Secret
  readonly events: readonly NewEvent[]
  readonly revocations: readonly Revocation[]
}

type Settled = Required<Omit<RollRequest, 'endKeyId'>> & Pick<RollRequest, 'endKeyId'>

/** Whose key the successor is: the author's of the one before it, or of whoever rolls what another leaves behind (K14). */
export type Author = 'kept' | 'maker'

interface Known {
  readonly author?: Author
  /** Of the key to end, for the record. */
  readonly endFingerprint?: string
}

/** A roll with everything that belongs to it. @param secretOf the successor's secret, where it is not left to chance. @throws Refusal `key_expiry_required`. */
export function prepareRoll(apiKeys: ApiKeys, old: ApiKey, request: Settled & Known, maker: Maker, now: number, secretOf?: SecretOf): PreparedRoll {
  const { overlapMs, startsAtFirstUse, endKeyId, author = 'kept', endFingerprint: fingerprint = '' } = request
  const { secret, minted } = mint(apiKeys, old.kind, old.environment, now, secretOf)
  const lifetimeMs = lifetimeOf(apiKeys, old)
  needNetworks(policyOf(apiKeys), old.environment, old.networks, old.id)
  const successor = {
    ...minted,
    createdBy: author === 'kept' ? old.createdBy : maker.id,
    createdAt: now,
    ...(lifetimeMs === undefined ? {} : { lifetimeMs, expiresAt: Math.min(now + lifetimeMs, LATEST_END) }),
  }
  const data = { successor: minted.id, overlapSeconds: Math.round(overlapMs / 1000), startsAtFirstUse }
  const events = [
    keyEvent('key.rolled', old, maker, now, { data }),
    keyEvent('key.created', { ...old, ...minted }, maker, now, { data: { kind: old.kind, environment: old.environment, rolledFrom: old.id } }),
  ]
  const isOther = endKeyId !== undefined && endKeyId !== old.id
  return {
    secret,
    roll: {
      keyId: old.id,
      successor,
      overlapMs,
      ...(startsAtFirstUse ? {} : { endsAt: now + overlapMs }),
      ...(endKeyId === undefined ? {} : { endKeyId }),
    },
    events: isOther ? [...events, keyEvent('key.ended', { id: endKeyId, accountId: old.accountId, fingerprint }, maker, now, { reason: 'rolled' })] : events,
    revocations: [readAnew(old.id, now), ...(isOther ? [readAnew(endKeyId, now)] : [])],
  }
}

/** As long as the old one was made to live, and no longer than policy allows now. */
function lifetimeOf(apiKeys: ApiKeys, { lifetimeMs, environment }: ApiKey): number | undefined {
  const { maxLifetimeMs, requireExpiry } = policyOf(apiKeys)
  const longest = maxLifetimeMs[environment]
  if (lifetimeMs === undefined && longest === undefined && requireExpiry.includes(environment)) {
    return refuse('key_expiry_required', {
      detail: 'The key has no expiry, and keys must have one here now: make a new key with expiresAt instead of rolling.',
    })
  }
  return longest === undefined ? lifetimeMs : Math.min(lifetimeMs ?? longest, longest)
}

function refuseRoll(refusal: RollRefusal, author: Author = 'kept'): never {
  const about = { credentialId: refusal.keyId }
  switch (refusal.refused) {
    case 'not_found':
      return refuse('not_found', { about })
    case 'ended':
      return refuse('key_ended', { detail: `The key ${refusal.keyId} has ended, so it cannot be rolled. Make a new key instead.`, about })
    case 'already_rolled':
      return refuse('key_already_rolled', { detail: `The key ${refusal.keyId} was rolled already: ${refusal.by} is in its place. Roll that one.`, about })
    case 'not_endable':
      return refuse('key_invalid', {
        detail: `end names ${refusal.keyId}, which does not stand in the way: that is the other active secret key of the same account and environment, or the key that this one replaced.`,
        about,
      })
    default:
      return refuse('key_slots_taken', {
        detail: `Both places are taken. End ${refusal.endable} first, or roll again with ${author === 'kept' ? `"end": "${refusal.endable}"` : '"overlapSeconds": 0'}.`,
        about,
      })
  }
}

/** Why a rotation rolls nothing, and what to do about it. */
export function wordsOfRefusal(refusal: RollRefusal): string {
  if (refusal.refused === 'slots_taken') return `both places are taken; end ${refusal.endable}, once nothing uses it any more`
  return `the key ${refusal.keyId} cannot be rolled (${refusal.refused.replaceAll('_', ' ')})`
}

/** A use of a key was accepted for the first time: if the one before it waits for that, its clock starts. Harmless when told again. @throws Refusal `store_unavailable`. */
export async function noteFirstUse(apiKeys: ApiKeys, keyId: string, now: number): Promise<void> {
  await apiKeys.store.startOverlap(keyId, now, (replaced) => ({
    events: [keyEvent('key.overlap_started', replaced, theSystem, now, { data: { successor: keyId } })],
    revocations: [readAnew(replaced.id, now), readAnew(keyId, now)],
  }))
}

/** The same of uses that were accepted elsewhere, and reported. */
export async function noteFirstUses(apiKeys: ApiKeys, keyIds: readonly string[], now: number): Promise<void> {
  if (keyIds.length === 0) return
  for (const keyId of await apiKeys.store.findOverlapStarters(keyIds)) await noteFirstUse(apiKeys, keyId, now)
}
