/** JWT access tokens (RFC 9068 §2): what an API needs to know without asking, and what the token lives by, so that the deny-list can end it sooner (J7, O8). */
import type { Grant, NewAccessToken } from '@latchwork/authority'
import type { SigningAlgorithm } from '@latchwork/signing'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { isPairwise } from './subject.ts'

/** What is known of a token, whatever its form. */
export type AccessTokenFacts = Omit<NewAccessToken, 'digest'>

/** `typ` (RFC 9068 §2.1): no other JWT of ours can stand in for it. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'

/** @param accountId of the person. A pairwise client could read it in the token, and match people by it: it is left out then, as their id is. */
export async function signAccessToken(
  oauth: OAuth,
  client: Client,
  grant: Grant | undefined,
  facts: AccessTokenFacts,
  algorithm: SigningAlgorithm,
  accountId: string | undefined,
): Promise<string> {
  const [onlyAudience, ...moreAudiences] = facts.audience
  return oauth.keyRing.sign(algorithm, ACCESS_TOKEN_TYPE, {
    iss: oauth.issuer,
    sub: facts.subject ?? facts.userId ?? client.id, // RFC 9068 §2.2: the client itself where there is no person
    aud: moreAudiences.length === 0 ? onlyAudience : facts.audience,
    client_id: client.id,
    iat: Math.floor(facts.issuedAt / 1000),
    exp: Math.floor(facts.expiresAt / 1000),
    jti: facts.id,
    scope: facts.scopes.join(' '),
    environment: facts.environment,
    ...(client.accountId === undefined ? {} : { client_account_id: client.accountId }),
    ...(grant === undefined ? {} : claimsOfGrant(grant, isPairwise(client), accountId)),
  })
}

function claimsOfGrant(grant: Grant, pairwise: boolean, accountId: string | undefined): Readonly<Record<string, unknown>> {
  const { methods, acr } = grant.details ?? {}
  return {
    grant_id: grant.id,
    ...(grant.consentId === undefined ? {} : { consent_id: grant.consentId }),
    ...(pairwise || grant.sessionId === undefined ? {} : { sid: grant.sessionId }), // the feed ends such a token by its grant
    ...(pairwise ? { subject_type: 'pairwise' } : {}),
    ...(pairwise || accountId === undefined ? {} : { account_id: accountId }),
    auth_time: Math.floor(grant.authenticatedAt / 1000), // RFC 9068 §2.2.1
    ...(acr === undefined ? {} : { acr }),
    ...(methods === undefined ? {} : { amr: methods }),
  }
}
