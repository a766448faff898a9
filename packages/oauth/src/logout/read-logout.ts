/**
 * Reads a logout request (OpenID Connect RP-Initiated Logout 1.0 §2). Nothing of it is sent anywhere before client and address are known good: what is wrong is shown to the
 * person, and nobody is signed out by it.
 */
import { refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import type { Client } from '../store.ts'
import { sessionNameOf } from '../tokens/session-name.ts'

export interface LogoutRequest {
  /** Named by the hint or by `client_id`. */
  readonly client?: Client
  /** Of `id_token_hint`: what the client calls the login session in which it was issued, where it says so. */
  readonly hintedSession?: string
  /** Where the person goes afterwards, `state` in it: an address that the client has registered. */
  readonly returnTo?: string
}

const MAX_STATE = 4096

/** @throws Refusal `logout_hint_invalid`, `client_unknown`, `logout_client_unnamed`, `logout_redirect_unregistered`, `parameter_repeated`, `request_malformed`: show them, redirect nowhere (§4). */
export async function readLogout(oauth: OAuth, parameters: Parameters): Promise<LogoutRequest> {
  for (const name of ['logout_hint', 'ui_locales']) parameters.one(name) // wishes: who is signed in is known by the session, and there is one language
  const hint = readHint(oauth, parameters.one('id_token_hint'))
  const clientId = parameters.one('client_id')
  if (hint !== undefined && clientId !== undefined && clientId !== hint.clientId)
    return refuse('logout_hint_invalid', { reason: 'client_id is not the audience' }) // §2
  const client = await findClient(oauth, hint?.clientId ?? clientId)
  const returnTo = readReturn(client, parameters)
  return {
    ...(client === undefined ? {} : { client }),
    ...(hint?.sessionId === undefined ? {} : { hintedSession: hint.sessionId }),
    ...(returnTo === undefined ? {} : { returnTo }),
  }
}

/** The hint shows that the application was signed in to from this very login session: then the person need not be asked (§2). */
export function isProvenBy(oauth: Pick<OAuth, 'pairwiseKey'>, { client, hintedSession }: LogoutRequest, sessionId: string): boolean {
  return client !== undefined && hintedSession !== undefined && hintedSession === sessionNameOf(oauth, client.id, sessionId)
}

interface Hint {
  readonly clientId: string
  readonly sessionId: string | undefined
}

/** §2: an ID token that we issued; it may have expired, and the key that signed it may be retired. */
function readHint(oauth: OAuth, text: string | undefined): Hint | undefined {
  if (text === undefined) return undefined
  const { type, claims } = oauth.readOwnToken(text) ?? refuse('logout_hint_invalid', { reason: 'not signed by us' })
  const { aud, sid, exp } = claims
  // Only an ID token has `exp` under this `typ`: signed UserInfo has none (RFC 8725 §3.11).
  if (type !== 'JWT' || typeof aud !== 'string' || typeof exp !== 'number') return refuse('logout_hint_invalid', { reason: 'not an ID token' })
  return { clientId: aud, sessionId: typeof sid === 'string' ? sid : undefined }
}

async function findClient(oauth: OAuth, clientId: string | undefined): Promise<Client | undefined> {
  if (clientId === undefined) return undefined
  const found = await oauth.store.findClient(clientId)
  return found === undefined || found.client.disabledAt !== undefined ? refuse('client_unknown') : found.client
}

/** §3: an exact match with an address that the client, which must be known, has registered. Nothing is redirected to on trust alone. */
function readReturn(client: Client | undefined, parameters: Parameters): string | undefined {
  const uri = parameters.one('post_logout_redirect_uri')
  const state = parameters.one('state')
  if (state !== undefined && state.length > MAX_STATE) return refuse('request_malformed', { detail: `state is longer than ${MAX_STATE} characters.` })
  if (uri === undefined) return undefined
  if (client === undefined) return refuse('logout_client_unnamed')
  if (!client.settings.postLogoutRedirectUris?.includes(uri)) return refuse('logout_redirect_unregistered', { about: { clientId: client.id } })
  return state === undefined ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
}
