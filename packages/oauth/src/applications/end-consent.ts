/** A person takes an application's permission back: the consent ends, and every grant, token and connected key under it (O17, K17). */
import { type Origin, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'

/** @throws Refusal `not_found` when there is no such consent of this person. */
export async function endConsent(oauth: OAuth, consentId: string, userId: string, origin: Origin, now: number): Promise<void> {
  const ended = await oauth.store.endConsent(consentId, userId, now, {
    events: [{ type: 'consent.ended', at: now, actor: { kind: 'user', id: userId }, ...origin, userId, data: { consent: consentId } }],
    revocations: [{ lifeline: `consent:${consentId}`, at: now, until: now + oauth.authority.longestTokenMs }],
  })
  if (!ended) refuse('not_found')
}
