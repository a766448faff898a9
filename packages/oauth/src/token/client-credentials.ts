/** `grant_type=client_credentials` (RFC 6749 §4.4): a confidential client acting for itself. No person, no refresh token. */
import { refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'
import { checkRegisteredScopes, chooseReach, isOpenidScope, readWish } from '../scopes.ts'
import type { Client } from '../store.ts'
import { mintAccessToken } from '../tokens/mint-access-token.ts'
import type { TokenRequest } from './token-request.ts'
import { type TokenResponse, tokenJournal, tokenResponse } from './token-response.ts'

/** @throws Refusal `client_unauthorized`, `scope_invalid`, `target_invalid`. */
export async function issueClientToken(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, now } = request
  if (client.authenticationMethod === 'none')
    return refuse('client_unauthorized', { detail: 'client_credentials is for confidential clients (RFC 6749 §4.4).' })
  const wish = readWish(parameters)
  if (wish.scopes?.some(isOpenidScope) === true)
    return refuse('scope_invalid', { detail: 'There is no person here: leave out openid, profile, email, offline_access and api_key.' })
  checkRegisteredScopes(oauth, client, wish.scopes ?? [])
  const reach = chooseReach(oauth, withoutPerson(client), wish)
  const accessToken = await mintAccessToken(oauth, client, undefined, reach, now)
  const issued = await oauth.store.issueClientToken(client.id, accessToken.record, tokenJournal('token.issued', client, { accessToken }, request))
  if (!issued) return refuse('client_authentication_failed', { reason: 'disabled meanwhile', about: { clientId: client.id } })
  return tokenResponse({ accessToken })
}

/** What is registered for people's sake means nothing here. */
function withoutPerson(client: Client): Client {
  return { ...client, scopes: client.scopes.filter((scope) => !isOpenidScope(scope)) }
}
