/** Front-channel logout (OpenID Connect Front-Channel Logout 1.0 §3): the addresses that the signed-out page loads. */
import type { OAuth } from '../oauth.ts'

/** With `iss` and `sid`, so that an application ends the right session and no other. Read it before or after the session has ended. */
export async function frontChannelAddresses(oauth: OAuth, sessionId: string): Promise<readonly string[]> {
  const clients = await oauth.store.listSignedInClients(sessionId)
  const about = new URLSearchParams({ iss: oauth.issuer, sid: sessionId })
  return clients.flatMap(({ settings: { frontchannelLogoutUri: uri } }) => (uri === undefined ? [] : `${uri}${uri.includes('?') ? '&' : '?'}${about}`))
}
