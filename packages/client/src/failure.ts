/** How this package says no: a code for programs, a sentence, and how to mend it. Holds no secret. */
export type ClientFailureCode =
  | 'address_refused'
  | 'browser_timeout'
  | 'callback_refused'
  | 'login_refused'
  | 'no_answer'
  | 'origin_refused'
  | 'profile_damaged'
  | 'profile_exists'
  | 'profile_locked'
  | 'profile_name'
  | 'profile_unknown'
  | 'server_answer'
  | 'sign_in_again'
  | 'storage_failed'

export class ClientFailure extends Error {
  readonly code: ClientFailureCode
  readonly mend: string

  constructor(code: ClientFailureCode, message: string, mend: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'ClientFailure'
    this.code = code
    this.mend = mend
  }
}
