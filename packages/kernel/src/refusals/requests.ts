/** Rows of the one table of refusals. Of a credential at a protected resource, and of requests in general. */
import type { RefusalRow } from './row.ts'

export const requestRefusals = {
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
} as const satisfies Readonly<Record<string, RefusalRow>>
