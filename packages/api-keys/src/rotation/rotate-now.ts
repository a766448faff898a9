/** Rotates a key now, whenever it would be due (K19). */
import { type Answered, type Once, refuse } from '@latchwork/kernel'
import type { Maker } from '../api-keys.ts'
import { answeredBefore } from '../once.ts'
import { isActive, type PauseReason } from './key-state.ts'
import { advance, LEASE_MS } from './rotate.ts'
import type { Rotations } from './rotations.ts'
import type { ClaimedRotation, NamedRotation, RotationAttempt } from './store.ts'

/** More than there can be of one successor while a call is remembered. */
const MOST_ATTEMPTS = 100

/**
 * What came of it: `failed` is tried again by itself. The same call again rotates nothing, and tells how what it did stands by now.
 * @throws Refusal `not_found` (no rotation); `key_already_rolled`; `key_ended`; `rotation_under_way`; `rotation_paused`, which says what to enable; `key_slots_taken`, which
 * names the key to end; `idempotency_key_reused`.
 */
export async function rotateNow(rotations: Rotations, keyId: string, maker: Maker, now: number, once?: Once): Promise<Answered<RotationAttempt>> {
  const before = await answeredBefore<NamedRotation>(rotations.apiKeys.store, once)
  if (before !== undefined) return { answer: await newestAttempt(rotations, before.answer), isRepeated: true }
  const claim = await rotations.store.claimOne(keyId, now, now + LEASE_MS)
  if (claim === 'under_way') return refuse('rotation_under_way')
  if (claim === undefined) return refuseUnknown(rotations, keyId)
  const outcome = await advance(rotations, claim, { maker, once })
  if (outcome === 'lost' || outcome === 'not_due') return refuse('rotation_under_way')
  if (outcome === 'ended') return refuse('key_ended')
  if (typeof outcome === 'string') return refuse('rotation_paused', { detail: wordsOfPause(outcome, claim), about: { credentialId: keyId } })
  if (outcome.outcome === 'refused') return refuse('key_slots_taken', { detail: outcome.note, about: { credentialId: keyId } })
  return { answer: outcome, isRepeated: false }
}

/** None yet: the node that began it is at it, or was killed and is followed by another. */
async function newestAttempt({ store }: Rotations, { rotationId, successorId }: NamedRotation): Promise<RotationAttempt> {
  const attempts = await store.listAttempts(rotationId, MOST_ATTEMPTS)
  return attempts.find((attempt) => attempt.successorId === successorId) ?? refuse('rotation_under_way')
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
