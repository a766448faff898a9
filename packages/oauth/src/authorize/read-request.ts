/**
 * Reads an authorization request (RFC 6749 §4.1.1) in two steps. What fails before the client and its redirect URI are known good is shown to the person and never
 * redirected; what fails after goes back to the client.
 */
import { holdsCredential, parseStrictJson, refuse } from '@latchwork/kernel'
import { rulesOf } from '../clients/profiles.ts'
import { isRegisteredRedirectUri } from '../clients/redirect-uri.ts'
import { refuseConnectedKeys } from '../connected-key.ts'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import { CONNECTED_KEY_SCOPE, chooseReach, readScopes, readWish } from '../scopes.ts'
import type { Client } from '../store.ts'
import { type OpenidWishes, readOpenid } from './read-openid.ts'

declare const addressed: unique symbol
/** Client known and alive, redirect URI its own: from here on errors may be sent there. */
export interface AddressedRequest {
  readonly [addressed]: true
  readonly client: Client
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state?: string
  readonly parameters: Parameters
}

export type ResponseMode = 'query' | 'form_post'
export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

export interface AuthorizationRequest extends OpenidWishes {
  readonly client: Client
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state?: string
  readonly scopes: readonly string[]
  /** Every word that was sent, what was left out of `scopes` included. */
  readonly sentScopes: readonly string[]
  /** What the person is asked for: the scopes, and those that stand for claims asked for one by one. */
  readonly consentScopes: readonly string[]
  readonly audience: readonly string[]
  /** Absent only where the client's profile lets it. */
  readonly challenge?: string
  readonly nonce?: string
  readonly prompts: readonly Prompt[]
  readonly loginHint?: string
}

/** @throws Refusal `client_unknown`, `redirect_uri_unregistered`, `parameter_missing`, `parameter_repeated`: show them, redirect nowhere. */
export async function addressRequest(oauth: OAuth, parameters: Parameters): Promise<AddressedRequest> {
  const clientId = parameters.required('client_id')
  const sent = parameters.one('redirect_uri')
  const found = await oauth.store.findClient(clientId)
  if (found === undefined || found.client.disabledAt !== undefined) return refuse('client_unknown')
  const redirectUri = sent ?? onlyRedirectUri(found.client, parameters)
  if (!isRegisteredRedirectUri(found.client, redirectUri)) return refuse('redirect_uri_unregistered', { about: { clientId } }) // RFC 6749 §4.1.2.1
  const state = answerWish(parameters, 'state')
  const responseMode = answerWish(parameters, 'response_mode') === 'form_post' ? 'form_post' : 'query'
  const request = { client: found.client, redirectUri, responseMode, parameters, ...(state === undefined ? {} : { state }) }
  return request as AddressedRequest
}

/** Who registered one address may leave it out (RFC 6749 §3.1.2.3, OAuth 2.1 §4.1.1), but not in a request to OpenID Connect (Core §3.1.2.1). */
function onlyRedirectUri({ redirectUris: [only, ...others], scopes }: Client, parameters: Parameters): string {
  if (only === undefined || others.length > 0)
    return refuse('parameter_missing', { detail: 'redirect_uri is required of a client that has not registered exactly one.' })
  if ((readScopes(parameters) ?? scopes).includes('openid'))
    return refuse('parameter_missing', { detail: 'redirect_uri is required with the scope openid (OpenID Connect Core §3.1.2.1).' })
  return only
}

/**
 * How to answer. Request objects are refused by `readRequest`, but `state` and `response_mode` may stand in one alone (OpenID Connect Core §6.1), and who sent it is told
 * where it looks for the answer. Nobody vouches for what is read there: it counts for no more than a parameter, which comes first.
 */
function answerWish(parameters: Parameters, name: 'state' | 'response_mode'): string | undefined {
  const object = valueIfSingle(parameters, 'request')
  return valueIfSingle(parameters, name) ?? (object === undefined ? undefined : claimOf(object, name))
}

/** A text among the claims of a JWT, whoever made it; `undefined` if there is none, or the JWT is none. */
function claimOf(jwt: string, name: string): string | undefined {
  const claims = parseStrictJson(Buffer.from(jwt.split('.', 2)[1] ?? '', 'base64url'))
  const value: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, name) : undefined
  return typeof value === 'string' && value.length <= MAX_STATE ? value : undefined
}

