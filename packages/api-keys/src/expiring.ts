/** Tells once of each key that is about to expire (K5). */
import type { ApiKeys } from './api-keys.ts'
import { keyEvent, theSystem } from './key-event.ts'
import type { ApiKey } from './store.ts'

const BATCH = 200

/** Writes `key.expiring` for keys that expire within the time given, and gives them back; several nodes may do so at once. */
export async function noteExpiringKeys(apiKeys: ApiKeys, withinMs: number, now: number): Promise<readonly ApiKey[]> {
  const noted: ApiKey[] = []
  let batch: readonly ApiKey[]
  do {
    batch = await apiKeys.store.noteExpiring(now + withinMs, now, BATCH, (keys) => ({
      events: keys.map((key) => keyEvent('key.expiring', key, theSystem, now, { data: { expiresAt: new Date(key.expiresAt ?? now).toISOString() } })),
      revocations: [],
    }))
    noted.push(...batch)
  } while (batch.length === BATCH)
  return noted
}
