/** Every check of a client that is registered or changed, whoever asks: configuration, management API, a developer, the client itself. */
import { holdsCredential, MAX_SCOPES, parseScopes, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import { CONNECTED_KEY_SCOPE, isOpenidScope } from '../scopes.ts'
import type { Client, ClientAuthenticationMethod, ClientProfile, ClientSettings, GrantType } from '../store.ts'
import { checkKeys } from './check-keys.ts'
import { checkSettings } from './check-settings.ts'
import { authenticationMethods, methodsTaken } from './methods.ts'
import { profiles } from './profiles.ts'
import { checkRedirectUri } from './redirect-uri.ts'

/** What a client is asked to be; what is left away has its default. */
export interface ClientRequest {
  readonly name: string
  readonly profile?: ClientProfile
  readonly applicationType?: Client['applicationType']
  readonly authenticationMethod?: ClientAuthenticationMethod
  readonly environment?: Client['environment']
  readonly redirectUris?: readonly string[]
  readonly grantTypes?: readonly GrantType[]
  readonly scopes?: readonly string[]
  readonly audiences?: readonly string[]
  readonly homepage?: string
  readonly accountId?: string
  readonly settings?: ClientSettings
}

/** What is not asked for but known. */
export type ClientIdentity = Pick<Client, 'id' | 'createdAt' | 'ownerId'>

/** @throws Refusal `client_invalid`, `redirect_uri_invalid`, `scope_invalid`, `target_invalid`. */
export function checkClient(oauth: OAuth, identity: ClientIdentity, request: ClientRequest): Client {
  if (holdsCredential(JSON.stringify(request)))
    return refuse('client_invalid', {
      detail: 'A credential stands in what the client is to be registered with. Replace it: it may have been written down on its way.',
    })
  const { redirectUris = [], audiences = [], applicationType = 'web' } = request
  const grantTypes = request.grantTypes ?? ['authorization_code', 'refresh_token']
  const authenticationMethod = request.authenticationMethod ?? 'client_secret_basic'
  for (const uri of redirectUris) checkRedirectUri(uri, applicationType)
  checkGrantTypes(grantTypes, redirectUris, authenticationMethod)
  const settings = checkSettings((request.settings ?? {}) as Readonly<Record<string, unknown>>, { applicationType, redirectUris, grantTypes })
  const profile = checkProfile(oauth, request.profile ?? 'oauth21', authenticationMethod, settings)
  checkMethod(oauth, authenticationMethod, settings)
  checkKeys(settings, authenticationMethod, profiles[profile])
  checkConnectedKey(request.scopes ?? [], grantTypes, authenticationMethod)
  const unknownApi = audiences.find((identifier) => !oauth.apis.has(identifier))
  if (unknownApi !== undefined) return refuse('target_invalid', { detail: `No API is registered as ${unknownApi}.` })
  const { id, createdAt, ownerId } = identity
  return {
    id,
    name: checkName(request.name),
    profile,
    applicationType,
    authenticationMethod,
    environment: request.environment ?? 'live',
    redirectUris,
    grantTypes,
    scopes: checkClientScopes(oauth, request.scopes ?? ['openid'], audiences),
    audiences,
    createdAt,
    settings,
    ...(request.homepage === undefined ? {} : { homepage: checkHomepage(request.homepage) }),
    ...(request.accountId === undefined ? {} : { accountId: request.accountId }),
    ...(ownerId === undefined ? {} : { ownerId }),
  }
}

/** Neither controls, spaces nor what takes no room: of these alone the consent screen would show nothing (13.2). */
const SEEN = /[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u

function checkName(text: string): string {
  const name = text.trim()
  const isName = name.length <= 100 && SEEN.test(name)
  return isName ? name : refuse('client_invalid', { detail: 'Give the client a name of 1 to 100 characters that can be seen.' })
}

function checkGrantTypes(grantTypes: readonly GrantType[], redirectUris: readonly string[], method: ClientAuthenticationMethod): void {
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0)
    refuse('redirect_uri_invalid', { detail: 'A client with the grant type authorization_code needs at least one redirect URI.' })
  if (grantTypes.includes('client_credentials') && method === 'none')
    refuse('client_invalid', { detail: 'client_credentials is for confidential clients: choose an authentication method (RFC 6749 §4.4).' })
}

function checkProfile(
  oauth: OAuth,
  profile: ClientProfile,
  method: ClientAuthenticationMethod,
  { tokenEndpointAuthSigningAlg: algorithm }: ClientSettings,
): ClientProfile {
  const rules = profiles[profile]
  if (!oauth.profiles.has(profile)) return refuse('client_invalid', { detail: `The profile ${profile} is not enabled here: add it to oauth.profiles.` })
  if (rules.isConfidentialOnly && method === 'none')
    return refuse('client_invalid', { detail: `The profile ${profile} is for confidential clients: choose an authentication method.` })
  if (!rules.authenticationMethods.includes(method)) return refuse('client_invalid', { detail: `The profile ${profile} does not take the method ${method}.` })
  if (algorithm !== undefined && !rules.assertionAlgorithms.includes(algorithm))
    return refuse('client_invalid', { detail: `The profile ${profile} does not take assertions signed by ${algorithm}.` })
  return profile
}

function checkMethod(oauth: OAuth, method: ClientAuthenticationMethod, { jwks, jwksUri, tlsClientAuth }: ClientSettings): void {
  if (!methodsTaken(oauth).includes(method))
    refuse('client_invalid', { detail: `The method ${method} is not taken here: the operator enables it with oauth.mtls.enabled (RFC 8705 §2).` })
  if (authenticationMethods[method].needsKeys && jwks === undefined && jwksUri === undefined)
    refuse('client_invalid', { detail: `The method ${method} needs the public keys of the client: give jwks or jwks_uri.` })
  if ((method === 'tls_client_auth') !== (tlsClientAuth !== undefined))
    refuse('client_invalid', {
      detail: 'tls_client_auth takes exactly one tls_client_auth_… name of the certificate, and no other method takes one (RFC 8705 §2.1.2).',
    })
}

function checkConnectedKey(scopes: readonly string[], grantTypes: readonly GrantType[], method: ClientAuthenticationMethod): void {
  if (scopes.includes(CONNECTED_KEY_SCOPE) && (method === 'none' || !grantTypes.includes('authorization_code')))
    refuse('client_invalid', {
      detail: 'The scope api_key is for clients that keep a secret and use authorization_code: the key is long-lived, and a person says yes to it.',
    })
}

function checkClientScopes(oauth: OAuth, asked: readonly string[], audiences: readonly string[]): readonly string[] {
  const scopes = parseScopes(asked.join(' '))
  const defined = new Set(audiences.flatMap((identifier) => oauth.apis.get(identifier)?.scopes.map((scope) => scope.name) ?? []))
  const unknown = scopes.filter((scope) => !isOpenidScope(scope) && !defined.has(scope))
  if (unknown.length > 0) return refuse('scope_invalid', { detail: `No API among the client's audiences defines ${unknown.slice(0, MAX_SCOPES).join(' ')}.` })
  return scopes
}

/** People see it when they are asked: no longer than other addresses (R6), and with nothing before its host that could be read as one. */
function checkHomepage(text: string): string {
  const url = text.length > 2000 ? null : URL.parse(text)
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    return refuse('client_invalid', { detail: 'homepage (client_uri) must be an http(s) address of up to 2000 characters, without a user name.' })
  return text
}
