/** Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): signed as the application's ID tokens are, good for two minutes. */
import { newId } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const LIFETIME_SECONDS = 120

export interface EndedSession {
  readonly userId: string
  readonly sessionId: string
}

/** `typ` keeps it from standing in for an ID token (RFC 8725 §3.11), and there is no `nonce` in it. */
export async function signLogoutToken(oauth: OAuth, client: Client, { userId, sessionId }: EndedSession, now: number): Promise<string> {
  const issuedAtSeconds = Math.floor(now / 1000)
  return oauth.keyRing.sign((client.settings.idTokenSigningAlg ?? 'RS256') as Parameters<OAuth['keyRing']['sign']>[0], 'logout+jwt', {
    iss: oauth.issuer,
    aud: client.id,
    iat: issuedAtSeconds,
    exp: issuedAtSeconds + LIFETIME_SECONDS,
    jti: newId('token', now),
    sid: sessionId,
    events: { [LOGOUT_EVENT]: {} },
    // A pairwise client knows the person by another name; `sid` alone is enough (§2.4).
    ...(client.settings.subjectType === 'pairwise' ? {} : { sub: userId }),
  })
}
