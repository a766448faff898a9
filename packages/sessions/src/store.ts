/** What sessions ask of a store, beside what authority and accounts ask. */
import type { LoginSession } from '@latchwork/accounts'
import type { Grant, NewRefreshToken } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'

export interface NewSession {
  readonly login: LoginSession
  readonly grant: Grant
  readonly refreshToken: NewRefreshToken
}

export interface SessionsStore {
  /** Login session, grant and first refresh token, all or nothing; false (and nothing written) if the person was disabled meanwhile. */
  readonly startSession: (session: NewSession, journal: Journal) => Promise<boolean>
}
