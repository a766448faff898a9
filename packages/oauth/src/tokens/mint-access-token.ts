/** Opaque access tokens: `lw_at_…`, stored as digests, living by their grant, or by their client when there is none. */
import type { Grant, NewAccessToken } from '@latchwork/authority'
import { digestOf, mintToken, newId, type Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Reach } from '../scopes.ts'
import type { Client } from '../store.ts'

export interface MintedAccessToken {
  readonly secret: Secret
  readonly record: NewAccessToken
}

export function mintAccessToken(oauth: OAuth, client: Client, grant: Grant | undefined, bounds: Reach, now: number): MintedAccessToken {
  const secret = mintToken('access_token')
  const record = {
    id: newId('token', now),
    digest: digestOf(secret.reveal()),
    fingerprint: secret.fingerprint,
    clientId: client.id,
    environment: client.environment,
    scopes: bounds.scopes,
    audience: bounds.audience,
    issuedAt: now,
    expiresAt: now + oauth.accessTokenLifetimeMs,
    ...(grant === undefined ? {} : { grantId: grant.id, userId: grant.userId }),
  }
  return { secret, record }
}
