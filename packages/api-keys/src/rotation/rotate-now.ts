/** Rotates a key now, whenever it would be due (K19). */
import { refuse } from '@latchwork/kernel'
import type { Maker } from '../api-keys.ts'
import { isActive, type PauseReason } from './key-state.ts'
import { advance, LEASE_MS } from './rotate.ts'
import type { Rotations } from './rotations.ts'
import type { ClaimedRotation, RotationAttempt } from './store.ts'

/**
 * What came of it: `failed` is tried again by itself.
 * @throws Refusal `not_found` (no rotation); `key_already_rolled`; `key_ended`; `rotation_under_way`; `rotation_paused`, which says what to enable; `key_slots_taken`, which
 * names the key to end.
 */
export async function rotateNow(rotations: Rotations, keyId: string, maker: Maker, now: number): Promise<RotationAttempt> {
  const claim = await rotations.store.claimOne(keyId, now, now + LEASE_MS)
  if (claim === 'under_way') return refuse('rotation_under_way')
  if (claim === undefined) return refuseUnknown(rotations, keyId)
  const outcome = await advance(rotations, claim, maker)
  if (outcome === 'lost' || outcome === 'not_due') return refuse('rotation_under_way')
  if (outcome === 'ended') return refuse('key_ended')
  if (typeof outcome === 'string') return refuse('rotation_paused', { detail: wordsOfPause(outcome, claim), about: { credentialId: keyId } })
  return outcome.outcome === 'refused' ? refuse('key_slots_taken', { detail: outcome.note, about: { credentialId: keyId } }) : outcome
}

function wordsOfPause(reason: PauseReason, { keyId, successorId = keyId, policy }: ClaimedRotation): string {
  return reason === 'key_disabled'
    ? `The key ${successorId} is disabled, and a new one would be, too. Enable it (latchwork keys enable ${successorId}): what is due is rotated then.`
    : `The account ${policy.accountId} is disabled, and its keys with it. Enable it (latchwork accounts enable ${policy.accountId}): what is due is rotated then.`
}

/** There is no rotation of this key: says why, if it was rotated before. @throws Refusal `not_found`, `key_already_rolled`. */
export async function refuseUnknown({ apiKeys, clock }: Rotations, keyId: string): Promise<never> {
  const key = (await apiKeys.store.findKey(keyId)) ?? refuse('not_found')
  if (key.replacedBy !== undefined)
    return refuse('key_already_rolled', { detail: `The key ${keyId} was rolled already: ${key.replacedBy} is in its place. Ask for the rotation of that one.` })
  if (!isActive(key, clock.now())) return refuse('not_found', { detail: `The key ${keyId} has ended. If it had a rotation, that ended with it.` })
  return refuse('not_found', { detail: 'This key has no rotation. Set one with PUT /v1/keys/{id}/rotation.' })
}
