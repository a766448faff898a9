/** Signs a proven person in: login session, grant, first refresh token and access token. */
import { newLoginSession, type ProvenUser } from '@latchwork/accounts'
import { type Grant, mintRefreshToken } from '@latchwork/authority'
import { newId, type Origin, refuse, type Secret } from '@latchwork/kernel'
import { signAccessToken } from './access-token.ts'
import type { Sessions, StartedSession } from './sessions.ts'

/** @throws Refusal `sign_in_failed` if the person was disabled meanwhile. */
export async function startSession(
  sessions: Sessions,
  proven: ProvenUser,
  origin: Origin,
  now: number,
): Promise<StartedSession & { readonly loginSecret: Secret }> {
  const { user } = proven
  const { session: login, secret: loginSecret } = newLoginSession(proven, origin, now, { loginSessionMs: sessions.refreshLifetimes.absoluteMs })
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
  const started = await sessions.store.startSession(
    { login, grant, refreshToken: refreshToken.record },
    {
      events: [
        {
          type: 'user.signed_in',
          at: now,
          actor: { kind: 'user', id: user.id },
          ...origin,
          userId: user.id,
          sessionId: login.id,
          grantId: grant.id,
          data: { methods: login.methods.join(' ') },
        },
      ],
      revocations: [],
    },
  )
  if (!started) return refuse('sign_in_failed', { reason: 'disabled meanwhile', about: { userId: user.id } })
  return { user, login, loginSecret, grant, refreshToken, ...access }
}
