/** `grant_type=refresh_token` (RFC 6749 §6): every check first, then one act that rotates (O9). */
import { findLiveRefreshToken, rotateRefreshToken } from '@latchwork/authority'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import { rulesOf } from '../clients/profiles.ts'
import type { OAuth } from '../oauth.ts'
import { narrowAudience, narrowScopes, reachOf, readScopes, scopesAt, scopesTold } from '../scopes.ts'
import { issueIdToken } from '../tokens/id-token.ts'
import { mintAccessToken } from '../tokens/mint-access-token.ts'
import type { TokenRequest } from './token-request.ts'
import { type TokenResponse, tokenJournal, tokenResponse } from './token-response.ts'

/** @throws Refusal `refresh_unknown`, `refresh_expired`, `refresh_replayed` (the grant has ended), `scope_invalid`, `target_invalid`. */
export async function refreshGrant(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, origin, now } = request
  const { retryWindowSeconds = rulesOf(oauth, client).retryWindowSeconds } = client.settings
  const presenter = { kind: 'oauth', clientId: client.id, origin, retryWindowMs: retryWindowSeconds * 1000 } as const
  const token = await findLiveRefreshToken(oauth.authority, parameters.required('refresh_token'), presenter, now)
  const reach = reachOf(oauth, client, token.grant)
  const scopes = narrowScopes(token.grant, reach.scopes, readScopes(parameters) ?? [])
  const audience = narrowAudience(oauth, reach.audience, parameters.all('resource'))
  const accessToken = await mintAccessToken(oauth, client, token.grant, { scopes: scopesAt(oauth, audience, scopes), audience }, now)
  const idToken = scopes.includes('openid')
    ? await issueIdToken(oauth, client, token.grant, { accessToken: accessToken.secret, scopes, nonce: undefined, now }) // Core §12.2: no nonce
    : undefined
  const minted = { accessToken, told: scopesTold(scopes, accessToken.facts.scopes), ...(idToken === undefined ? {} : { idToken }) }
  const next = {
    lifetimes: oauth.refreshLifetimes,
    ...(accessToken.record === undefined ? {} : { accessToken: accessToken.record }),
    journal: tokenJournal('token.refreshed', client, minted, request),
    presenter,
  }
  const { refreshToken } = await rotateRefreshToken(oauth.authority, token, next, now)
  oauth.noteGrantUse(token.grant.id, now)
  return tokenResponse({ ...minted, refreshToken })
}
