/** What is due in the ring: run every minute by every node. Each step is one act that only one node wins, so a node that dies between two leaves them to the others. */
import { bySchedule, journalOf, signingKeyEvent } from './key-event.ts'
import type { KeyRing } from './key-ring.ts'
import { algorithmsInUse, keyIn, publishNextKey } from './rotate.ts'
import type { SigningAlgorithm, SigningKeyRecord } from './store.ts'

/** Public halves of withdrawn keys are kept so long: tokens of ours come back as hints long after they expired (OpenID Connect RP-Initiated Logout §2). */
export const FORGET_AFTER_MS = 400 * 24 * 60 * 60 * 1000

/**
 * @param removalNow the time by which retired keys are withdrawn: what they signed is refused from then on, so it is not ahead where the clock may be.
 * @throws Refusal `store_unavailable`: what was not done is due the next time.
 */
export async function keepSchedule(ring: KeyRing, now: number, removalNow = now): Promise<void> {
  await ring.refresh()
  let changed = false
  for (const algorithm of algorithmsInUse(ring)) changed = (await turnAlgorithm(ring, algorithm, now)) || changed
  for (const key of ring.keys()) if (key.state === 'retired' && removalNow >= (key.publishedUntil ?? 0)) changed = (await withdraw(ring, key, now)) || changed
  await ring.store.forgetSigningKeys(removalNow - FORGET_AFTER_MS)
  if (changed) await ring.refresh()
}

async function turnAlgorithm(ring: KeyRing, algorithm: SigningAlgorithm, now: number): Promise<boolean> {
  const { rotateEveryMs, publishAheadMs } = ring.policy
  const [current, next] = [keyIn(ring, algorithm, 'current'), keyIn(ring, algorithm, 'next')]
  if (current === undefined) return false
  const dueAt = current.activatesAt + rotateEveryMs
  const soonest = now + publishAheadMs
  if (next === undefined) return now >= dueAt - publishAheadMs && publishNextKey(ring, algorithm, Math.max(dueAt, soonest), bySchedule, now)
  if (now >= next.activatesAt) return promote(ring, current, next, now)
  // Planned by a clock that was wrong.
  if (now >= dueAt && next.activatesAt > soonest) return ring.store.moveSigningKey(next.kid, soonest)
  return false
}

function promote(ring: KeyRing, current: SigningKeyRecord, next: SigningKeyRecord, now: number): Promise<boolean> {
  const publishedUntil = now + ring.policy.keepPublishedMs
  return ring.store.promoteSigningKey(
    { kid: next.kid, formerKid: current.kid, retiredAt: now, publishedUntil },
    journalOf([
      signingKeyEvent('signing_key.promoted', next, bySchedule, now),
      signingKeyEvent('signing_key.retired', current, bySchedule, now, { data: { publishedUntil: new Date(publishedUntil).toISOString() } }),
    ]),
  )
}

function withdraw(ring: KeyRing, key: SigningKeyRecord, now: number): Promise<boolean> {
  return ring.store.withdrawSigningKey(key.kid, now, journalOf([signingKeyEvent('signing_key.withdrawn', key, bySchedule, now)]))
}
