/** Front-channel logout (OpenID Connect Front-Channel Logout 1.0 §3): the addresses that the signed-out page loads. */
import type { OAuth } from '../oauth.ts'
import { sessionNameOf } from '../tokens/session-name.ts'

/** With `iss` and `sid`, so that an application ends the right session and no other. Read it before or after the session has ended. */
export async function frontChannelAddresses(oauth: OAuth, sessionId: string): Promise<readonly string[]> {
  const clients = await oauth.store.listSignedInClients(sessionId)
  return clients.flatMap(({ id, settings: { frontchannelLogoutUri: uri } }) => {
    const about = new URLSearchParams({ iss: oauth.issuer, sid: sessionNameOf(oauth, id, sessionId) })
    return uri === undefined ? [] : `${uri}${uri.includes('?') ? '&' : '?'}${about}`
  })
}
