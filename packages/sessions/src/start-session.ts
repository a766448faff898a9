/** Signs a proven person in: login session, grant, first refresh token and access token. */
import { type FormerSignIn, journalOfSessionEnd, type NewLoginSession, newLoginSession, type ProvenUser, renewedLoginSession } from '@latchwork/accounts'
import { type Grant, mintRefreshToken } from '@latchwork/authority'
import { digestOf, type Journal, newId, type Origin, refuse, type Secret } from '@latchwork/kernel'
import { signAccessToken } from './access-token.ts'
import type { Sessions, StartedSession } from './sessions.ts'
import type { FormerSession } from './store.ts'

export type SignInResult = StartedSession & { readonly loginSecret: Secret }

/** Where somebody signs in. */
export interface SignInPlace {
  /** Who is signed in in this browser so far. The same person keeps their login session, by a new secret, and what lives by it; another one's ends, with all that lives by it, in the same act. */
  readonly former?: FormerSignIn | undefined
  /** The token of the form: a form that is sent twice, by two clicks, begins one session. Absent where there was none. */
  readonly formToken?: string | undefined
}

/**
 * @throws Refusal `sign_in_failed` if the person was disabled meanwhile.
 */
export async function startSession(
  sessions: Sessions,
  proven: ProvenUser,
  origin: Origin,
  now: number,
  { former, formToken }: SignInPlace = {},
): Promise<SignInResult> {
  const lifetimes = { loginSessionMs: sessions.refreshLifetimes.absoluteMs }
  if (former !== undefined && former.user.id === proven.user.id) {
    const renewed = await prepare(sessions, proven, renewedLoginSession(sessions.authority.successorKey, former, proven, origin, now, lifetimes), now)
    const renewal = { ...rowsOf(renewed), formerDigest: former.presentedDigest, now, revokedUntil: now + sessions.authority.longestTokenMs }
    if (await sessions.store.renewSession(renewal, journalOf(renewed, origin, now, true))) return renewed
  }
  const form = formToken === undefined ? undefined : { key: sessions.authority.successorKey, digest: digestOf(`${formToken} ${proven.user.id}`) }
  const started = await prepare(sessions, proven, newLoginSession(proven, origin, now, lifetimes, form), now)
  const isOther = former !== undefined && former.user.id !== proven.user.id
  const rows = { ...rowsOf(started), ...(form === undefined ? {} : { formDigest: form.digest }) }
  const outcome = await sessions.store.startSession(rows, journalOf(started, origin, now, false), isOther ? endOf(sessions, former, origin, now) : undefined)
  if (outcome === 'started') return started
  if (outcome === 'disabled') return refuse('sign_in_failed', { reason: 'disabled meanwhile', about: { userId: proven.user.id } })
  return (await joinSession(sessions, proven, started, origin, now)) ?? startSession(sessions, proven, origin, now, { former })
}

/** The session that this form began a moment ago. `undefined` where it is over or has another secret by now: the form then begins a session as if it had none of its own. */
async function joinSession(sessions: Sessions, proven: ProvenUser, started: SignInResult, origin: Origin, now: number): Promise<SignInResult | undefined> {
  const begun = await sessions.accounts.findLoginSession(started.login.digest)
  if (begun === undefined || now >= begun.session.expiresAt) return undefined
  const { id, createdAt } = begun.session
  const joined = await prepare(sessions, proven, { session: { ...started.login, id, createdAt }, secret: started.loginSecret }, now)
  const renewal = { ...rowsOf(joined), now, revokedUntil: now + sessions.authority.longestTokenMs }
  return (await sessions.store.renewSession(renewal, journalOf(joined, origin, now, true))) ? joined : undefined
}

/** Mints everything. Writes nothing. */
async function prepare(sessions: Sessions, proven: ProvenUser, { session: login, secret: loginSecret }: NewLoginSession, now: number): Promise<SignInResult> {
  const { user } = proven
  const grant: Grant = {
    id: newId('grant', now),
    kind: 'session',
    userId: user.id,
    sessionId: login.id,
    scopes: sessions.scopes,
    audience: sessions.audience,
    authenticatedAt: proven.authenticatedAt,
    createdAt: now,
  }
  const refreshToken = mintRefreshToken(sessions.authority.successorKey, grant, 0, sessions.refreshLifetimes, now)
  const access = await signAccessToken(sessions, grant, user, now)
  return { user, login, loginSecret, grant, refreshToken, ...access }
}

function rowsOf({ login, grant, refreshToken }: SignInResult) {
  return { login, grant, refreshToken: refreshToken.record }
}

function journalOf({ user, login, grant }: SignInResult, origin: Origin, at: number, isAgain: boolean): Journal {
  const who = { actor: { kind: 'user', id: user.id }, ...origin, userId: user.id, sessionId: login.id, grantId: grant.id } as const
  const data = { methods: login.methods.join(' '), ...(isAgain ? { again: true } : {}) }
  return { events: [{ type: 'user.signed_in', at, ...who, data }], revocations: [] }
}

const REASON = 'another_signed_in'

function endOf(sessions: Sessions, former: FormerSignIn, origin: Origin, now: number): FormerSession {
  const end = { reason: REASON, origin, actor: { kind: 'user', id: former.user.id } } as const
  const journal = journalOfSessionEnd(former, end, now, sessions.authority.longestTokenMs)
  return { sessionId: former.session.id, userId: former.user.id, reason: REASON, journal }
}
