/** What the key of a rotation lets happen: it lives, it is stopped for a while, or it has ended and the rotation with it. */
import type { ApiKey } from '../store.ts'
import type { Rotations } from './rotations.ts'
import { dueOf } from './schedule.ts'
import type { Rotation } from './store.ts'

/** Why nothing is rotated for now. A successor would be as disabled as the key it follows. */
export type PauseReason = 'key_disabled' | 'account_disabled'

export interface RotationState {
  readonly state: 'waiting' | 'delivering' | 'paused' | 'ended'
  readonly reason?: PauseReason | 'key_ended'
  readonly dueAt?: number
}

export function isActive({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now)
}

/** The newest living key of the line: somebody may have rolled it by hand. */
export async function currentKey({ apiKeys }: Pick<Rotations, 'apiKeys'>, keyId: string, now: number): Promise<ApiKey | undefined> {
  let key = await apiKeys.store.findKey(keyId)
  let next = key
  while (next?.replacedBy !== undefined) {
    next = await apiKeys.store.findKey(next.replacedBy)
    if (next !== undefined && isActive(next, now)) key = next
  }
  return key !== undefined && isActive(key, now) ? key : undefined
}

export function pauseOf({ disabledAt }: Pick<ApiKey, 'disabledAt'>, { accountDisabledAt }: Pick<Rotation, 'accountDisabledAt'>): PauseReason | undefined {
  if (disabledAt !== undefined) return 'key_disabled'
  return accountDisabledAt === undefined ? undefined : 'account_disabled'
}

/** How a rotation stands at this moment, whether or not the desk has looked at it since something changed. */
export async function stateOfRotation(rotations: Pick<Rotations, 'apiKeys' | 'calendar'>, rotation: Rotation, now: number): Promise<RotationState> {
  const { keyId, policy, successorId, lastRotatedAt, createdAt } = rotation
  const known = isActive(rotation.key, now) ? rotation.key : undefined
  const key = rotation.key.replacedBy === undefined ? known : await currentKey(rotations, keyId, now)
  if (key === undefined) return { state: 'ended', reason: 'key_ended' }
  const dueAt = rotation.dueAt ?? dueOf(policy.schedule, key, lastRotatedAt ?? createdAt, rotations.calendar)
  const reason = pauseOf(key, rotation)
  return reason === undefined ? { state: successorId === undefined ? 'waiting' : 'delivering', dueAt } : { state: 'paused', reason, dueAt }
}
