/**
 * Rotates what is due (K19), in this order: the lease, the successor (written, good at once), its delivery, the note that it is delivered. The old key's clock starts at the
 * successor's first use, so the old one stays good for as long as the new one has not arrived. Whoever is killed on the way is followed by a node that computes
 * the same key and delivers it again: see `computed-key.ts`.
 */
import { digestOf, type Journal, type Once, Refusal, redactCredentials } from '@latchwork/kernel'
import type { Maker } from '../api-keys.ts'
import { keyEvent, theSystem } from '../key-event.ts'
import { storedDigests } from '../pepper.ts'
import { prepareRoll, wordsOfRefusal } from '../roll-key.ts'
import type { ApiKey } from '../store.ts'
import { computedKey, newSeed } from './computed-key.ts'
import type { DeliveryOutcome } from './deliveries.ts'
import { currentKey, isActive, type PauseReason, pauseOf } from './key-state.ts'
import { rotationAlert } from './rotation-alert.ts'
import { endedWithKey } from './rotation-event.ts'
import type { Rotations } from './rotations.ts'
import { dueOf } from './schedule.ts'
import type { ClaimedRotation, RotationAttempt, RotationChange } from './store.ts'

/** Longer than a delivery can take. */
export const LEASE_MS = 90_000
/** What the next look depends on may change: a key's expiry, its end, a roll by hand. */
const LOOK_AGAIN_MS = 6 * 3_600_000
const MAX_PAUSE_MS = 3_600_000
const ACCOUNT_PAUSE_MS = 10 * 60_000
const MAX_NOTE = 200

/** What came of it: nothing was due; the key had ended, or is stopped for a while; or an attempt. `lost`: another node took over. */
export type Advance = RotationAttempt | PauseReason | 'not_due' | 'ended' | 'lost'

/** 10 s, 20 s, 40 s … up to an hour. */
export function pauseAfterFailures(failures: number): number {
  return Math.min(10_000 * 2 ** (failures - 1), MAX_PAUSE_MS)
}

