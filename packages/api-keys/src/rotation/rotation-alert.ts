/** What people are told of a rotation that does not succeed. */
import { newId } from '@latchwork/kernel'
import type { ApiKey } from '../store.ts'
import type { Rotations } from './rotations.ts'
import type { RotationNotice, RotationOutcome } from './store.ts'

/** A target may be away for a moment; a key that stands in the way does not go by itself. */
const FIRST_ALERT: Readonly<Record<Exclude<RotationOutcome, 'delivered'>, number>> = { failed: 3, refused: 1 }
/** With an hour between attempts: once a day. */
const AGAIN_EVERY = 24

export function rotationAlert(
  rotations: Rotations,
  key: ApiKey,
  attempt: { readonly outcome: 'failed' | 'refused'; readonly note: string; readonly failures: number; readonly target: string; readonly endable?: string },
  now: number,
): RotationNotice | undefined {
  const { outcome, note, failures, target, endable } = attempt
  const first = FIRST_ALERT[outcome]
  if (failures < first || (failures - first) % AGAIN_EVERY !== 0) return undefined
  return {
    channels: rotations.channels,
    alert: {
      id: newId('alert', now),
      kind: outcome === 'failed' ? 'rotation_failed' : 'rotation_refused',
      message: `Not rotated: ${note}`,
      at: now,
      keyId: key.id,
      accountId: key.accountId,
      keyName: key.name,
      fingerprint: key.fingerprint,
      environment: key.environment,
      data: { target, failures, ...(endable === undefined ? {} : { keyToEnd: endable }) },
    },
  }
}
