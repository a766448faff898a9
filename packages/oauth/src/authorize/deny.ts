/** What is written down when a person says no. */
import type { NewEvent, Origin } from '@latchwork/kernel'
import type { SignedIn } from './next-step.ts'
import type { AuthorizationRequest } from './read-request.ts'

export function denialEvent(request: AuthorizationRequest, signedIn: SignedIn, origin: Origin, now: number): NewEvent {
  return {
    type: 'consent.denied',
    at: now,
    actor: { kind: 'user', id: signedIn.userId },
    ...origin,
    userId: signedIn.userId,
    clientId: request.client.id,
    data: { scopes: request.consentScopes.join(' ') },
  }
}
