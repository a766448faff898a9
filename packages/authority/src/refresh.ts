/**
 * Using a refresh token, for sessions and OAuth alike: found → proven live → rotated. Each step takes what only the step before makes, so that none can be
 * dropped or swapped.
 */
import { type Journal, type Origin, parseToken, type RefusalCode, refuse, timedDigestOf } from '@latchwork/kernel'
import { endGrant } from './end-grant.ts'
import { type MintedRefreshToken, mintRefreshToken, type RefreshLifetimes } from './refresh-token.ts'
import type { AuthorityStore, Grant, NewAccessToken, RefreshRecord } from './store.ts'

export interface Authority {
  readonly store: AuthorityStore
  /** Key of the successors' HMAC. */
  readonly successorKey: Buffer
  /** How long any self-contained token may live: the time a feed entry is kept. */
  readonly longestTokenMs: number
}

/** Who presents the token, as far as that is already proven. */
export interface Presenter {
  readonly kind: Grant['kind']
  /** The authenticated client; a session has none. */
  readonly clientId?: string
  readonly origin: Origin
  /** How long after its use a token gets the same successor again, as long as that one is unused (design, decision 3); none by default. */
  readonly retryWindowMs?: number
}

declare const live: unique symbol
/** A refresh token that may be used now: right presenter, its grant alive, in time; unused, or used within the presenter's retry window. */
export type LiveRefreshToken = RefreshRecord & { readonly [live]: true }

export interface Rotated {
  readonly grant: Grant
  readonly refreshToken: MintedRefreshToken
}

/**
 * @throws Refusal `refresh_unknown` (unknown, ended, or another's: a stranger who holds it can neither use nor end it), `refresh_expired`,
 * `refresh_replayed` (an old token, out of its retry window: the grant has ended now; RFC 9700 §4.14.2).
 */
export async function findLiveRefreshToken(authority: Authority, text: string, presenter: Presenter, now: number): Promise<LiveRefreshToken> {
  if (parseToken('refresh_token', text) === undefined) return refuse('refresh_unknown', { reason: 'not a refresh token' })
  const found = await authority.store.findRefreshToken(timedDigestOf(text))
  if (found === undefined) return refuse('refresh_unknown', { reason: 'unknown' })
  const { grant } = found
  if (grant.kind !== presenter.kind || grant.clientId !== presenter.clientId)
    return refuse('refresh_unknown', { reason: 'another client', about: aboutOf(grant) })
  if (!found.alive) return refuse('refresh_unknown', { reason: 'grant ended', about: aboutOf(grant) })
  if (mayBeRetried(found, presenter, now)) return found as LiveRefreshToken
  if (found.consumedAt !== undefined) return endForReuse(authority, found, presenter, now)
  if (now >= found.expiresAt) return refuse('refresh_expired', { about: aboutOf(grant) })
  return found as LiveRefreshToken
}

/** Says nothing of the successor: whether that is unused is looked at in the act. */
function mayBeRetried({ consumedAt }: RefreshRecord, { retryWindowMs = 0 }: Presenter, now: number): boolean {
  // A window of nothing is none, also for a request that came a millisecond before the one that won. A clock that was set back opens no longer one.
  return consumedAt !== undefined && retryWindowMs > 0 && Math.abs(now - consumedAt) < retryWindowMs
}

/** What comes of using it. */
interface Next {
  readonly lifetimes: RefreshLifetimes
  readonly accessToken?: NewAccessToken
  readonly journal: Journal
  readonly presenter: Presenter
}

/**
 * Uses the token up and writes its successor, with the access token that goes with it, in one act. A retry is given the same successor, which must be unused still, and an access
 * token of its own.
 * @throws Refusal `refresh_replayed` when another used it first, and no retry window lets that be: one of the two is not its owner, so the grant ends.
 */
export async function rotateRefreshToken(authority: Authority, token: LiveRefreshToken, next: Next, now: number): Promise<Rotated> {
  const refreshToken = mintRefreshToken(authority.successorKey, token.grant, token.generation + 1, next.lifetimes, now)
  const accessToken = next.accessToken === undefined ? {} : { accessToken: next.accessToken }
  const rotation = { consumedDigest: token.digest, now, successor: refreshToken.record, ...accessToken }
  if (token.consumedAt === undefined && (await authority.store.rotateRefreshToken(rotation, next.journal))) return { grant: token.grant, refreshToken }
  const used = await authority.store.findRefreshToken(token.digest)
  if (used === undefined || !used.alive) return refuse('refresh_unknown', { reason: 'grant ended meanwhile', about: aboutOf(token.grant) })
  const former = mayBeRetried(used, next.presenter, now) ? await retryRotation(authority, used, next, now) : undefined
  return former === undefined ? endForReuse(authority, used, next.presenter, now) : { grant: token.grant, refreshToken: former }
}

/** The successor as it was made when the token was used; undefined if that was used too, or the grant has ended. */
async function retryRotation(
  authority: Authority,
  { digest, grant, generation, consumedAt = 0 }: RefreshRecord,
  { lifetimes, accessToken, journal }: Next,
  now: number,
): Promise<MintedRefreshToken | undefined> {
  const successor = mintRefreshToken(authority.successorKey, grant, generation + 1, lifetimes, consumedAt)
  const retry = { consumedDigest: digest, successorDigest: successor.record.digest, now, ...(accessToken === undefined ? {} : { accessToken }) }
  return (await authority.store.retryRefreshToken(retry, journal)) ? successor : undefined
}

async function endForReuse(authority: Authority, token: RefreshRecord, presenter: Presenter, now: number): Promise<never> {
  const { grant } = token
  await endGrant(authority.store, grant, {
    event: grant.kind === 'session' ? 'session.reuse_detected' : 'token.reuse_detected',
    reason: 'refresh_reuse',
    actor: presenter.clientId === undefined ? { kind: 'anonymous' } : { kind: 'client', id: presenter.clientId },
    origin: presenter.origin,
    now,
    longestTokenMs: authority.longestTokenMs,
    data: { generation: token.generation },
  })
  return refuse('refresh_replayed', { about: aboutOf(grant) })
}

export function aboutOf(grant: Grant): { userId: string; grantId: string; clientId?: string; sessionId?: string } {
  return {
    userId: grant.userId,
    grantId: grant.id,
    ...(grant.clientId === undefined ? {} : { clientId: grant.clientId }),
    ...(grant.sessionId === undefined ? {} : { sessionId: grant.sessionId }),
  }
}

/** Refusals that mean "sign in or authorize again". */
export const refreshRefusals = ['refresh_unknown', 'refresh_expired', 'refresh_replayed'] as const satisfies readonly RefusalCode[]
