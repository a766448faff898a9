/**
 * Every way Latchwork says no: one closed table, one error class.
 *
 * A row gives the HTTP status, the OAuth error under which the refusal is told at OAuth endpoints (RFC 6749 §5.2,
 * §4.1.2.1, RFC 6750 §3.1), a title, and the sentence a caller's developer reads when the refusing line gives no better one.
 */

import { asciiOf } from './ascii.ts'
import { redactCredentials } from './credential.ts'
import type { LimitState } from './metering.ts'

interface Row {
  readonly status: number
  readonly oauth: string
  readonly title: string
  readonly mend: string
}

export const refusals = {
  // A credential at a protected resource
  credential_missing: {
    status: 401,
    oauth: 'invalid_request',
    title: 'No credential',
    mend: 'Send a credential in the Authorization header: "Authorization: Bearer <credential>".',
  },
  credential_malformed: {
    status: 401,
    oauth: 'invalid_token',
    title: 'Not a credential',
    mend: 'The credential is damaged or not one of ours: its form or checksum is wrong. Copy it again, whole.',
  },
  credential_invalid: {
    status: 401,
    oauth: 'invalid_token',
    title: 'Credential not accepted',
    mend: 'The credential is unknown, revoked, or not for this API. Ask its owner for a new one.',
  },
  credential_expired: {
    status: 401,
    oauth: 'invalid_token',
    title: 'Credential expired',
    mend: 'The credential has expired. Refresh the token or ask for a new key.',
  },
  credential_not_yet_valid: {
    status: 401,
    oauth: 'invalid_token',
    title: 'Credential not valid yet',
    mend: 'The credential is not valid yet. Wait for its start, or check the clock of the machine that made it.',
  },
  credential_ambiguous: {
    status: 400,
    oauth: 'invalid_request',
    title: 'More than one credential',
    mend: 'Send exactly one credential: one Authorization header, and nothing else that identifies you.',
  },
  credential_in_query: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Credential in the address',
    mend: 'Credentials in an address end up in logs. Send it in the Authorization header, and replace this one.',
  },
  credential_wrong_environment: {
    status: 403,
    oauth: 'invalid_token',
    title: 'Wrong environment',
    mend: 'A test credential does not open live data, nor the reverse. Use the credential of this environment.',
  },
  credential_wrong_address: {
    status: 403,
    oauth: 'invalid_token',
    title: 'Not from here',
    mend: 'This credential is bound to networks, and the call comes from none of them. Call from there, or have the list changed.',
  },
  scope_insufficient: { status: 403, oauth: 'insufficient_scope', title: 'Scope missing', mend: 'The credential does not carry the scope this call needs.' },
  transport_insecure: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Connection not encrypted',
    mend: 'Use https. A credential that travelled in clear must be taken as known to others: replace it.',
  },
  revocations_unknown: {
    status: 503,
    oauth: 'temporarily_unavailable',
    title: 'Revocations cannot be checked',
    mend: 'The verifier has lost its revocation channel and does not trust what it remembers. Try again shortly.',
  },

  // Requests in general
  request_malformed: { status: 400, oauth: 'invalid_request', title: 'Request not understood', mend: 'The request is not well-formed.' },
  parameter_missing: { status: 400, oauth: 'invalid_request', title: 'Parameter missing', mend: 'A required parameter is missing.' },
  parameter_repeated: { status: 400, oauth: 'invalid_request', title: 'Parameter repeated', mend: 'Send each parameter at most once (RFC 6749 §3.1).' },
  body_too_large: { status: 413, oauth: 'invalid_request', title: 'Body too large', mend: 'Send a smaller body.' },
  headers_too_large: {
    status: 431,
    oauth: 'invalid_request',
    title: 'Headers too large',
    mend: 'Send fewer or shorter headers and cookies, or a shorter address.',
  },
  request_too_slow: {
    status: 408,
    oauth: 'invalid_request',
    title: 'Request took too long',
    mend: 'The request did not arrive in time. Send it again, whole.',
  },
  media_type_unsupported: { status: 415, oauth: 'invalid_request', title: 'Media type not supported', mend: 'Send the media type this endpoint reads.' },
  not_found: { status: 404, oauth: 'invalid_request', title: 'Not found', mend: 'Nothing is here for you: check the address and the id.' },
  method_not_allowed: { status: 405, oauth: 'invalid_request', title: 'Method not allowed', mend: 'Use one of the methods named in the Allow header.' },
  rate_limited: { status: 429, oauth: 'slow_down', title: 'Too many attempts', mend: 'Wait as long as Retry-After says, then try again.' },
  credits_exhausted: {
    status: 429,
    oauth: 'slow_down',
    title: 'Credits used up',
    mend: 'The key has fewer credits left than this call costs. Wait for its refill, or ask its owner for more.',
  },
  store_unavailable: { status: 503, oauth: 'temporarily_unavailable', title: 'Store not reachable', mend: 'Nothing was changed. Try again shortly.' },
  clocks_differ: {
    status: 503,
    oauth: 'temporarily_unavailable',
    title: 'Clocks differ',
    mend: 'Set the time of this node and of the database by a time service (NTP).',
  },
  peppers_differ: {
    status: 503,
    oauth: 'temporarily_unavailable',
    title: 'Peppers differ',
    mend: 'Give every node the same keys.peppers, with every pepper under which keys are stored; the order may differ.',
  },
  overloaded: { status: 503, oauth: 'temporarily_unavailable', title: 'Busy', mend: 'The server sheds load; nothing was changed. Try again shortly.' },
  internal: {
    status: 500,
    oauth: 'server_error',
    title: 'Our fault',
    mend: 'Something failed on our side. The reference number leads to the cause in the log.',
  },

  // Reports of leaks
  signature_invalid: {
    status: 401,
    oauth: 'invalid_request',
    title: 'Signature not accepted',
    mend: 'The signature is missing, made with another key, or of another body. Sign the bytes exactly as they are sent.',
  },
  delivery_repeated: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Taken before',
    mend: 'This very delivery was taken before, and nothing was done again. To send it anew, sign it with a new timestamp.',
  },

  // API keys
  key_slots_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Both key places taken',
    mend: 'An account has at most two active secret keys per environment. Revoke one first.',
  },
  network_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Network not accepted',
    mend: 'Give addresses or CIDR blocks such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32.',
  },
  profile_invalid: { status: 400, oauth: 'invalid_request', title: 'Profile not accepted', mend: 'Mend the member of the profile that is named.' },
  key_invalid: { status: 400, oauth: 'invalid_request', title: 'Key settings not accepted', mend: 'Mend the settings of the key.' },
  key_limit_reached: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Too many keys',
    mend: 'There are as many active keys of this kind as the policy allows. Revoke one that is not used.',
  },
  key_expiry_required: { status: 400, oauth: 'invalid_request', title: 'Expiry missing', mend: 'Keys must have an expiry here: give expiresAt.' },
  key_networks_required: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Networks missing',
    mend: 'Keys must say where they work from here: give networks, such as 192.0.2.0/24.',
  },
  key_ended: { status: 409, oauth: 'invalid_request', title: 'Key has ended', mend: 'The key was revoked or has expired. Make a new one.' },
  key_already_rolled: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Key rolled already',
    mend: 'Another key is in its place already. Roll that one.',
  },
  key_known: { status: 409, oauth: 'invalid_request', title: 'Key known already', mend: 'A key with this digest is here already; nothing was imported.' },
  rotation_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Rotation not accepted',
    mend: 'Mend the schedule, overlap, target or path of the rotation.',
  },
  rotation_path_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Path taken',
    mend: 'Another rotation delivers to this path of the target already. Choose another path, or remove that rotation.',
  },
  rotation_under_way: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Rotation under way',
    mend: 'The key is being rotated just now. Look again in a minute.',
  },
  rotation_paused: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Rotation paused',
    mend: 'The key or its account is disabled, and a new key would be, too. Enable it: then the rotation goes on by itself.',
  },
  idempotency_key_reused: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Idempotency-Key used for another call',
    mend: 'This Idempotency-Key belongs to a call that asked for something else. Use a new one for each call.',
  },
  scope_not_publishable: {
    status: 403,
    oauth: 'invalid_scope',
    title: 'Scope not publishable',
    mend: 'A publishable key can carry only scopes that their API marks publishable.',
  },
  scope_exceeds_maker: { status: 403, oauth: 'invalid_scope', title: 'More than you have', mend: 'A key can carry only scopes that its maker has.' },

  // People and sessions
  sign_in_failed: { status: 401, oauth: 'access_denied', title: 'Not signed in', mend: 'The e-mail address or the password is wrong.' },
  sign_in_required: { status: 401, oauth: 'login_required', title: 'Sign in first', mend: 'Sign in, then try again.' },
  identifier_invalid: { status: 400, oauth: 'invalid_request', title: 'Not an e-mail address', mend: 'Give an e-mail address such as ada@example.com.' },
  identifier_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Already registered',
    mend: 'There is an account with this e-mail address. Sign in instead.',
  },
  last_operator: {
    status: 409,
    oauth: 'invalid_request',
    title: 'The last operator',
    mend: 'Nobody could operate this installation then. Make or enable another operator first (users: [{ …, operator: true }] in the configuration), then try again.',
  },
  password_weak: { status: 400, oauth: 'invalid_request', title: 'Password too weak', mend: 'Use at least 10 characters that others would not guess.' },
  sign_up_closed: { status: 403, oauth: 'access_denied', title: 'Sign-up is closed', mend: 'Ask an operator for an account.' },
  session_ended: { status: 401, oauth: 'login_required', title: 'Session over', mend: 'Sign in again.' },
  origin_refused: {
    status: 403,
    oauth: 'access_denied',
    title: 'Request from another site',
    mend: 'This call is only taken from our own pages and the configured origins.',
  },
  form_stale: { status: 403, oauth: 'access_denied', title: 'Form too old', mend: 'Go back, load the page again and repeat the step.' },
  link_invalid: { status: 410, oauth: 'invalid_request', title: 'Link no longer works', mend: 'The link was used or has expired. Ask for a new one.' },

  // OAuth and OpenID Connect
  client_unknown: {
    status: 400,
    oauth: 'invalid_client',
    title: 'Application not known',
    mend: 'No application is registered under this client_id.',
  },
  client_authentication_failed: {
    status: 401,
    oauth: 'invalid_client',
    title: 'Client not accepted',
    mend: 'Client authentication failed: check the client id, the method and its proof: the secret, the certificate, or the assertion, whose aud is the issuer.',
  },
  client_unauthorized: {
    status: 400,
    oauth: 'unauthorized_client',
    title: 'Not for this client',
    mend: 'The client is not registered for this grant or response type.',
  },
  client_invalid: { status: 400, oauth: 'invalid_client_metadata', title: 'Client settings not accepted', mend: 'Mend the settings of the client.' },
  redirect_uri_invalid: {
    status: 400,
    oauth: 'invalid_redirect_uri',
    title: 'Redirect URI not accepted',
    mend: 'Register an absolute https URI without fragment, or a loopback address for a native application.',
  },
  client_secrets_taken: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Two secrets alive',
    mend: 'A client has at most two secrets alive. Wait for the end of the older one, or end it in the same call.',
  },
  client_limit_reached: {
    status: 409,
    oauth: 'invalid_request',
    title: 'Too many applications',
    mend: 'You have as many applications as the policy allows. Remove one that is not used.',
  },
  registration_closed: {
    status: 403,
    oauth: 'access_denied',
    title: 'Registration is closed',
    mend: 'Applications do not register themselves here: ask an operator to register it.',
  },
  statement_invalid: {
    status: 400,
    oauth: 'invalid_software_statement',
    title: 'Software statement not accepted',
    mend: 'The software statement is not a well-formed, signed JWT of its issuer that is in time (RFC 7591 §2.3).',
  },
  statement_unapproved: {
    status: 400,
    oauth: 'unapproved_software_statement',
    title: 'Software statement not approved',
    mend: 'This server trusts no issuer of that name for software statements, or demands a statement and got none (RFC 7591 §3.2.2).',
  },
  redirect_uri_unregistered: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Redirect URI not registered',
    mend: 'Register this redirect URI, character for character, or send a registered one.',
  },
  response_type_unsupported: { status: 400, oauth: 'unsupported_response_type', title: 'Response type not supported', mend: 'Use response_type=code.' },
  response_mode_unsupported: { status: 400, oauth: 'invalid_request', title: 'Response mode not supported', mend: 'Use response_mode=query or form_post.' },
  grant_type_unsupported: {
    status: 400,
    oauth: 'unsupported_grant_type',
    title: 'Grant type not supported',
    mend: 'Use one of grant_types_supported in the metadata.',
  },
  challenge_missing: {
    status: 400,
    oauth: 'invalid_request',
    title: 'PKCE missing',
    mend: 'Send code_challenge and code_challenge_method=S256 (RFC 7636 §4.3).',
  },
  challenge_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'PKCE not accepted',
    mend: 'code_challenge is 43 base64url characters and code_challenge_method is S256 (RFC 7636 §4.2).',
  },
  scope_invalid: {
    status: 400,
    oauth: 'invalid_scope',
    title: 'Scope not accepted',
    mend: 'Ask only for scopes that the client and the API are registered for.',
  },
  target_invalid: {
    status: 400,
    oauth: 'invalid_target',
    title: 'Resource not accepted',
    mend: 'resource must be the identifier of a registered API that the client may use (RFC 8707 §2).',
  },
  request_object_unsupported: {
    status: 400,
    oauth: 'request_not_supported',
    title: 'Request objects are not taken',
    mend: 'Send the parameters themselves, without request.',
  },
  request_uri_unsupported: {
    status: 400,
    oauth: 'request_uri_not_supported',
    title: 'Request URIs are not taken',
    mend: 'Send the parameters themselves, without request_uri.',
  },
  registration_unsupported: {
    status: 400,
    oauth: 'registration_not_supported',
    title: 'Registration in a request is not taken',
    mend: 'Register the client beforehand, and leave out registration.',
  },
  authentication_unmet: {
    status: 400,
    oauth: 'unmet_authentication_requirements',
    title: 'Not as strongly signed in as asked',
    mend: 'No way of signing in here reaches the acr that the request calls essential: ask for one of acr_values_supported.',
  },
  client_keys_unusable: {
    status: 400,
    oauth: 'invalid_request',
    title: 'No key to encrypt with',
    mend: 'The client asks for encrypted answers, but none of its registered keys fits the algorithm. Register one, or take the wish back.',
  },
  client_keys_unreachable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    title: 'Keys of the client not reached',
    mend: 'The key set at the jwks_uri of the client could not be read just now, and none is remembered. Nothing was used up: try again as Retry-After says. If it stays so, publish a key set there that this server can reach.',
  },
  token_type_unsupported: {
    status: 400,
    oauth: 'unsupported_token_type',
    title: 'Not a token to revoke here',
    mend: 'Send an access token or a refresh token of this client.',
  },
  access_denied: { status: 403, oauth: 'access_denied', title: 'Denied', mend: 'The person said no.' },
  login_required: { status: 400, oauth: 'login_required', title: 'Sign-in needed', mend: 'The person must sign in: repeat without prompt=none.' },
  consent_required: { status: 400, oauth: 'consent_required', title: 'Consent needed', mend: 'The person must agree: repeat without prompt=none.' },
  code_unknown: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Code not accepted',
    mend: 'The code is unknown, or was issued to another client. Start the authorization again.',
  },
  code_expired: { status: 400, oauth: 'invalid_grant', title: 'Code expired', mend: 'A code lives 60 seconds. Start the authorization again.' },
  code_replayed: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Code already used',
    mend: 'The code was already used; what it bought has been revoked (RFC 6749 §4.1.2). Start the authorization again.',
  },
  redirect_uri_mismatch: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Redirect URI differs',
    mend: 'Send the redirect_uri of the authorization request, character for character.',
  },
  verifier_mismatch: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'PKCE verifier does not fit',
    mend: 'Send the code_verifier whose S256 challenge opened this authorization (RFC 7636 §4.6).',
  },
  authorization_pending: {
    status: 400,
    oauth: 'authorization_pending',
    title: 'Not answered yet',
    mend: 'The person has not answered yet: poll again after the interval (RFC 8628 §3.5).',
  },
  slow_down: {
    status: 400,
    oauth: 'slow_down',
    title: 'Polled too soon',
    mend: 'Wait 5 seconds longer between polls, from now on (RFC 8628 §3.5).',
  },
  device_denied: { status: 400, oauth: 'access_denied', title: 'Denied', mend: 'The person said no, or what they allowed has ended. Do not poll again.' },
  device_code_unknown: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Device code not accepted',
    mend: 'The device code is unknown, or was issued to another client. Start the device authorization again.',
  },
  device_code_used: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Device code already used',
    mend: 'The device code was already traded for tokens: use these, or start the device authorization again.',
  },
  device_code_expired: {
    status: 400,
    oauth: 'expired_token',
    title: 'Device code expired',
    mend: 'Nobody answered in time. Start the device authorization again (RFC 8628 §3.5).',
  },
  user_code_unknown: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Code not accepted',
    mend: 'The code is wrong or has expired. Enter it as your device shows it now.',
  },
  logout_hint_invalid: {
    status: 400,
    oauth: 'invalid_request',
    title: 'id_token_hint not accepted',
    mend: 'id_token_hint is an ID token that this server issued to the application, and client_id, where it is sent too, names the same one.',
  },
  logout_client_unnamed: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Application not named',
    mend: 'With post_logout_redirect_uri send id_token_hint or client_id, so that it is known whose address it is.',
  },
  logout_redirect_unregistered: {
    status: 400,
    oauth: 'invalid_request',
    title: 'Address after sign-out not registered',
    mend: 'Register this post_logout_redirect_uri at the application, character for character.',
  },
  verifier_unexpected: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'PKCE verifier without challenge',
    mend: 'The authorization request had no code_challenge, so there must be no code_verifier (RFC 9700 §2.1.1). Send both.',
  },
  refresh_unknown: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Refresh token not accepted',
    mend: 'The refresh token is unknown, ended, or was issued to another client. Start the authorization again.',
  },
  refresh_expired: { status: 400, oauth: 'invalid_grant', title: 'Refresh token expired', mend: 'Start the authorization again.' },
  refresh_replayed: {
    status: 400,
    oauth: 'invalid_grant',
    title: 'Refresh token already used',
    mend: 'An old refresh token was presented, so the grant has ended. Start the authorization again, and keep only the newest token.',
  },
} as const satisfies Record<string, Row>

