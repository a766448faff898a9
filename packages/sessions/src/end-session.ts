/** Ends a session by its refresh token: for who signs out where the login session's own cookie did not come along. */
import { endGrant, findLiveRefreshToken } from '@latchwork/authority'
import { type Origin, Refusal } from '@latchwork/kernel'
import type { Sessions } from './sessions.ts'

/** Idempotent: a token that is no longer good ends nothing more, save that an old one ends its family, as everywhere. */
export async function endSession(sessions: Sessions, refreshText: string, origin: Origin, now: number): Promise<void> {
  const { authority } = sessions
  try {
    const { grant } = await findLiveRefreshToken(authority, refreshText, { kind: 'session', origin }, now)
    const actor = { kind: 'user', id: grant.userId } as const
    await endGrant(authority.store, grant, { event: 'session.ended', reason: 'signed_out', actor, origin, now, longestTokenMs: authority.longestTokenMs })
  } catch (error) {
    if (!(error instanceof Refusal) || error.status >= 500) throw error
  }
}
