/** Ends a grant: every token under it dies, at every verifier. */
import type { EventType, Journal, NewEvent, Origin } from '@latchwork/kernel'
import type { AuthorityStore, Grant } from './store.ts'

export interface GrantEnd {
  readonly event: EventType
  readonly reason: string
  readonly actor: NewEvent['actor']
  readonly origin: Origin
  readonly now: number
  /** How long a self-contained token issued under the grant may still be presented. */
  readonly longestTokenMs: number
  readonly credentialId?: string
  readonly data?: NewEvent['data']
}

/** False if it had ended before; nothing is written then. */
export function endGrant(store: AuthorityStore, grant: Grant, end: GrantEnd): Promise<boolean> {
  return store.endGrant(grant.id, end.reason, end.now, journalOfEnd(grant, end))
}

function journalOfEnd(grant: Grant, end: GrantEnd): Journal {
  const event: NewEvent = {
    type: end.event,
    at: end.now,
    actor: end.actor,
    ...end.origin,
    userId: grant.userId,
    grantId: grant.id,
    reason: end.reason,
    ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
    ...(grant.sessionId === undefined ? {} : { sessionId: grant.sessionId }),
    ...(end.credentialId === undefined ? {} : { credentialId: end.credentialId }),
    ...(end.data === undefined ? {} : { data: end.data }),
  }
  return { events: [event], revocations: [{ lifeline: `grant:${grant.id}`, at: end.now, until: end.now + end.longestTokenMs }] }
}
