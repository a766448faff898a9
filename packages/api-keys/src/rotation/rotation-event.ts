/** Events of a rotation that was set, was taken away, or ended with its key. */
import type { NewEvent } from '@latchwork/kernel'
import type { Maker } from '../api-keys.ts'
import { theSystem } from '../key-event.ts'
import type { RotationPolicy } from './store.ts'

export function policyEvent(
  type: 'key.rotation_set' | 'key.rotation_removed',
  { accountId, keyId }: { readonly accountId: string; readonly keyId?: string | undefined },
  maker: Pick<Maker, 'kind' | 'id' | 'origin'>,
  at: number,
  data: NonNullable<NewEvent['data']>,
): NewEvent {
  return { type, at, actor: { kind: maker.kind, id: maker.id }, ...maker.origin, accountId, ...(keyId === undefined ? {} : { credentialId: keyId }), data }
}

export function endedWithKey({ accountId, target, path }: RotationPolicy, keyId: string, at: number): NewEvent {
  return { ...policyEvent('key.rotation_removed', { accountId, keyId }, theSystem, at, { target, path }), reason: 'key_ended' }
}
