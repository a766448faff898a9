/** What the verbs of this package share. */
import type { AccountsStore, LoginSession, User } from '@latchwork/accounts'
import type { Authority, Grant, MintedRefreshToken, RefreshLifetimes } from '@latchwork/authority'
import type { KeyRing } from '@latchwork/signing'
import type { SessionsStore } from './store.ts'

export interface Sessions {
  readonly store: SessionsStore
  readonly accounts: Pick<AccountsStore, 'findUser' | 'findLoginSession'>
  readonly authority: Authority
  readonly keyRing: KeyRing
  readonly issuer: string
  /** The first-party APIs an access token is for; the issuer when there are none (design, decision 19). */
  readonly audience: readonly string[]
  /** What a person may do at these APIs with their own front end: every scope of theirs. */
  readonly scopes: readonly string[]
  readonly accessTokenLifetimeMs: number
  readonly refreshLifetimes: RefreshLifetimes
}

/** What a front end gets: the JWT for its memory, the refresh token for a `__Host-` cookie. */
export interface SessionTokens {
  readonly user: User
  readonly grant: Grant
  readonly accessToken: string
  readonly accessTokenExpiresAt: number
  readonly refreshToken: MintedRefreshToken
}

export interface StartedSession extends SessionTokens {
  readonly login: LoginSession
}
