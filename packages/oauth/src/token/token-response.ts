/** What the token endpoint answers (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3), and what is written down about it. */
import type { MintedRefreshToken } from '@latchwork/authority'
import type { Journal, NewEvent } from '@latchwork/kernel'
import type { Client, MintedConnectedKey } from '../store.ts'
import type { MintedAccessToken } from '../tokens/mint-access-token.ts'
import type { TokenRequest } from './token-request.ts'

/** On the wire: snake_case, seconds. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
  /** A connected account's key (K17): here, once. */
  readonly api_key?: string
  readonly api_key_id?: string
}

export interface Minted {
  readonly accessToken: MintedAccessToken
  readonly refreshToken?: MintedRefreshToken
  readonly idToken?: string
  readonly connectedKey?: MintedConnectedKey
}

export function tokenResponse({ accessToken, refreshToken, idToken, connectedKey }: Minted): TokenResponse {
  const { record } = accessToken
  return {
    access_token: accessToken.secret.reveal(),
    token_type: 'Bearer',
    expires_in: Math.floor((record.expiresAt - record.issuedAt) / 1000),
    scope: record.scopes.join(' '),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.secret.reveal() }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(connectedKey === undefined ? {} : { api_key: connectedKey.secret.reveal(), api_key_id: connectedKey.record.id }),
  }
}

export function tokenJournal(type: NewEvent['type'], client: Client, { accessToken, connectedKey }: Minted, { origin, now }: TokenRequest): Journal {
  const { record } = accessToken
  const event: NewEvent = {
    type,
    at: now,
    actor: { kind: 'client', id: client.id },
    ...origin,
    clientId: client.id,
    credentialId: record.id,
    fingerprint: record.fingerprint,
    data: { scopes: record.scopes.join(' ') },
    ...(record.userId === undefined ? {} : { userId: record.userId }),
    ...(record.grantId === undefined ? {} : { grantId: record.grantId }),
  }
  return { events: connectedKey === undefined ? [event] : [event, connectedKey.event], revocations: [] }
}
