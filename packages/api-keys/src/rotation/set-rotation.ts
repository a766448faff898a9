/** Sets and removes the rotation of a key, or of all keys of an account (K19). */
import { type Environment, holdsCredential, keyKinds, newId, refuse } from '@latchwork/kernel'
import type { Maker } from '../api-keys.ts'
import { refuseEnded } from '../end-key.ts'
import { keyEvent, readAnew } from '../key-event.ts'
import { MAX_OVERLAP_MS, USUAL_OVERLAP_MS } from '../roll-key.ts'
import type { ApiKey } from '../store.ts'
import { endedWithKey, policyEvent } from './rotation-event.ts'
import type { Rotations } from './rotations.ts'
import { checkSchedule } from './schedule.ts'
import type { PolicyOwner, RemovedRotation, RotationPolicy, RotationTerms } from './store.ts'

export interface AskedRotation extends Omit<RotationTerms, 'overlapMs'> {
  /** A day where it is absent, or a quarter of the shortest time between two rotations if that is less. */
  readonly overlapMs?: number
}

/**
 * Checks key, schedule, overlap, target and path, and writes them in the place of an earlier rotation of the key.
 * @throws Refusal `not_found`; `key_ended`; `key_already_rolled`; `rotation_invalid`; `rotation_path_taken`.
 */
export async function setKeyRotation(rotations: Rotations, keyId: string, asked: AskedRotation, maker: Maker, now: number): Promise<RotationPolicy> {
  const key = (await rotations.apiKeys.store.findKey(keyId)) ?? refuse('not_found')
  checkRotatable(key, now)
  const { accountId, environment } = key
  const terms = checkTerms(rotations, { ...asked, accountId, environment, keyId }, now)
  return write(rotations, { id: newId('rotation', now), accountId, environment, keyId, ...terms, createdBy: maker.id, createdAt: now }, maker, now)
}

/** The same for every secret and restricted key of the account in an environment, those made later included, unless a key has a rotation of its own. */
export async function setAccountRotation(
  rotations: Rotations,
  owner: { readonly accountId: string; readonly environment: Environment },
  asked: AskedRotation,
  maker: Maker,
  now: number,
): Promise<RotationPolicy> {
  if (!asked.path.includes('{key}'))
    return refuse('rotation_invalid', {
      detail: 'The path of an account has {key} in it, which stands for the id of each key; else keys would overwrite each other.',
    })
  const terms = checkTerms(rotations, { ...asked, ...owner }, now)
  return write(rotations, { id: newId('rotation', now), ...owner, ...terms, createdBy: maker.id, createdAt: now }, maker, now)
}

/** A key that lives, has no successor, and belongs to the account alone. */
function checkRotatable(key: ApiKey, now: number): void {
  if (key.revokedAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= now)) refuseEnded(key.id)
  if (key.replacedBy !== undefined)
    refuse('key_already_rolled', { detail: `The key ${key.id} was rolled already: ${key.replacedBy} is in its place. Set the rotation of that one.` })
  if (key.kind !== 'sk' && key.kind !== 'rk')
    refuse('rotation_invalid', { detail: `A ${keyKinds[key.kind]} is not rotated by itself: only secret and restricted keys go into a secret store.` })
  if (key.consentId !== undefined)
    refuse('rotation_invalid', { detail: 'The key belongs to an application that a person allowed: it is not delivered to a store of yours.' })
}

const PATH = /^[A-Za-z0-9{][A-Za-z0-9._{}/-]{0,255}$/

function checkTerms(
  rotations: Rotations,
  asked: AskedRotation & { readonly accountId: string; readonly environment: Environment; readonly keyId?: string },
  now: number,
): RotationTerms {
  const { schedule, target, path, accountId, environment } = asked
  const shortest = checkSchedule(schedule, rotations.calendar, now)
  const overlapMs = asked.overlapMs ?? Math.min(USUAL_OVERLAP_MS, Math.floor(shortest / 4000) * 1000)
  if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > MAX_OVERLAP_MS || overlapMs >= shortest)
    return refuse('rotation_invalid', { detail: 'The overlap is between 0 seconds and 7 days (604800), and shorter than the time between two rotations.' })
  const filled = path.replaceAll('{key}', 'key_0000000000000000000000')
  if (!PATH.test(path) || /[{}]/.test(filled) || filled.split('/').some((part) => /^\.*$/.test(part)))
    return refuse('rotation_invalid', {
      detail: 'The path is made of letters, digits, ".", "_", "-" and "/", with no empty part and none of dots alone; {key} stands for an id.',
    })
  if (holdsCredential(path)) return refuse('rotation_invalid', { detail: 'The path holds a credential. Replace it, and name a place.' })
  if (namesOther(path, asked.keyId))
    return refuse('rotation_invalid', { detail: 'The path holds the id of another key, whose place it may be: write {key} where that of this one belongs.' })
  const fault = rotations.deliveries.faultOf({ target, path: filled, accountId, environment })
  return fault === undefined ? { schedule, overlapMs, target, path } : refuse('rotation_invalid', { detail: fault })
}

/** Where a path has {key} in it, nobody else's may be the same; names of Secrets in Kubernetes have neither capitals nor "_". */
function namesOther(path: string, keyId: string | undefined): boolean {
  const plain = (text: string): string => text.toLowerCase().replace('-', '_')
  return [...path.matchAll(/key[_-][0-9A-Za-z]{22}/gi)].some(([id]) => keyId === undefined || plain(id) !== plain(keyId))
}

async function write(rotations: Rotations, policy: RotationPolicy, maker: Maker, now: number): Promise<RotationPolicy> {
  const { accountId, keyId, environment, target, path, overlapMs } = policy
  const data = { target, path, environment, overlapSeconds: overlapMs / 1000, ...wordsOfSchedule(policy) }
  const set = policyEvent('key.rotation_set', { accountId, keyId }, maker, now, data)
  const written = await rotations.store.setPolicy(policy, (freed) => ({
    events: [...(freed === undefined ? [] : [endedWithKey(freed.policy, freed.keyId, now)]), set],
    revocations: [],
  }))
  return written === 'path_taken' ? refuse('rotation_path_taken') : written
}

function wordsOfSchedule({ schedule: { maxAgeMs, everyMs, cron } }: RotationPolicy) {
  return {
    ...(maxAgeMs === undefined ? {} : { maxAgeSeconds: maxAgeMs / 1000 }),
    ...(everyMs === undefined ? {} : { everySeconds: everyMs / 1000 }),
    ...(cron === undefined ? {} : { cron: cron.expression, timeZone: cron.timeZone }),
  }
}

/**
 * Takes the rotation away; keys stay as they are. A key that was made and certainly reached nobody ends with it.
 * @throws Refusal `not_found`.
 */
export async function removeRotation(rotations: Rotations, owner: PolicyOwner, maker: Maker, now: number): Promise<void> {
  const journalOf = ({ policy, ended, restored }: RemovedRotation) => ({
    events: [
      policyEvent('key.rotation_removed', { accountId: policy.accountId, keyId: 'keyId' in owner ? owner.keyId : undefined }, maker, now, {
        target: policy.target,
        path: policy.path,
      }),
      ...ended.map((key) => keyEvent('key.ended', { ...key, accountId: policy.accountId }, maker, now, { reason: 'not_delivered' })),
    ],
    revocations: [...ended.map(({ id }) => id), ...restored].map((id) => readAnew(id, now)),
  })
  if ((await rotations.store.removePolicy(owner, now, journalOf)) === undefined) refuse('not_found', { detail: 'There is no such rotation.' })
}
