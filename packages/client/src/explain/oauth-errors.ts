/** OAuth's error codes in plain words, one row each. */
export interface Words {
  readonly reason: string
  readonly mend: string
}

/** A map: the code comes from a server, and must not find what every object inherits. */
const rows: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['access_denied', { reason: 'The person, or the server on their behalf, said no', mend: 'Log in again and allow it, or ask for fewer scopes.' }],
  ['authorization_pending', { reason: 'Nobody has answered yet', mend: 'Open the link and enter the code.' }],
  ['consent_required', { reason: 'The person has to be asked first', mend: 'Log in again in a browser.' }],
  ['expired_token', { reason: 'The code ran out before anybody entered it', mend: 'Start the login again and enter the new code sooner.' }],
  [
    'insufficient_scope',
    { reason: 'The credential is good, but may not do this', mend: 'Log in again with the scope that is needed (--scope), or use another credential.' },
  ],
  ['interaction_required', { reason: 'The person has to be asked first', mend: 'Log in again in a browser.' }],
  [
    'invalid_client',
    {
      reason: 'The client is unknown, or did not prove itself as the server expects',
      mend: "Check --client-id, the client's secret or key, and --client-auth.",
    },
  ],
  ['invalid_dpop_proof', { reason: 'The DPoP proof was not accepted', mend: "Check this machine's clock; if it is right, log in again." }],
  ['invalid_grant', { reason: 'The code or refresh token is used, ended or not for this client', mend: 'Log in again.' }],
  ['invalid_request', { reason: 'The request is not well-formed', mend: 'Read what the server says is missing or doubled, and mend the request.' }],
  ['invalid_scope', { reason: 'A scope is unknown, or not for this client', mend: 'Ask for scopes the client may have (--scope).' }],
  [
    'invalid_target',
    { reason: 'The resource is unknown, or not for this client', mend: "Check --resource: it is the API's identifier, not any address of it." },
  ],
  [
    'invalid_token',
    { reason: 'The token is expired, ended, or not for this API', mend: 'Log in again, or check that the token is meant for this API (its audience).' },
  ],
  ['login_required', { reason: 'Nobody is signed in at the server', mend: 'Log in again in a browser.' }],
  ['server_error', { reason: 'The authorization server failed', mend: 'Try again later; if it stays, its log knows why.' }],
  ['slow_down', { reason: 'The server was asked too often', mend: 'Wait a little longer between tries.' }],
  ['temporarily_unavailable', { reason: 'The authorization server cannot answer now', mend: 'Try again later.' }],
  [
    'unauthorized_client',
    { reason: 'The client may not use this flow', mend: "Let the server's operator allow the grant type to the client, or use another --type." },
  ],
  ['unsupported_grant_type', { reason: 'The server does not know this flow', mend: 'Use another --type.' }],
  ['use_dpop_nonce', { reason: 'The server wants its nonce in the DPoP proof', mend: 'Try again: the nonce was taken from its answer.' }],
])

export function oauthErrorWords(code: string): Words {
  return rows.get(code) ?? { reason: 'The authorization server refused', mend: 'Look its error code up in its documentation.' }
}

export function isOAuthError(code: string): boolean {
  return rows.has(code)
}
