/** Gives a key that was rolled another end: now, earlier, or later (K6); ends any other key now. */
import { refuse } from '@latchwork/kernel'
import type { ApiKeys, Maker } from './api-keys.ts'
import { keyEvent, readAnew } from './key-event.ts'
import { type Answered, answeredBy, answerOnce, type CallName, onceOf } from './once.ts'
import { MAX_OVERLAP_MS } from './roll-key.ts'
import type { ApiKey } from './store.ts'

/** The key ends now, as if it had expired; at most once for a name that the caller gives the call. @throws Refusal `not_found`, `key_ended`, `idempotency_key_reused`. */
export function endKey(apiKeys: ApiKeys, keyId: string, maker: Maker, now: number, call?: CallName): Promise<Answered<ApiKey>> {
  return setEnd(apiKeys, keyId, () => now, maker, now, call)
}

/**
 * Lets a key that was rolled live until the given time: at most 7 days ahead, and never beyond the expiry it was made with.
 * @throws Refusal `not_found`, `key_ended`, `key_invalid`, `idempotency_key_reused`.
 */
export function extendOverlap(apiKeys: ApiKeys, keyId: string, endsAt: number, maker: Maker, now: number, call?: CallName): Promise<Answered<ApiKey>> {
  const latest = (key: ApiKey): number => {
    if (key.replacedBy === undefined)
      return refuse('key_invalid', { detail: `The key ${key.id} was not rolled, so it has no overlap to extend.`, about: { credentialId: key.id } })
    if (endsAt < now || endsAt > now + MAX_OVERLAP_MS) return refuse('key_invalid', { detail: 'The end lies between now and 7 days from now.' })
    const own = key.lifetimeMs === undefined ? endsAt : key.createdAt + key.lifetimeMs
    return Math.min(endsAt, own)
  }
  return setEnd(apiKeys, keyId, latest, maker, now, call)
}

type EndOf = (key: ApiKey) => number

function setEnd(apiKeys: ApiKeys, keyId: string, endOf: EndOf, maker: Maker, now: number, call: CallName | undefined): Promise<Answered<ApiKey>> {
  const { once } = onceOf(maker, call, now)
  return answerOnce(apiKeys.store, once, async () => {
    const key = (await apiKeys.store.findKey(keyId)) ?? refuse('not_found')
    if (key.revokedAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= now)) return refuseEnded(keyId)
    const endsAt = endOf(key)
    const event = keyEvent('key.ended', key, maker, now, { data: { endsAt: new Date(endsAt).toISOString() } })
    const ended = await apiKeys.store.setKeyEnd(keyId, endsAt, now, { events: [event], revocations: [readAnew(keyId, now)] }, once)
    return ended === undefined ? refuseEnded(keyId) : answeredBy<ApiKey>(ended)
  })
}

export function refuseEnded(keyId: string): never {
  return refuse('key_ended', { detail: `The key ${keyId} has ended already.`, about: { credentialId: keyId } })
}