export type RefusalCode = keyof typeof refusals

export interface RefusalOptions {
  /** One public sentence that helps the caller's developer. Never a secret, never what only an attacker would want to know. */
  readonly detail?: string
  /** Why, for the log and the event; never sent. */
  readonly reason?: string
  /** The error beneath, for the log; never sent. */
  readonly cause?: unknown
  /** Seconds after which a repetition makes sense: becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
  /** Scopes the call needs, for `insufficient_scope` (RFC 6750 §3). */
  readonly neededScopes?: readonly string[]
  /** The credential's limits as they stand, where one of them refused. */
  readonly limits?: readonly LimitState[]
  /** Ids of what the refusal concerns, for the event; never sent. */
  readonly about?: {
    readonly accountId?: string
    readonly userId?: string
    readonly clientId?: string
    readonly credentialId?: string
    readonly grantId?: string
    readonly sessionId?: string
  }
}

/** A refusal: the only error that reaches callers. Everything else is answered as `internal`, and logged. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly detail: string
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly neededScopes: readonly string[] | undefined
  readonly limits: readonly LimitState[] | undefined
  readonly about: NonNullable<RefusalOptions['about']>

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    const detail = options.detail === undefined ? refusals[code].mend : redactCredentials(options.detail) // it may name what the caller sent (R8)
    // What is refused to a caller has no fault of ours to trace, and a flood of refusals must be cheap.
    const traced = Error.stackTraceLimit
    if (refusals[code].status < 500) Error.stackTraceLimit = 0
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause })
    Error.stackTraceLimit = traced
    this.name = 'Refusal'
    this.code = code
    this.detail = detail
    this.reason = options.reason
    this.retryAfterSeconds = options.retryAfterSeconds ?? (refusals[code].status === 503 ? 1 : undefined)
    this.neededScopes = options.neededScopes
    this.limits = options.limits
    this.about = options.about ?? {}
  }

  get status(): number {
    return refusals[this.code].status
  }

  get oauthError(): string {
    return refusals[this.code].oauth
  }

  /** Whether `detail` is the table's own sentence. */
  get isAsInTable(): boolean {
    return this.detail === refusals[this.code].mend
  }

  /** `detail` in the characters that `error_description` may have (RFC 6749 §5.2). */
  get oauthDescription(): string {
    return asciiOf(this.detail)
  }

  get title(): string {
    return refusals[this.code].title
  }
}

/** Throws a `Refusal`; `return refuse(…)` reads well where a value is expected. */
export function refuse(code: RefusalCode, options?: RefusalOptions): never {
  throw new Refusal(code, options)
}
