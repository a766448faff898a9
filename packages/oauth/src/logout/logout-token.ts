/** Logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.4): signed, and encrypted, as the application's ID tokens are; good for two minutes. */
import { newId } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'
import { sessionNameOf } from '../tokens/session-name.ts'
import { signForClient } from '../tokens/sign-for-client.ts'
import { subjectOf } from '../tokens/subject.ts'

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const LIFETIME_SECONDS = 120

export interface EndedSession {
  readonly userId: string
  readonly sessionId: string
}

/**
 * `typ` keeps it from standing in for an ID token (RFC 8725 §3.11), and there is no `nonce` in it. Who it is about, and which session, is told by the names that the client knows.
 * @throws Refusal `client_keys_unusable` when the client wants encryption and has no key for it; `client_keys_unreachable`.
 */
export async function signLogoutToken(oauth: OAuth, client: Client, { userId, sessionId }: EndedSession, now: number): Promise<string> {
  const { idTokenSigningAlg: algorithm = 'RS256', idTokenEncryption: encryption } = client.settings // §2.4: as ID tokens are
  const issuedAtSeconds = Math.floor(now / 1000)
  return signForClient(
    oauth,
    client,
    { algorithm, encryption, type: 'logout+jwt' },
    {
      iss: oauth.issuer,
      sub: subjectOf(oauth, client, userId),
      aud: client.id,
      iat: issuedAtSeconds,
      exp: issuedAtSeconds + LIFETIME_SECONDS,
      jti: newId('token', now),
      sid: sessionNameOf(oauth, client.id, sessionId),
      events: { [LOGOUT_EVENT]: {} },
    },
    now,
  )
}
