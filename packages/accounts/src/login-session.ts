/** The login session: a browser that is signed in at this server. Its secret lives in a cookie, its digest in the store. */
import { digestOf, mintToken, type NewEvent, newId, type Origin, parseToken, type Secret } from '@latchwork/kernel'
import type { Accounts } from './accounts.ts'
import type { ProvenUser } from './proven-user.ts'
import type { LoginSession, SignedIn } from './store.ts'

export interface LoginLifetimes {
  /** How long a login session lasts from sign-in, however much it is used. */
  readonly loginSessionMs: number
}

export interface NewLoginSession {
  readonly session: LoginSession
  /** For the cookie; shown nowhere else. */
  readonly secret: Secret
}

const MAX_USER_AGENT = 256

/** Mints the session of a person who has just proved who they are; each sign-in gets a new one (J9). Writes nothing: the act that starts the session does. */
export function newLoginSession(proven: ProvenUser, origin: Origin, now: number, lifetimes: LoginLifetimes): NewLoginSession {
  const secret = mintToken('login_session')
  const session: LoginSession = {
    id: newId('session', now),
    digest: digestOf(secret.reveal()),
    userId: proven.user.id,
    createdAt: now,
    authenticatedAt: proven.authenticatedAt,
    expiresAt: now + lifetimes.loginSessionMs,
    methods: proven.methods,
    ...(origin.address === undefined ? {} : { address: origin.address }),
    ...(origin.userAgent === undefined ? {} : { userAgent: origin.userAgent.slice(0, MAX_USER_AGENT).toWellFormed() }),
  }
  return { session, secret }
}

/** Who is signed in with this cookie; `undefined` if it has no form of ours (no look-up then), is unknown, ended or expired. Throws only what the store throws. */
export async function findSignedIn(accounts: Pick<Accounts, 'store'>, cookieText: string | undefined, now: number): Promise<SignedIn | undefined> {
  const parsed = cookieText === undefined ? undefined : parseToken('login_session', cookieText)
  if (parsed === undefined) return undefined
  const signedIn = await accounts.store.findLoginSession(digestOf(parsed.text))
  return signedIn !== undefined && now < signedIn.session.expiresAt ? signedIn : undefined
}

export interface SignOut {
  /** `signed_out`, `ended_by_person`, … */
  readonly reason: string
  readonly origin: Origin
}

/**
 * Ends the session and all that lives by it, at every verifier.
 * @param accessTokenLifetimeMs how long a self-contained token issued a moment ago may still be presented.
 * @returns false if it had ended before; nothing is written then.
 */
export function signOut(
  accounts: Pick<Accounts, 'store'>,
  signedIn: SignedIn,
  { reason, origin }: SignOut,
  now: number,
  accessTokenLifetimeMs: number,
): Promise<boolean> {
  return endSession(accounts, signedIn, { reason, origin, actor: { kind: 'user', id: signedIn.user.id } }, now, accessTokenLifetimeMs)
}

interface SessionEnd extends SignOut {
  readonly actor: NewEvent['actor']
}

export function endSession(
  accounts: Pick<Accounts, 'store'>,
  { session, user }: SignedIn,
  { reason, origin, actor }: SessionEnd,
  now: number,
  accessTokenLifetimeMs: number,
): Promise<boolean> {
  const who = { actor, ...origin, userId: user.id, accountId: user.accountId }
  const event: NewEvent = { type: 'session.ended', at: now, ...who, sessionId: session.id, reason }
  return accounts.store.endLoginSession(session.id, user.id, reason, now, {
    events: [event],
    revocations: [{ lifeline: `session:${session.id}`, at: now, until: now + accessTokenLifetimeMs }],
  })
}
