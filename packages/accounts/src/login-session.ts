/** The login session: a browser that is signed in at this server. Its secret lives in a cookie, its digest in the store. */
import { createHmac } from 'node:crypto'
import { digestOf, type Journal, mintToken, type NewEvent, newId, type Origin, parseToken, type Secret, tokenOfBytes } from '@latchwork/kernel'
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

/** A form that a person signs in by: it begins one session, however often it is sent. */
export interface SignInForm {
  readonly key: Buffer
  /** Of the token of the form, which no other form has, and of the person. */
  readonly digest: string
}

/**
 * Mints the session of a person who has just proved who they are; a sign-in gets a new one (J9). Writes nothing: the act that starts the session does.
 * @param form whoever sends it twice at once is given one secret, made of its digest under the server's key, and is signed in whichever answer comes last.
 */
export function newLoginSession(proven: ProvenUser, origin: Origin, now: number, lifetimes: LoginLifetimes, form?: SignInForm): NewLoginSession {
  const secret = form === undefined ? mintToken('login_session') : secretOf(form.key, `sign-in form ${form.digest}`)
  const session = {
    id: newId('session', now),
    digest: digestOf(secret.reveal()),
    userId: proven.user.id,
    createdAt: now,
    ...lastProof(proven, origin, now, lifetimes),
  }
  return { session, secret }
}

/**
 * The session of a person who is signed in here and has just proved it again: the same one, by a new secret, so that whoever knows the old cookie has nothing (J9). The secret is
 * made of the old one's digest under the server's key: two tabs that sign in at once make the same, and whichever answer comes last leaves the browser signed in.
 */
export function renewedLoginSession(
  key: Buffer,
  { session: former, presentedDigest }: FormerSignIn,
  proven: ProvenUser,
  origin: Origin,
  now: number,
  lifetimes: LoginLifetimes,
): NewLoginSession {
  const secret = secretOf(key, `login session ${former.id} ${presentedDigest}`)
  const { id, userId, createdAt } = former
  return { session: { id, digest: digestOf(secret.reveal()), userId, createdAt, ...lastProof(proven, origin, now, lifetimes) }, secret }
}

function secretOf(key: Buffer, text: string): Secret {
  return tokenOfBytes('login_session', createHmac('sha256', key).update(text).digest())
}

function lastProof(proven: ProvenUser, { address, userAgent }: Origin, now: number, lifetimes: LoginLifetimes) {
  return {
    authenticatedAt: proven.authenticatedAt,
    expiresAt: now + lifetimes.loginSessionMs,
    methods: proven.methods,
    ...(address === undefined ? {} : { address }),
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, MAX_USER_AGENT).toWellFormed() }),
  }
}

/** Who is signed in with this cookie; `undefined` if it has no form of ours (no look-up then), is unknown, ended or expired. Throws only what the store throws. */
export async function findSignedIn(accounts: Pick<Accounts, 'store'>, cookieText: string | undefined, now: number): Promise<SignedIn | undefined> {
  const parsed = cookieText === undefined ? undefined : parseToken('login_session', cookieText)
  if (parsed === undefined) return undefined
  const signedIn = await accounts.store.findLoginSession(digestOf(parsed.text))
  return signedIn !== undefined && now < signedIn.session.expiresAt ? signedIn : undefined
}

/** Who was signed in in the browser that signs in anew. */
export interface FormerSignIn extends SignedIn {
  /** Of the cookie that came: of the session's secret, or of the one before. */
  readonly presentedDigest: string
}

/** For sign-in alone: finds the session by the secret before as well, which another tab's sign-in may have replaced a moment ago. */
export async function findFormer(accounts: Pick<Accounts, 'store'>, cookieText: string | undefined, now: number): Promise<FormerSignIn | undefined> {
  const parsed = cookieText === undefined ? undefined : parseToken('login_session', cookieText)
  if (parsed === undefined) return undefined
  const presentedDigest = digestOf(parsed.text)
  const found = await accounts.store.findFormerLoginSession(presentedDigest)
  return found !== undefined && now < found.session.expiresAt ? { ...found, presentedDigest } : undefined
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
  signedIn: SignedIn,
  end: SessionEnd,
  now: number,
  accessTokenLifetimeMs: number,
): Promise<boolean> {
  const { session, user } = signedIn
  return accounts.store.endLoginSession(session.id, user.id, end.reason, now, journalOfSessionEnd(signedIn, end, now, accessTokenLifetimeMs))
}

export function journalOfSessionEnd({ session, user }: SignedIn, { reason, origin, actor }: SessionEnd, now: number, accessTokenLifetimeMs: number): Journal {
  const who = { actor, ...origin, userId: user.id, accountId: user.accountId }
  return {
    events: [{ type: 'session.ended', at: now, ...who, sessionId: session.id, reason }],
    revocations: [{ lifeline: `session:${session.id}`, at: now, until: now + accessTokenLifetimeMs }],
  }
}
