/** Registrations that nobody ever used are removed, some at a time, off every request (clients in the wild register anew at each run). */
import type { OAuth } from '../oauth.ts'

const BATCH = 100

/** @param unusedMs how long a registration may lie unused. @returns how many were removed. */
export async function removeUnusedRegistrations(oauth: Pick<OAuth, 'store'>, unusedMs: number, now: number): Promise<number> {
  let removed = 0
  for (;;) {
    const ids = await oauth.store.removeUnusedRegistrations(now - unusedMs, BATCH, (gone) => ({
      events: gone.map((clientId) => ({ type: 'client.expired', at: now, actor: { kind: 'system' }, clientId, reason: 'unused' })),
      revocations: [],
    }))
    removed += ids.length
    if (ids.length < BATCH) return removed
  }
}
