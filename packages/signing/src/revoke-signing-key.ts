/** The emergency: somebody else may have a private half. What was signed with it is refused from now on, everywhere, the good with the bad. */
import { refuse } from '@latchwork/kernel'
import { journalOf, type Mover, signingKeyEvent } from './key-event.ts'
import type { KeyRing } from './key-ring.ts'
import { makeSigningKey } from './make-key.ts'
import { keyIn } from './rotate.ts'
import type { SigningKeyRecord } from './store.ts'

export interface RevokedSigningKey {
  readonly key: SigningKeyRecord
  /** What is signed with now in its algorithm. */
  readonly current?: SigningKeyRecord
}

/**
 * Revokes a key at once: it leaves the published set, its private half is erased, and the feed tells every verifier to refuse what it signed. If it was the current one,
 * the next key signs from now on, or a new one. Revoking a key again changes nothing.
 * @throws Refusal `not_found`; `store_unavailable`.
 */
export async function revokeSigningKey(ring: KeyRing, kid: string, reason: string, mover: Mover, now: number): Promise<RevokedSigningKey> {
  await ring.refresh()
  const key = ring.keys().find((known) => known.kid === kid)
  if (key === undefined) return refuse('not_found', { detail: 'There is no signing key with this kid.' })
  const needsReplacement = key.state === 'current' && keyIn(ring, key.algorithm, 'next') === undefined
  const journal = journalOf(
    [signingKeyEvent('signing_key.revoked', key, mover, now, { reason })],
    [{ lifeline: `signing_key:${kid}`, at: now, until: now + ring.policy.keepPublishedMs }],
  )
  const replacement = needsReplacement ? { replacement: await replacementOf(ring, key, mover, now) } : {}
  const outcome = await ring.store.revokeSigningKey({ kid, now, ...replacement }, journal)
  // What was next or current changed between look and act: look again.
  if (outcome === 'nothing_in_its_place') return revokeSigningKey(ring, kid, reason, mover, now)
  await ring.refresh()
  return revoked(ring, kid) // also where it was revoked before: then nothing was done
}

async function replacementOf(ring: KeyRing, { algorithm }: SigningKeyRecord, mover: Mover, now: number) {
  const key = await makeSigningKey(ring.vault, { algorithm, state: 'current', ed25519Name: ring.policy.ed25519Name, now, activatesAt: now })
  return { key, events: [signingKeyEvent('signing_key.created', key, mover, now)] }
}

function revoked(ring: KeyRing, kid: string): RevokedSigningKey {
  const key = ring.keys().find((known) => known.kid === kid)
  if (key === undefined) return refuse('not_found', { detail: 'There is no signing key with this kid.' })
  const current = keyIn(ring, key.algorithm, 'current')
  return { key, ...(current === undefined ? {} : { current }) }
}
