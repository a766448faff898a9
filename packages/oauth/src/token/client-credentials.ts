/** `grant_type=client_credentials` (RFC 6749 §4.4): a confidential client acting for itself. No person, no refresh token. */
import { parseScopes, refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'
import { chooseAudience, isOpenidScope } from '../scopes.ts'
import { mintAccessToken } from '../tokens/mint-access-token.ts'
import type { TokenRequest } from './token-request.ts'
import { type TokenResponse, tokenJournal, tokenResponse } from './token-response.ts'

/** @throws Refusal `client_unauthorized`, `scope_invalid`, `target_invalid`. */
export async function issueClientToken(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, now } = request
  if (client.authenticationMethod === 'none')
    return refuse('client_unauthorized', { detail: 'client_credentials is for confidential clients (RFC 6749 §4.4).' })
  const asked = parameters.one('scope')
  const scopes = asked === undefined ? client.scopes.filter((scope) => !isOpenidScope(scope)) : parseScopes(asked)
  if (scopes.some(isOpenidScope))
    return refuse('scope_invalid', { detail: 'There is no person here: leave out openid, profile, email, offline_access and api_key.' })
  const audience = chooseAudience(oauth, client, scopes, parameters.all('resource'))
  const accessToken = mintAccessToken(oauth, client, undefined, { scopes, audience }, now)
  const issued = await oauth.store.issueClientToken(accessToken.record, tokenJournal('token.issued', client, { accessToken }, request))
  if (!issued) return refuse('client_authentication_failed', { reason: 'disabled meanwhile', about: { clientId: client.id } })
  return tokenResponse({ accessToken })
}
