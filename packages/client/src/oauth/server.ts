/** An authorization server as its metadata describes it (RFC 8414, OpenID Connect Discovery), found by its issuer alone. */
import * as oauth from 'oauth4webapi'
import { checkAddress } from '../address.ts'
import { ClientFailure } from '../failure.ts'
import { guardedFetch } from '../guarded-fetch.ts'

/** For every call of oauth4webapi: `guardedFetch` decides about plain http, once. */
export const throughGuard = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<string, unknown>) =>
    guardedFetch(url, {
      method: init.method,
      headers: init.headers,
      ...(init.body === undefined ? {} : { body: init.body as NonNullable<RequestInit['body']> }),
    }),
} as const

/** Asks both well-known places. The issuer in the answer must be the one asked for (RFC 8414 §3.3). @throws ClientFailure `server_answer`, `no_answer`, `address_refused`. */
export async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = checkAddress(issuer)
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const response = await oauth.discoveryRequest(url, { algorithm, ...throughGuard })
    if (response.status === 404) continue
    try {
      return await oauth.processDiscoveryResponse(url, response)
    } catch (error) {
      throw new ClientFailure(
        'server_answer',
        `The metadata of ${issuer} is not that of an authorization server of this name.`,
        'Give the issuer exactly as the server writes it, without /.well-known.',
        error,
      )
    }
  }
  throw new ClientFailure(
    'server_answer',
    `${issuer} tells nothing of an authorization server.`,
    'Give the issuer: the address in front of /.well-known/openid-configuration.',
  )
}
