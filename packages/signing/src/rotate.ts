/** Rotation: a next key is published, takes over when everybody has had time to learn of it, and the former one stays published while its tokens live. */
import { refuse } from '@latchwork/kernel'
import { journalOf, type Mover, signingKeyEvent } from './key-event.ts'
import type { KeyRing } from './key-ring.ts'
import { makeSigningKey } from './make-key.ts'
import type { SigningAlgorithm, SigningKeyRecord, SigningKeyState } from './store.ts'

export function keyIn(ring: KeyRing, algorithm: SigningAlgorithm, state: SigningKeyState): SigningKeyRecord | undefined {
  return ring.keys().find((key) => key.algorithm === algorithm && key.state === state)
}

/** The algorithms that have a current key. */
export function algorithmsInUse(ring: KeyRing): readonly SigningAlgorithm[] {
  return ring.keys().flatMap(({ state, algorithm }) => (state === 'current' ? [algorithm] : []))
}

/**
 * Begins a rotation: publishes a next key, used from now + `publishAheadMs`. Where one is published already it is that one, and used no later than a new one would be.
 * Without an algorithm, of each in use. Asking twice changes nothing.
 * @returns the next keys.
 * @throws Refusal `not_found` when the algorithm is not in use; `store_unavailable`.
 */
export async function rotateSigningKeys(
  ring: KeyRing,
  wish: { readonly algorithm?: SigningAlgorithm },
  mover: Mover,
  now: number,
): Promise<readonly SigningKeyRecord[]> {
  await ring.refresh()
  const inUse = algorithmsInUse(ring)
  const { algorithm } = wish
  if (algorithm !== undefined && !inUse.includes(algorithm))
    return refuse('not_found', { detail: `No key for ${algorithm} is in use; those in use are ${inUse.join(', ')}.` })
  const activatesAt = now + ring.policy.publishAheadMs
  for (const one of algorithm === undefined ? inUse : [algorithm]) {
    const next = keyIn(ring, one, 'next')
    if (next === undefined) await publishNextKey(ring, one, activatesAt, mover, now)
    else if (next.activatesAt > activatesAt) await ring.store.moveSigningKey(next.kid, activatesAt)
  }
  await ring.refresh()
  return ring.keys().filter((key) => key.state === 'next' && (algorithm === undefined || key.algorithm === algorithm))
}

/** False if another node was first. */
export async function publishNextKey(ring: KeyRing, algorithm: SigningAlgorithm, activatesAt: number, mover: Mover, now: number): Promise<boolean> {
  const key = await makeSigningKey(ring.vault, { algorithm, state: 'next', ed25519Name: ring.policy.ed25519Name, now, activatesAt })
  const event = signingKeyEvent('signing_key.created', key, mover, now, { data: { activatesAt: new Date(activatesAt).toISOString() } })
  return ring.store.addSigningKey(key, journalOf([event]))
}
