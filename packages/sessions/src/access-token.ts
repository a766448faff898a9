/** The session's access token: an ES256 JWT that lives minutes and names what it lives by, so that the deny-list can end it sooner. */
import type { User } from '@latchwork/accounts'
import type { Grant } from '@latchwork/authority'
import { newId } from '@latchwork/kernel'
import type { Sessions } from './sessions.ts'

/** `typ` of a session's access token (RFC 8725 §3.11): no other JWT of ours can stand in for it. */
export const SESSION_TOKEN_TYPE = 'session+jwt'

export async function signAccessToken(
  sessions: Sessions,
  grant: Grant,
  user: User,
  now: number,
): Promise<{ readonly accessToken: string; readonly accessTokenExpiresAt: number }> {
  const issuedAtSeconds = Math.floor(now / 1000)
  const expiresAtSeconds = issuedAtSeconds + Math.floor(sessions.accessTokenLifetimeMs / 1000)
  const [onlyAudience, ...moreAudiences] = grant.audience
  const accessToken = await sessions.keyRing.sign('ES256', SESSION_TOKEN_TYPE, {
    iss: sessions.issuer,
    sub: user.id,
    aud: moreAudiences.length === 0 ? onlyAudience : grant.audience,
    exp: expiresAtSeconds,
    iat: issuedAtSeconds,
    jti: newId('token', now),
    sid: grant.sessionId,
    grant_id: grant.id,
    account_id: user.accountId,
    auth_time: Math.floor(grant.authenticatedAt / 1000),
    scope: grant.scopes.join(' '),
  })
  return { accessToken, accessTokenExpiresAt: expiresAtSeconds * 1000 }
}
