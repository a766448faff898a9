/** The events of the key ring. */
import type { Journal, NewEvent, Origin, Revocation } from '@latchwork/kernel'
import type { SigningKeyRecord } from './store.ts'

/** Who brings a change about. */
export interface Mover {
  readonly kind: NewEvent['actor']['kind']
  readonly id?: string
  readonly origin?: Origin
}

export const bySchedule: Mover = { kind: 'system' }

type SigningKeyEvent = Extract<NewEvent['type'], `signing_key.${string}`>

export function signingKeyEvent(
  type: SigningKeyEvent,
  key: SigningKeyRecord,
  mover: Mover,
  now: number,
  more: { readonly reason?: string; readonly data?: NewEvent['data'] & object } = {},
): NewEvent {
  const { kind, id, origin = {} } = mover
  return {
    type,
    at: now,
    actor: { kind, ...(id === undefined ? {} : { id }) },
    ...origin,
    credentialId: key.kid,
    ...(more.reason === undefined ? {} : { reason: more.reason }),
    data: { algorithm: key.algorithm, ...more.data },
  }
}

export function journalOf(events: readonly NewEvent[], revocations: readonly Revocation[] = []): Journal {
  return { events, revocations }
}
