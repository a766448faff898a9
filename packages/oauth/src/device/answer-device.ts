/** A person's answer to a device (RFC 8628 §3.3): decision, consent and grant are one act. */
import type { Grant } from '@latchwork/authority'
import { type NewEvent, newId, type Origin, refuse } from '@latchwork/kernel'
import type { SignedIn } from '../authorize/next-step.ts'
import { markOf } from '../consent.ts'
import type { OAuth } from '../oauth.ts'
import { reachOf } from '../scopes.ts'
import type { Consent } from '../store.ts'
import { acrOf } from '../tokens/acr.ts'
import type { WaitingDevice } from './open-device.ts'

export interface DeviceAnswer {
  readonly signedIn: SignedIn
  /** The scopes the person left ticked: a part of those asked for. */
  readonly scopes: readonly string[]
  readonly origin: Origin
  readonly now: number
}

/** @throws Refusal `user_code_unknown` when it was decided or expired meanwhile, or session, person, client or consent ended; `target_invalid`. */
export async function allowDevice(oauth: OAuth, device: WaitingDevice, { signedIn, scopes: ticked, origin, now }: DeviceAnswer): Promise<void> {
  const { client } = device
  const reach = reachOf(oauth, client, device) // what the client is registered for may have shrunk since it asked
  const scopes = reach.scopes.filter((scope) => ticked.includes(scope))
  const former = await oauth.store.findConsent(signedIn.userId, client.id)
  const consent: Consent = {
    id: former?.id ?? newId('consent', now),
    userId: signedIn.userId,
    clientId: client.id,
    scopes,
    audience: reach.audience,
    givenAt: now,
    ...markOf(scopes, former),
  }
  const withdrawn = device.scopes.filter((scope) => !scopes.includes(scope))
  const grant = grantOf(signedIn, consent, [...withdrawn, ...device.leftOut], now)
  const authorization = {
    deviceDigest: device.digest,
    sessionId: signedIn.sessionId,
    consent,
    withdrawn: { scopes: withdrawn, tokensUntil: now + oauth.authority.longestTokenMs },
    grant,
    now,
  }
  const allowed = await oauth.store.allowDevice(authorization, { events: eventsOf(grant, consent, origin, now), revocations: [] })
  if (!allowed)
    refuse('user_code_unknown', { reason: 'decided or expired, or something ended meanwhile', about: { userId: signedIn.userId, clientId: client.id } })
}

function grantOf(signedIn: SignedIn, consent: Consent, withheld: readonly string[], now: number): Grant {
  const { sessionId } = signedIn
  return {
    id: newId('grant', now),
    kind: 'oauth',
    userId: signedIn.userId,
    clientId: consent.clientId,
    consentId: consent.id,
    scopes: consent.scopes,
    audience: consent.audience,
    authenticatedAt: signedIn.authenticatedAt,
    createdAt: now,
    ...detailsOf(signedIn.methods, withheld),
    // The person's browser is elsewhere: with offline_access signing out there is no sign-out at the device, without it the grant ends then, as any other.
    ...(consent.scopes.includes('offline_access') ? {} : { sessionId, begunIn: sessionId }),
  }
}

function detailsOf(methods: readonly string[] | undefined, withheld: readonly string[]): Pick<Grant, 'details'> {
  if (methods === undefined && withheld.length === 0) return {}
  const acr = acrOf(methods ?? [])
  return {
    details: {
      ...(methods === undefined ? {} : { methods }),
      ...(acr === undefined ? {} : { acr }),
      ...(withheld.length === 0 ? {} : { withheld }),
    },
  }
}

function eventsOf(grant: Grant, consent: Consent, origin: Origin, now: number): readonly NewEvent[] {
  const { userId, clientId } = consent
  const common = { at: now, actor: { kind: 'user', id: userId }, ...origin, userId, clientId, grantId: grant.id } as const
  const scopes = grant.scopes.join(' ')
  return [
    { type: 'consent.given', ...common, data: { scopes, consent: consent.id } },
    { type: 'device.allowed', ...common, data: { scopes } },
  ]
}

/** @throws Refusal `user_code_unknown` when it was decided or expired meanwhile. */
export async function denyDevice(oauth: OAuth, device: WaitingDevice, userId: string, origin: Origin, now: number): Promise<void> {
  const { client, digest, scopes } = device
  const event = {
    type: 'consent.denied',
    at: now,
    actor: { kind: 'user', id: userId },
    ...origin,
    userId,
    clientId: client.id,
    data: { scopes: scopes.join(' ') },
  } as const
  const denied = await oauth.store.denyDevice(digest, userId, now, { events: [event], revocations: [] })
  if (!denied) refuse('user_code_unknown', { reason: 'decided or expired meanwhile', about: { userId, clientId: client.id } })
}
