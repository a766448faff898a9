/** The event of something that happened to a key: who did it, from where, to which key. */
import type { EventType, NewEvent, Revocation } from '@latchwork/kernel'
import type { Maker } from './api-keys.ts'
import type { ApiKey } from './store.ts'

type Known = Pick<ApiKey, 'id' | 'accountId' | 'fingerprint'> & Partial<Pick<ApiKey, 'userId'>>

export function keyEvent(type: EventType, key: Known, maker: Pick<Maker, 'kind' | 'id' | 'origin'>, at: number, more: Partial<NewEvent> = {}): NewEvent {
  return {
    type,
    at,
    actor: { kind: maker.kind, id: maker.id },
    ...maker.origin,
    accountId: key.accountId,
    credentialId: key.id,
    fingerprint: key.fingerprint,
    ...(key.userId === undefined ? {} : { userId: key.userId }),
    ...more,
  }
}

/** Caches read the key anew. A key is looked up, never self-contained, so the entry need not be kept. */
export function readAnew(keyId: string, at: number): Revocation {
  return { lifeline: `key:${keyId}`, at, until: at }
}

export const theSystem: Pick<Maker, 'kind' | 'id' | 'origin'> = { kind: 'system', id: 'system', origin: {} }
