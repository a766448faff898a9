/** What sessions ask of a store, beside what authority and accounts ask. */
import type { LoginSession } from '@latchwork/accounts'
import type { Grant, NewRefreshToken } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'

export interface NewSession {
  readonly login: LoginSession
  readonly grant: Grant
  readonly refreshToken: NewRefreshToken
  /** Of the form that it begins by: a form begins one session, whatever became of that. */
  readonly formDigest?: string
}

/** `disabled`: the person was, meanwhile; `sent_before`: the form has begun a session. Nothing was written then. */
export type SessionStart = 'started' | 'disabled' | 'sent_before'

/** A login session of another person in the same browser, which ends in the act that starts the new one, with what is to be written about that. */
export interface FormerSession {
  readonly sessionId: string
  readonly userId: string
  readonly reason: string
  readonly journal: Journal
}

export interface SessionRenewal extends NewSession {
  /** Of the secret that the browser showed; absent where it showed none, and the session has the secret of `login` already. */
  readonly formerDigest?: string
  readonly now: number
  /** How long verifiers are to know of the front end's tokens that end. */
  readonly revokedUntil: number
}

export interface SessionsStore {
  /** Login session, grant and first refresh token, all or nothing. */
  readonly startSession: (session: NewSession, journal: Journal, former?: FormerSession) => Promise<SessionStart>
  /**
   * Gives the login session its new secret and proof, ends the tokens that the person's own front end had in it, and writes the new ones; whatever else lives by the session lives on.
   * False (and nothing written) if it has ended or has another secret by now; one that was renewed to this very secret meanwhile is no other, and nothing ends then.
   */
  readonly renewSession: (renewal: SessionRenewal, journal: Journal) => Promise<boolean>
}
