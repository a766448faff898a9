/** The authorization response: parameters for the client's redirect URI, success or error, always with `iss` (RFC 9207). */
import type { Refusal } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { AddressedRequest, AuthorizationRequest, ResponseMode } from './read-request.ts'

export interface AuthorizationResponse {
  readonly redirectUri: string
  readonly mode: ResponseMode
  readonly parameters: Readonly<Record<string, string>>
}

export function codeResponse(oauth: OAuth, request: AuthorizationRequest, code: string): AuthorizationResponse {
  return { redirectUri: request.redirectUri, mode: request.responseMode, parameters: { code, ...stateOf(request), iss: oauth.issuer } }
}

/** RFC 6749 §4.1.2.1. Only for a request whose client and redirect URI are known good. */
export function errorResponse(oauth: OAuth, request: AddressedRequest | AuthorizationRequest, refusal: Refusal): AuthorizationResponse {
  return {
    redirectUri: request.redirectUri,
    mode: request.responseMode,
    parameters: { error: refusal.oauthError, error_description: refusal.oauthDescription, ...stateOf(request), iss: oauth.issuer },
  }
}

function stateOf(request: { readonly state?: string }): { readonly state?: string } {
  return request.state === undefined ? {} : { state: request.state }
}

/** The address to redirect to in mode `query`: a registered query is kept (RFC 6749 §3.1.2). */
export function locationOf(response: AuthorizationResponse): string {
  const separator = response.redirectUri.includes('?') ? '&' : '?'
  return `${response.redirectUri}${separator}${new URLSearchParams(response.parameters)}`
}
