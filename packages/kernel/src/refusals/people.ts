/** Rows of the one table of refusals. Of people and their sessions. */
import type { RefusalRow } from './row.ts'

export const peopleRefusals = {
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
} as const satisfies Readonly<Record<string, RefusalRow>>