/** A repeated parameter is refused by `readRequest`, at the client; until then it counts as not sent. */
function valueIfSingle(parameters: Parameters, name: string): string | undefined {
  const values = parameters.all(name)
  return values.length === 1 ? values[0] : undefined
}

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/ // BASE64URL(SHA-256), RFC 7636 §4.2
const MAX_STATE = 4096
const MAX_NONCE = 512
const MAX_LOGIN_HINT = 254
const PROMPTS = new Set<string>(['none', 'login', 'consent', 'select_account'])

/** @throws Refusal: send it to the client's redirect URI (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
export function readRequest(oauth: OAuth, { client, redirectUri, responseMode, state, parameters }: AddressedRequest): AuthorizationRequest {
  checkShape(client, parameters)
  const challenge = readChallenge(oauth, client, parameters)
  const wish = readWish(parameters)
  const { scopes, audience } = chooseReach(oauth, client, wish)
  if (scopes.includes(CONNECTED_KEY_SCOPE) && oauth.mintConnectedKey === undefined) return refuseConnectedKeys()
  const nonce = readBounded(parameters, 'nonce', MAX_NONCE)
  if (nonce !== undefined && holdsCredential(nonce))
    return refuse('request_malformed', { detail: 'nonce holds a credential. Replace it, and send a random value.' }) // kept with the code (K3)
  const wishes = readOpenid(oauth, client, scopes, parameters)
  const loginHint = readLoginHint(parameters)
  return {
    ...wishes,
    client,
    redirectUri,
    responseMode,
    scopes,
    sentScopes: wish.scopes ?? [],
    consentScopes: [...new Set([...scopes, ...wishes.claimScopes])],
    audience,
    prompts: readPrompts(parameters),
    ...(challenge === undefined ? {} : { challenge }),
    ...(state === undefined ? {} : { state }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(loginHint === undefined ? {} : { loginHint }),
  }
}

function checkShape(client: Client, parameters: Parameters): void {
  const state = readBounded(parameters, 'state', MAX_STATE)
  if (state === undefined && client.settings.requireState === true) refuse('parameter_missing', { detail: 'state is required of this client.' }) // O5
  if (parameters.one('request') !== undefined) refuse('request_object_unsupported') // OpenID Connect Core §6.1
  if (parameters.one('request_uri') !== undefined) refuse('request_uri_unsupported')
  if (parameters.one('registration') !== undefined) refuse('registration_unsupported') // §3.1.2.6: we are no self-issued provider
  if (parameters.required('response_type') !== 'code') refuse('response_type_unsupported')
  if (!['query', 'form_post', undefined].includes(parameters.one('response_mode'))) refuse('response_mode_unsupported')
  if (!client.grantTypes.includes('authorization_code')) refuse('client_unauthorized', { about: { clientId: client.id } })
}

/** PKCE for every client, S256 alone (O1; OAuth 2.1 §4.1.1), unless its profile lets it do without; what is sent always binds. */
function readChallenge(oauth: OAuth, client: Client, parameters: Parameters): string | undefined {
  const challenge = parameters.one('code_challenge')
  const method = parameters.one('code_challenge_method')
  if (challenge === undefined) return rulesOf(oauth, client).isPkceRequired || method !== undefined ? refuse('challenge_missing') : undefined
  if (method !== 'S256')
    return refuse('challenge_invalid', { detail: 'Send code_challenge_method=S256; plain, which is the default when none is sent, is not taken.' })
  if (!CHALLENGE.test(challenge)) return refuse('challenge_invalid')
  return challenge
}

function readPrompts(parameters: Parameters): readonly Prompt[] {
  const prompts = (parameters.one('prompt') ?? '').split(' ').filter((word) => word !== '')
  if (!prompts.every((prompt) => PROMPTS.has(prompt)))
    return refuse('request_malformed', { detail: 'prompt is one or more of none, login, consent, select_account.' })
  if (prompts.includes('none') && prompts.length > 1) return refuse('request_malformed', { detail: 'prompt=none stands alone (OpenID Connect Core §3.1.2.1).' })
  return prompts as Prompt[]
}

/** OpenID Connect Core §3.1.2.1: what it may be worth is ours to say, so one that is no address of anybody breaks no request. */
function readLoginHint(parameters: Parameters): string | undefined {
  const text = parameters.one('login_hint')
  return text !== undefined && text.length <= MAX_LOGIN_HINT ? text : undefined
}

function readBounded(parameters: Parameters, name: string, maxLength: number): string | undefined {
  const text = parameters.one(name)
  if (text !== undefined && text.length > maxLength) return refuse('request_malformed', { detail: `${name} is longer than ${maxLength} characters.` })
  return text
}
