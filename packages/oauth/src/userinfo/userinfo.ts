/** UserInfo (OpenID Connect Core §5.3): what the person allowed a client to know of them, plain, signed or encrypted as the client registered. */
import { type Principal, refuse } from '@latchwork/kernel'
import { stillNamed, tellClaims } from '../claims/person-claims.ts'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { encryptForClient, signForClient } from '../tokens/sign-for-client.ts'
import { subjectOf } from '../tokens/subject.ts'

/** The answer as it is sent (§5.3.2). */
export interface UserInfo {
  readonly type: 'application/json' | 'application/jwt'
  readonly body: string
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Reads the grant again, whatever the token said: what has ended meanwhile tells nothing more.
 * @param principal of a verified access token that carries `openid` and is for this server.
 * @throws Refusal `credential_invalid` when no living person, grant or client is behind it; `client_keys_unusable`, `client_keys_unreachable`.
 */
export async function userInfo(oauth: OAuth, principal: Principal, now: number): Promise<UserInfo> {
  const { clientId, grantId, scopes } = principal
  if (clientId === undefined || grantId === undefined) return refuse('credential_invalid', { reason: 'no person behind the token' })
  const [grant, found] = await Promise.all([oauth.authority.store.findGrant(grantId), oauth.store.findClient(clientId)])
  const [person, consent] = grant?.alive === true ? await Promise.all([oauth.findPerson(grant.userId), oauth.store.findConsent(grant.userId, clientId)]) : []
  if (grant === undefined || person === undefined || found === undefined)
    return refuse('credential_invalid', { reason: 'the grant has ended', about: { credentialId: principal.credentialId, clientId, grantId } })
  const claims = {
    sub: subjectOf(oauth, found.client, person.id),
    ...tellClaims(person, {
      scopes: scopes.filter((scope) => found.client.scopes.includes(scope)),
      named: stillNamed(grant.details?.claims?.userInfo, found.client, consent),
      profileIsWhole: consent?.profileIsWhole === true,
    }),
  }
  return answer(oauth, found.client, claims, now)
}

async function answer(oauth: OAuth, client: Client, claims: Claims, now: number): Promise<UserInfo> {
  const { userInfoSigningAlg: algorithm, userInfoEncryption: encryption } = client.settings
  if (algorithm === undefined && encryption === undefined) return { type: 'application/json', body: JSON.stringify(claims) }
  if (algorithm === undefined && encryption !== undefined)
    return { type: 'application/jwt', body: await encryptForClient(oauth, client, encryption, JSON.stringify(claims), now) }
  const signed = { ...claims, iss: oauth.issuer, aud: client.id } // §5.3.2: both, so that it cannot stand in elsewhere
  return { type: 'application/jwt', body: await signForClient(oauth, client, { algorithm: algorithm ?? 'RS256', encryption, type: 'JWT' }, signed, now) }
}
