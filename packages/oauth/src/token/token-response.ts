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
  /** The scopes the client is told of, where they are not the token's alone. */
  readonly told?: readonly string[]
  readonly refreshToken?: MintedRefreshToken
  readonly idToken?: string
  readonly connectedKey?: MintedConnectedKey
}

export function tokenResponse({ accessToken, told, refreshToken, idToken, connectedKey }: Minted): TokenResponse {
  const { facts } = accessToken
  return {
    access_token: accessToken.secret.reveal(),
    token_type: 'Bearer',
    expires_in: Math.floor((facts.expiresAt - facts.issuedAt) / 1000),
    scope: (told ?? facts.scopes).join(' '),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.secret.reveal() }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(connectedKey === undefined ? {} : { api_key: connectedKey.secret.reveal(), api_key_id: connectedKey.record.id }),
  }
}

export function tokenJournal(type: NewEvent['type'], client: Client, { accessToken, connectedKey }: Minted, { origin, now }: TokenRequest): Journal {
  const { facts } = accessToken
  const event: NewEvent = {
    type,
    at: now,
    actor: { kind: 'client', id: client.id },
    ...origin,
    clientId: client.id,
    credentialId: facts.id,
    fingerprint: facts.fingerprint,
    data: { scopes: facts.scopes.join(' ') },
    ...(facts.userId === undefined ? {} : { userId: facts.userId }),
    ...(facts.grantId === undefined ? {} : { grantId: facts.grantId }),
  }
  return { events: connectedKey === undefined ? [event] : [event, connectedKey.event], revocations: [] }
}
