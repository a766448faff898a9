/** Ends a profile: at the server first, where the server can be told, then here. */
import type { ProfileStore } from './keep/profiles.ts'
import { revokeOAuth } from './oauth/refresh.ts'
import { endSession } from './session/session.ts'

export interface LoggedOut {
  /** Whether the server ended what it gave. An API key is not the server's to end at a logout. */
  readonly revoked: boolean
  /** Why it did not. */
  readonly why?: string
}

/** The profile is gone afterwards, whatever the server said: who wants to forget must be able to. @throws ClientFailure `profile_unknown`. */
export async function logout(store: ProfileStore, name: string): Promise<LoggedOut> {
  return store.lock(name, async () => {
    const ended = await endAtServer(store, name)
    store.remove(name)
    return ended
  })
}

async function endAtServer(store: ProfileStore, name: string): Promise<LoggedOut> {
  if (!store.has(name)) await store.read(name) // says that there is none
  try {
    const { profile, secrets } = await store.read(name)
    if (profile.type === 'api-key') return { revoked: false, why: 'an API key goes on working until it is revoked where it was made' }
    const revoked = profile.type === 'session' ? await endSession(profile, secrets) : await revokeOAuth(profile, secrets)
    return revoked ? { revoked } : { revoked, why: 'the server cannot be told, or did not take it' }
  } catch (error) {
    return { revoked: false, why: error instanceof Error ? error.message : String(error) }
  }
}
