/** What an authorization server's refusal means, in plain words. */
import * as oauth from 'oauth4webapi'
import { oauthErrorWords } from '../explain/oauth-errors.ts'
import { ClientFailure } from '../failure.ts'

/** A failure to tell people, of whatever a login or a refresh ended with. */
export function loginFailureOf(error: unknown): ClientFailure {
  if (error instanceof ClientFailure) return error
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const words = oauthErrorWords(error.error)
    const said = error.error_description === undefined ? '' : ` The server says: ${error.error_description}`
    return new ClientFailure('login_refused', `${words.reason} (${error.error}).${said}`, words.mend, error)
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    const words = oauthErrorWords('invalid_client')
    return new ClientFailure('login_refused', `${words.reason} (${error.status}).`, words.mend, error)
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return new ClientFailure(
      'server_answer',
      `The server's answer was not accepted: ${error.message}.`,
      'This is between this command and the server; nothing was kept.',
      error,
    )
  const message = error instanceof Error ? error.message : String(error)
  return new ClientFailure('login_refused', `The login did not come to its end: ${message}`, 'Check what was given, then try again.', error)
}

/** Whether a refresh said that the grant is over, so that only a person can help (RFC 6749 §5.2). */
export function isOver(error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant'
}