/** Rotations to look at, up to `limit`; each rotated if it is due. @returns how many were looked at. */
export async function rotateDue(rotations: Rotations, limit: number): Promise<number> {
  const now = rotations.clock.now()
  const claims = await rotations.store.claimDue(now, now + LEASE_MS, limit)
  const ends = await Promise.allSettled(claims.map((claim) => advance(rotations, claim)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason // what was claimed is taken up again when its lease ends
  return claims.length
}

/** Who has a key rotated though it is not due, and the call that asks for it, noted with what it does. */
export interface Demand {
  readonly maker: Maker
  readonly once: Once | undefined
}

/** The next step of a rotation: a successor that waits is delivered, a key that is due, or demanded, is rolled and delivered. */
export async function advance(rotations: Rotations, claim: ClaimedRotation, demand?: Demand): Promise<Advance> {
  if (claim.successorId !== undefined && claim.seed !== undefined) return deliver(rotations, claim, claim.successorId, claim.seed, demand?.once)
  const now = rotations.clock.now()
  const key = await currentKey(rotations, claim.keyId, now)
  if (key === undefined) return drop(rotations, claim, now)
  const dueAt = dueOf(claim.policy.schedule, key, claim.lastRotatedAt ?? claim.createdAt, rotations.calendar)
  const nextAt = Math.min(dueAt, now + LOOK_AGAIN_MS)
  if (dueAt > now && demand === undefined) {
    return (await rotations.store.settleRotation(claim, { keyId: key.id, dueAt, nextAt, failures: 0 }, noJournal)) ? 'not_due' : 'lost'
  }
  const reason = pauseOf(key, claim)
  if (reason !== undefined) return pause(rotations, claim, reason, { keyId: key.id, dueAt, nextAt: dueAt > now ? nextAt : pauseUntil(key, reason, now) })
  return begin(rotations, { ...claim, keyId: key.id, dueAt }, key, demand, now)
}

const noJournal: Journal = { events: [], revocations: [] }

/** That a key is enabled, the feed tells, and this is for when it was missed; that an account is, nothing tells. */
function pauseUntil({ expiresAt }: ApiKey, reason: PauseReason, now: number): number {
  const pauseMs = reason === 'key_disabled' ? MAX_PAUSE_MS : ACCOUNT_PAUSE_MS
  return Math.min(now + pauseMs, expiresAt ?? Number.POSITIVE_INFINITY)
}

/** A successor would be disabled as well: nothing is made or sent until the key is enabled. */
async function pause(
  rotations: Rotations,
  claim: ClaimedRotation,
  reason: PauseReason,
  change: Pick<RotationChange, 'nextAt' | 'keyId' | 'dueAt'>,
): Promise<Advance> {
  return (await rotations.store.settleRotation(claim, { ...change, failures: claim.failures }, noJournal)) ? reason : 'lost'
}

async function drop(rotations: Rotations, claim: ClaimedRotation, now: number): Promise<Advance> {
  const dropped = await rotations.store.dropRotation(claim, { events: [endedWithKey(claim.policy, claim.keyId, now)], revocations: [] })
  return dropped ? 'ended' : 'lost'
}

/** Makes the successor, as a roll by hand would; the old key's clock waits for its first use. Who demands it may have less than the key: they do not get to see it. */
async function begin(rotations: Rotations, claim: ClaimedRotation, old: ApiKey, demand: Demand | undefined, now: number): Promise<Advance> {
  const seed = newSeed()
  const asked = { overlapMs: claim.policy.overlapMs, startsAtFirstUse: true }
  const maker: Maker = { ...(demand?.maker ?? theSystem), ceiling: 'unlimited' }
  try {
    const { roll, events, revocations } = prepareRoll(rotations.apiKeys, old, asked, maker, now, (form) => computedKey(rotations, seed, form))
    const outcome = await rotations.store.beginRotation(claim, roll, seed, now, { events, revocations }, demand?.once)
    if (outcome === 'lost') return 'lost'
    if ('refused' in outcome) return await refused(rotations, claim, old, wordsOfRefusal(outcome), now, 'endable' in outcome ? outcome.endable : undefined)
    return await deliver(rotations, { ...claim, successorId: outcome.key.id, seed }, outcome.key.id, seed)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 503) throw error
    return refused(rotations, claim, old, error.detail, now)
  }
}

async function refused(rotations: Rotations, claim: ClaimedRotation, old: ApiKey, note: string, now: number, endable?: string): Promise<Advance> {
  const attempt: RotationAttempt = { at: now, outcome: 'refused', note, keyId: old.id }
  return fail(rotations, claim, old, attempt, { ...(claim.dueAt === undefined ? {} : { dueAt: claim.dueAt }), keyId: old.id }, { endable })
}

/** Computes the key anew, looks whether it is good at this moment, hands it over, and writes down what came of it. */
async function deliver(rotations: Rotations, claim: ClaimedRotation, successorId: string, seed: string, once?: Once): Promise<Advance> {
  const { apiKeys, deliveries, clock, store } = rotations
  const now = clock.now()
  const key = await apiKeys.store.findKey(successorId)
  if (key === undefined || !isActive(key, now)) {
    // It was revoked before it arrived: the next look makes another.
    return (await store.settleRotation(claim, { nextAt: now, failures: claim.failures, isSettled: true }, noJournal)) ? 'not_due' : 'lost'
  }
  const reason = pauseOf(key, claim)
  if (reason !== undefined) return pause(rotations, claim, reason, { nextAt: pauseUntil(key, reason, now) })
  const secret = computedKey(rotations, seed, key)
  const found = await apiKeys.store.findKeyByDigest(...storedDigests(apiKeys.peppers, digestOf(secret.reveal())))
  const place = { target: claim.policy.target, path: claim.policy.path.replaceAll('{key}', claim.line), accountId: key.accountId, environment: key.environment }
  const fault =
    found?.record.principal.credentialId !== successorId
      ? 'the key cannot be computed again, because the secret key or the brand of the server was changed: remove this rotation and set it anew'
      : deliveries.faultOf(place)
  const outcome: DeliveryOutcome =
    fault === undefined
      ? await deliveries.deliver({ id: `${claim.id}.${successorId}`, ...place, secret, keyId: key.id, name: key.name })
      : { delivered: false, mayHaveArrived: false, note: fault }
  const note = publicWords(outcome.note)
  if (outcome.delivered) return delivered(rotations, claim, key, note, once)
  const attempt: RotationAttempt = { at: clock.now(), outcome: 'failed', note, keyId: claim.keyId, successorId }
  return fail(rotations, claim, key, attempt, outcome.mayHaveArrived ? { mayHaveArrived: true } : {}, { once })
}

async function delivered(rotations: Rotations, claim: ClaimedRotation, key: ApiKey, note: string, once: Once | undefined): Promise<Advance> {
  const { store, clock, calendar } = rotations
  const { policy, keyId } = claim
  const now = clock.now()
  const dueAt = dueOf(policy.schedule, key, now, calendar)
  const attempt: RotationAttempt = { at: now, outcome: 'delivered', note, keyId, successorId: key.id }
  const nextAt = Math.min(dueAt, now + LOOK_AGAIN_MS)
  const change: RotationChange = { keyId: key.id, dueAt, nextAt, lastRotatedAt: now, failures: 0, isSettled: true, attempt }
  const event = keyEvent('key.rotated', key, theSystem, now, { data: { rotatedFrom: keyId, target: policy.target } })
  return (await store.settleRotation(claim, change, { events: [event], revocations: [] }, { ...(once && { once }) })) ? attempt : 'lost'
}

async function fail(
  rotations: Rotations,
  claim: ClaimedRotation,
  key: ApiKey,
  attempt: RotationAttempt,
  more: Pick<RotationChange, 'dueAt' | 'keyId' | 'mayHaveArrived'>,
  { endable, once }: { readonly endable?: string | undefined; readonly once?: Once | undefined },
): Promise<Advance> {
  const { at, note } = attempt
  const outcome = attempt.outcome === 'refused' ? 'refused' : 'failed'
  const failures = claim.failures + 1
  const { target } = claim.policy
  const again = at + pauseAfterFailures(failures)
  const endsAt = key.expiresAt !== undefined && key.expiresAt > at ? key.expiresAt : again // a key that ends ends its rotation
  const change: RotationChange = { nextAt: Math.min(again, endsAt), failures, ...more, attempt }
  const keyToEnd = endable === undefined ? {} : { keyToEnd: endable }
  const event = keyEvent('key.rotation_failed', key, theSystem, at, { reason: outcome, data: { target, note, failures, ...keyToEnd } })
  const notice = rotationAlert(rotations, key, { outcome, note, failures, target, ...(endable === undefined ? {} : { endable }) }, at)
  const beside = { ...(notice && { notice }), ...(once && { once }) }
  const isSettled = await rotations.store.settleRotation(claim, change, { events: [event], revocations: [] }, beside)
  if (isSettled && notice !== undefined) rotations.onTold()
  return isSettled ? attempt : 'lost'
}

/** What the other side said may hold anything. */
function publicWords(note: string): string {
  return redactCredentials(note.slice(0, 2000))
    .slice(0, MAX_NOTE)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\ufffd')
}
