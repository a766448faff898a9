/** ID tokens (OpenID Connect Core §2). Claims about the person are at UserInfo (§5.4); here is who, when and for whom. */
import { hash } from 'node:crypto'
import type { Grant } from '@latchwork/authority'
import type { Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Client } from '../store.ts'

const ID_TOKEN_LIFETIME_SECONDS = 600

export function signIdToken(oauth: OAuth, client: Client, grant: Grant, accessToken: Secret, nonce: string | undefined, now: number): string | Promise<string> {
  const issuedAtSeconds = Math.floor(now / 1000)
  const session = grant.begunIn ?? grant.sessionId
  return oauth.keyRing.sign('RS256', 'JWT', {
    iss: oauth.issuer,
    sub: grant.userId,
    aud: client.id,
    exp: issuedAtSeconds + ID_TOKEN_LIFETIME_SECONDS,
    iat: issuedAtSeconds,
    auth_time: Math.floor(grant.authenticatedAt / 1000),
    at_hash: hash('sha256', accessToken.reveal(), 'buffer').subarray(0, 16).toString('base64url'), // §3.1.3.6: the left half
    ...(nonce === undefined ? {} : { nonce }),
    ...(session === undefined ? {} : { sid: session }), // Front-Channel Logout §3, Back-Channel Logout §2.1
  })
}
