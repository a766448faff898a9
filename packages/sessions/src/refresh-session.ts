/** A new access token for a refresh token, which is rotated (J5). */
import { findLiveRefreshToken, type Grant, rotateRefreshToken } from '@latchwork/authority'
import { type Origin, refuse } from '@latchwork/kernel'
import { signAccessToken } from './access-token.ts'
import type { Sessions, SessionTokens } from './sessions.ts'

/** @throws Refusal `refresh_unknown`, `refresh_expired`, `refresh_replayed` (the session's tokens have ended). */
export async function refreshSession(sessions: Sessions, refreshText: string, origin: Origin, now: number): Promise<SessionTokens> {
  const presenter = { kind: 'session', origin } as const
  const token = await findLiveRefreshToken(sessions.authority, refreshText, presenter, now)
  const user = await sessions.accounts.findUser(token.grant.userId)
  if (user === undefined) return refuse('refresh_unknown', { reason: 'no such user' })
  const access = await signAccessToken(sessions, asConfigured(sessions, token.grant), user, now)
  const { grant } = token
  const journal = {
    events: [
      {
        type: 'session.refreshed' as const,
        at: now,
        actor: { kind: 'user' as const, id: user.id },
        ...origin,
        userId: user.id,
        grantId: grant.id,
        ...(grant.sessionId === undefined ? {} : { sessionId: grant.sessionId }),
        data: { generation: token.generation + 1 },
      },
    ],
    revocations: [],
  }
  const { refreshToken } = await rotateRefreshToken(sessions.authority, token, { lifetimes: sessions.refreshLifetimes, journal, presenter }, now)
  return { user, grant, refreshToken, ...access }
}

/** What the configuration has taken from your own front ends since the sign-in is in no token from now on. The APIs are always those of now. */
function asConfigured({ scopes, audience }: Sessions, grant: Grant): Grant {
  return { ...grant, scopes: grant.scopes.filter((scope) => scopes.includes(scope)), audience }
}
