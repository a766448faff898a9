/**
 * Keys that end, or lose something, because of what became of a consent, a person or a membership: each is told by an event of its own (E1), in the name of whoever did
 * that, so that the history of a key says why it stopped.
 */
import type { EventType, Journal, NewEvent } from '@latchwork/kernel'

/** `returning` these of each row that was changed. */
export const changedKeyColumns = ['id', 'account_id', 'fingerprint', 'user_id', 'expires_at'] as const

export interface ChangedKeyRow {
  readonly id: string
  readonly account_id: string
  readonly fingerprint: string
  readonly user_id: string | null
  /** Before the change. */
  readonly expires_at: number | null
}

export interface KeyChange {
  readonly key: ChangedKeyRow
  readonly type: Extract<EventType, 'key.revoked' | 'key.changed' | 'key.rolled' | 'key.ended'>
  readonly reason?: string
  readonly data?: NonNullable<NewEvent['data']>
}

export function revokedFor(reason: string, keys: readonly ChangedKeyRow[]): readonly KeyChange[] {
  return keys.map((key) => ({ key, type: 'key.revoked', reason }))
}

/** The journal with the events of the keys beside it. A key that had expired has ended before, and is not told of. */
export function withKeyChanges(journal: Journal, changes: readonly KeyChange[]): Journal {
  const [cause] = journal.events
  if (cause === undefined) return journal
  const events = changes.filter(({ key }) => key.expires_at === null || key.expires_at > cause.at).map((change) => eventOf(cause, change))
  return { ...journal, events: [...journal.events, ...events] }
}

function eventOf({ at, actor, address, userAgent, clientId, userId }: NewEvent, { key, type, reason, data }: KeyChange): NewEvent {
  const person = key.user_id ?? userId
  return {
    type,
    at,
    actor,
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(person === undefined ? {} : { userId: person }),
    accountId: key.account_id,
    credentialId: key.id,
    fingerprint: key.fingerprint,
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
  }
}
