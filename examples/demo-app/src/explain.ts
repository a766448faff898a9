/** What went wrong, in words for the person in front of the page. */
import { AuthorizationResponseError, ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { NotSignedIn } from './visitors.ts'

export interface Explanation {
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly code?: string
}

export function explain(error: unknown): Explanation {
  if (error instanceof NotSignedIn) return { status: 401, title: 'You are not signed in', detail: 'Sign in first, then try again.' }
  // The person, or the server, said no on the way (RFC 6749 §4.1.2.1).
  if (error instanceof AuthorizationResponseError) {
    const detail =
      error.error === 'access_denied' ? 'You did not allow Notes Printer. Nothing was shared.' : (error.error_description ?? 'The server gave no reason.')
    return { status: 400, title: 'The sign-in was not completed', detail, code: error.error }
  }
  // The token endpoint refused (RFC 6749 §5.2).
  if (error instanceof ResponseBodyError) {
    return { status: 502, title: 'The sign-in server refused', detail: error.error_description ?? 'It gave no reason. Sign in again.', code: error.error }
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return {
      status: 502,
      title: 'The token was not accepted',
      detail: 'It may have expired or been taken back. Refresh it, or sign in again.',
      code: String(error.status),
    }
  }
  if (error instanceof ClientError) {
    return {
      status: 502,
      title: 'The answer could not be trusted',
      detail: 'The answer of the sign-in server failed a check. Start again.',
      ...(error.code === undefined ? {} : { code: error.code }),
    }
  }
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return { status: 503, title: 'No connection', detail: 'A server this application needs did not answer. Try again in a moment.' }
  }
  return { status: 500, title: 'Something went wrong', detail: 'The reason is in the log of this application.' }
}
