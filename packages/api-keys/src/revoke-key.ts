/** Ends an API key. When this returns, this node refuses it; the feed entry of the same act tells all others. */
import { refuse } from '@latchwork/kernel'
import type { ApiKeys, Maker } from './api-keys.ts'

/** Idempotent for a key that was revoked before. @throws Refusal `not_found`. */
export async function revokeKey(apiKeys: ApiKeys, keyId: string, reason: string, maker: Maker, now: number): Promise<void> {
  const key = await apiKeys.store.findKey(keyId)
  if (key === undefined) return refuse('not_found')
  if (key.revokedAt !== undefined) return
  await apiKeys.store.revokeKey(keyId, reason, now, {
    events: [
      {
        type: 'key.revoked',
        at: now,
        actor: { kind: maker.kind, id: maker.id },
        ...maker.origin,
        accountId: key.accountId,
        credentialId: key.id,
        fingerprint: key.fingerprint,
        reason,
      },
    ],
    revocations: [{ lifeline: `key:${key.id}`, at: now, until: now }], // a key is looked up, never self-contained: nothing to keep
  })
}
