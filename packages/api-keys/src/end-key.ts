/** Gives a key that was rolled another end: now, earlier, or later (K6); ends any other key now. */
import { refuse } from '@latchwork/kernel'
import type { ApiKeys, Maker } from './api-keys.ts'
import { keyEvent, readAnew } from './key-event.ts'
import { MAX_OVERLAP_MS } from './roll-key.ts'
import type { ApiKey } from './store.ts'

/** The key ends now, as if it had expired. @throws Refusal `not_found`, `key_ended`. */
export function endKey(apiKeys: ApiKeys, keyId: string, maker: Maker, now: number): Promise<ApiKey> {
  return setEnd(apiKeys, keyId, () => now, maker, now)
}

/**
 * Lets a key that was rolled live until the given time: at most 7 days ahead, and never beyond the expiry it was made with.
 * @throws Refusal `not_found`, `key_ended`, `key_invalid`.
 */
export function extendOverlap(apiKeys: ApiKeys, keyId: string, endsAt: number, maker: Maker, now: number): Promise<ApiKey> {
  const latest = (key: ApiKey): number => {
    if (key.replacedBy === undefined)
      return refuse('key_invalid', { detail: `The key ${key.id} was not rolled, so it has no overlap to extend.`, about: { credentialId: key.id } })
    if (endsAt < now || endsAt > now + MAX_OVERLAP_MS) return refuse('key_invalid', { detail: 'The end lies between now and 7 days from now.' })
    const own = key.lifetimeMs === undefined ? endsAt : key.createdAt + key.lifetimeMs
    return Math.min(endsAt, own)
  }
  return setEnd(apiKeys, keyId, latest, maker, now)
}

async function setEnd(apiKeys: ApiKeys, keyId: string, endOf: (key: ApiKey) => number, maker: Maker, now: number): Promise<ApiKey> {
  const key = (await apiKeys.store.findKey(keyId)) ?? refuse('not_found')
  if (key.revokedAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= now)) return refuseEnded(keyId)
  const endsAt = endOf(key)
  const event = keyEvent('key.ended', key, maker, now, { data: { endsAt: new Date(endsAt).toISOString() } })
  const ended = await apiKeys.store.setKeyEnd(keyId, endsAt, now, { events: [event], revocations: [readAnew(keyId, now)] })
  return ended ?? refuseEnded(keyId)
}

export function refuseEnded(keyId: string): never {
  return refuse('key_ended', { detail: `The key ${keyId} has ended already.`, about: { credentialId: keyId } })
}
