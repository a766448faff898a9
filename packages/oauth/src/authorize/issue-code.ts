/** Issues an authorization code (RFC 6749 §4.1.2) for what the person allowed: consent, grant and code are one act. */
import type { Grant, GrantDetails } from '@latchwork/authority'
import { mintTimedToken, type NewEvent, newId, type Origin, refuse, timedDigestOf } from '@latchwork/kernel'
import { type PersonClaim, scopeOfClaim } from '../claims/person-claims.ts'
import { markOf } from '../consent.ts'
import type { OAuth } from '../oauth.ts'
import type { Consent } from '../store.ts'
import { acrOf } from '../tokens/acr.ts'
import type { SignedIn } from './next-step.ts'
import type { AuthorizationRequest } from './read-request.ts'

export interface Allowance {
  readonly signedIn: SignedIn
  /** The scopes the person left ticked: a part of those asked for. */
  readonly scopes: readonly string[]
  /** The consent in force before, if any. */
  readonly consent: Consent | undefined
  /** Whether the person was asked just now; else the consent in force is their word. */
  readonly wasAsked: boolean
}

/** @returns the code. @throws Refusal `sign_in_required` when session, person, client or consent ended meanwhile. */
export async function issueCode(oauth: OAuth, request: AuthorizationRequest, allowance: Allowance, origin: Origin, now: number): Promise<string> {
  const { signedIn } = allowance
  const allowed = request.consentScopes.filter((scope) => allowance.scopes.includes(scope))
  const scopes = request.scopes.filter((scope) => allowed.includes(scope))
  const withdrawn = { scopes: request.consentScopes.filter((scope) => !allowed.includes(scope)), tokensUntil: now + oauth.authority.longestTokenMs }
  const consent = lastWord(allowance.consent, request, signedIn.userId, allowed, now)
  const grant: Grant = {
    id: newId('grant', now),
    kind: 'oauth',
    userId: signedIn.userId,
    clientId: request.client.id,
    consentId: consent.id,
    scopes,
    audience: request.audience,
    authenticatedAt: signedIn.authenticatedAt,
    createdAt: now,
    begunIn: signedIn.sessionId,
    details: detailsOf(request, signedIn, allowed, scopes),
    // Without offline_access the grant ends with the sign-out (OpenID Connect Core §11).
    ...(scopes.includes('offline_access') ? {} : { sessionId: signedIn.sessionId }),
  }
  const secret = mintTimedToken('authorization_code', now)
  const code = {
    digest: timedDigestOf(secret.reveal()),
    clientId: request.client.id,
    grantId: grant.id,
    redirectUri: request.redirectUri,
    issuedAt: now,
    expiresAt: now + oauth.codeLifetimeMs,
    ...(request.challenge === undefined ? {} : { challenge: request.challenge }),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  }
  const events = eventsOf(grant, consent, allowance.consent, origin, now)
  const authorization = { sessionId: signedIn.sessionId, consent, isRemembered: !allowance.wasAsked, allowed, withdrawn, grant, code }
  const written = await oauth.store.authorize(authorization, { events, revocations: [] })
  if (!written)
    return refuse('sign_in_required', {
      reason: 'session, person, client or consent ended meanwhile',
      about: { clientId: request.client.id, userId: signedIn.userId },
    })
  return secret.reveal()
}

/** What the tokens to come will say beside who and what for: how the person signed in, the claims whose scopes they allowed, and what was not given. */
function detailsOf(request: AuthorizationRequest, { methods = [] }: SignedIn, allowed: readonly string[], granted: readonly string[]): GrantDetails {
  const acr = acrOf(methods, request.preferredAcrs)
  const isAllowed = (claim: PersonClaim): boolean => allowed.includes(scopeOfClaim(claim))
  const withheld = [...new Set([...request.sentScopes, ...request.scopes])].filter((scope) => !granted.includes(scope))
  const [idToken, userInfo] = [request.claims.idToken.filter(isAllowed), request.claims.userInfo.filter(isAllowed)]
  return {
    ...(methods.length === 0 ? {} : { methods }),
    ...(acr === undefined ? {} : { acr }),
    ...(idToken.length + userInfo.length === 0 ? {} : { claims: { idToken, userInfo } }),
    ...(withheld.length === 0 ? {} : { withheld }),
  }
}

/** Of what was asked, what the person left ticked; of what was not asked, what they said before. */
function lastWord(former: Consent | undefined, request: AuthorizationRequest, userId: string, scopes: readonly string[], now: number): Consent {
  const mark = markOf(scopes, former)
  if (former === undefined) return { id: newId('consent', now), userId, clientId: request.client.id, scopes, audience: request.audience, givenAt: now, ...mark }
  const unasked = former.scopes.filter((scope) => !request.consentScopes.includes(scope))
  return { ...former, scopes: union(unasked, scopes), audience: union(former.audience, request.audience), ...mark }
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set([...one, ...other])]
}

function eventsOf(grant: Grant, consent: Consent, former: Consent | undefined, origin: Origin, now: number): readonly NewEvent[] {
  const common = {
    at: now,
    actor: { kind: 'user', id: grant.userId },
    ...origin,
    userId: grant.userId,
    grantId: grant.id,
    ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
  } as const
  const issued: NewEvent = { type: 'code.issued', ...common, data: { scopes: grant.scopes.join(' ') } }
  const isNew =
    former === undefined ||
    consent.audience.length > former.audience.length ||
    !sameWords(consent.scopes, former.scopes) ||
    consent.profileIsWhole !== former.profileIsWhole
  return isNew ? [{ type: 'consent.given', ...common, data: { scopes: consent.scopes.join(' '), consent: consent.id } }, issued] : [issued]
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word) => other.includes(word))
}
