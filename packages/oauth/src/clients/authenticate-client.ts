/** Client authentication (RFC 6749 §2.3): exactly one method, the registered one; a secret comes by either of its two ways. */
import { timingSafeEqual, type X509Certificate } from 'node:crypto'
import { digestOf, parseToken, refuse } from '@latchwork/kernel'
import type { StrictJws } from '../jose/strict-jws.ts'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import type { Client, ClientAuthenticationMethod, ClientSecretRecord, ClientWithSecrets } from '../store.ts'
import { readBasic } from './basic.ts'
import { authenticationMethods, methodsTaken } from './methods.ts'
import { ASSERTION_TYPE, proveAssertion, readAssertion } from './prove-assertion.ts'
import { proveByAuthority, proveBySelfSigned } from './prove-certificate.ts'

declare const authenticated: unique symbol
/** A client that has proven itself, or a public one that has named itself. */
export type AuthenticatedClient = Client & { readonly [authenticated]: true }

/** How a call to an endpoint for clients came, beside its parameters. */
export interface ClientCall {
  /** The `Authorization` header as sent. */
  readonly authorization?: string
  /** The certificate of the connection, proven by TLS; asked for only where a client is registered for one. */
  readonly certificate?: () => X509Certificate | undefined
  readonly now: number
}

/** What was presented: by whom, and what there is to prove it. A name alone is a public client's, or one's whose proof is the connection. */
type Presented =
  | { readonly by: 'client_secret_basic' | 'client_secret_post'; readonly clientId: string; readonly secret: string }
  | { readonly by: 'private_key_jwt'; readonly clientId: string; readonly jws: StrictJws }
  | { readonly by: 'name'; readonly clientId: string }

/**
 * One method presented → client known and alive → the method it is registered for → the proof.
 * @throws Refusal `client_authentication_failed` (401 `invalid_client`) for every fault alike, so that nobody learns which clients there are; the log says which it was. `client_keys_unreachable` (503)
 * where the proof cannot be judged, which is no fault of the caller's.
 */
export async function authenticateClient(oauth: OAuth, call: ClientCall, parameters: Parameters): Promise<AuthenticatedClient> {
  const presented = readPresented(call.authorization, parameters)
  const found = await oauth.store.findClient(presented.clientId)
  if (found === undefined) return refuse('client_authentication_failed', { reason: 'unknown client' })
  const { client } = found
  const about = { clientId: client.id }
  if (client.disabledAt !== undefined) return refuse('client_authentication_failed', { reason: 'disabled client', about })
  if (!isMethodOf(client.authenticationMethod, presented))
    return refuse('client_authentication_failed', { reason: `registered for ${client.authenticationMethod}, used ${presented.by}`, about })
  if (!methodsTaken(oauth).includes(client.authenticationMethod)) return refuse('client_authentication_failed', { reason: 'method switched off', about })
  await prove(oauth, found, presented, call)
  return client as AuthenticatedClient
}

/** Who has a secret may send it in the header (RFC 6749 §2.3.1) and in the form (OAuth 2.1 §2.4.1): libraries choose by themselves, some of them another way for a refresh than for a code. */
function isMethodOf(method: ClientAuthenticationMethod, { by }: Presented): boolean {
  if (by === 'name') return method === 'none' || authenticationMethods[method].isByCertificate
  return method === by || (authenticationMethods[method].hasSecret && authenticationMethods[by].hasSecret)
}

async function prove(oauth: OAuth, { client, secrets }: ClientWithSecrets, presented: Presented, { certificate, now }: ClientCall): Promise<void> {
  const about = { clientId: client.id }
  if (presented.by === 'private_key_jwt') return proveAssertion(oauth, client, presented.jws, now)
  if (presented.by !== 'name')
    return isSecretOf(secrets, presented.secret, now) ? undefined : refuse('client_authentication_failed', { reason: 'wrong secret', about })
  if (client.authenticationMethod === 'none') return
  const shown = certificate?.() ?? refuse('client_authentication_failed', { reason: 'no certificate', about })
  if (client.authenticationMethod === 'tls_client_auth') return proveByAuthority(oauth, client, shown, now)
  return proveBySelfSigned(oauth, client, shown, now)
}

function isSecretOf(secrets: readonly ClientSecretRecord[], text: string, now: number): boolean {
  if (parseToken('client_secret', text) === undefined) return false
  const digest = Buffer.from(digestOf(text))
  const good = secrets.filter(({ expiresAt }) => expiresAt === undefined || now < expiresAt)
  return good.some(({ digest: known }) => known.length === digest.length && timingSafeEqual(Buffer.from(known), digest))
}

/** RFC 6749 §2.3: not more than one method in a request. */
function readPresented(authorization: string | undefined, parameters: Parameters): Presented {
  const bodyId = parameters.one('client_id')
  const secret = parameters.one('client_secret')
  const assertion = parameters.one('client_assertion')
  const assertionType = parameters.one('client_assertion_type')
  const ways = [authorization, secret, assertion ?? assertionType].filter((way) => way !== undefined)
  if (ways.length > 1) return refuse('client_authentication_failed', { reason: 'two methods' })
  if (authorization !== undefined) return named(bodyId, bySecret('client_secret_basic', readBasic(authorization)))
  if (assertion !== undefined || assertionType !== undefined) {
    if (assertion === undefined || assertionType !== ASSERTION_TYPE) return refuse('client_authentication_failed', { reason: 'another kind of assertion' }) // RFC 7521 §4.2
    return named(bodyId, { by: 'private_key_jwt', ...readAssertion(assertion) })
  }
  if (bodyId === undefined) return refuse('client_authentication_failed', { reason: 'no client named' })
  return bySecret('client_secret_post', { clientId: bodyId, ...(secret === undefined ? {} : { secret }) })
}

/** Without a secret it is a name: libraries send a public client's in the header, with an empty one. */
function bySecret(by: 'client_secret_basic' | 'client_secret_post', { clientId, secret }: { readonly clientId: string; readonly secret?: string }): Presented {
  return secret === undefined ? { by: 'name', clientId } : { by, clientId, secret }
}

/** A `client_id` beside the proof names the same client (RFC 7521 §4.2). */
function named<P extends Presented>(bodyId: string | undefined, presented: P): P {
  if (bodyId !== undefined && bodyId !== presented.clientId) return refuse('client_authentication_failed', { reason: 'two client ids' })
  return presented
}
