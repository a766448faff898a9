/** The token endpoint (RFC 6749 §3.2): one row a grant type. */
import { refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'
import type { GrantType } from '../store.ts'
import { redeemAuthorizationCode } from './authorization-code.ts'
import { issueClientToken } from './client-credentials.ts'
import { redeemDeviceCode } from './device-code.ts'
import { refreshGrant } from './refresh-token.ts'
import type { TokenRequest } from './token-request.ts'
import type { TokenResponse } from './token-response.ts'

type Exchange = (oauth: OAuth, client: AuthenticatedClient, request: TokenRequest) => Promise<TokenResponse>

const exchanges: Readonly<Record<GrantType, Exchange>> = {
  authorization_code: redeemAuthorizationCode,
  refresh_token: refreshGrant,
  client_credentials: issueClientToken,
  'urn:ietf:params:oauth:grant-type:device_code': redeemDeviceCode,
}

export const grantTypes = Object.keys(exchanges) as readonly GrantType[]

/** @throws Refusal `grant_type_unsupported`, `client_unauthorized`, and those of each grant type. */
export function issueTokens(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const asked = request.parameters.required('grant_type')
  const grantType = grantTypes.find((known) => known === asked) ?? refuse('grant_type_unsupported')
  if (!client.grantTypes.includes(grantType)) return refuse('client_unauthorized', { about: { clientId: client.id } })
  return exchanges[grantType](oauth, client, request)
}
