/** Registers a client, or takes one from the configuration. A secret is minted, returned once, and kept as a digest (O13). */
import { isDeepStrictEqual } from 'node:util'
import { digestOf, type Environment, MAX_SCOPES, mintToken, newId, type Origin, parseScopes, refuse, type Secret } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import { CONNECTED_KEY_SCOPE, isOpenidScope } from '../scopes.ts'
import type { Client, ClientAuthenticationMethod, ClientWithSecrets, GrantType } from '../store.ts'
import { checkRedirectUri } from './redirect-uri.ts'

export interface ClientRequest {
  readonly name: string
  readonly applicationType?: Client['applicationType']
  readonly authenticationMethod?: ClientAuthenticationMethod
  readonly environment?: Environment
  readonly redirectUris?: readonly string[]
  readonly grantTypes?: readonly GrantType[]
  readonly scopes?: readonly string[]
  readonly audiences?: readonly string[]
  readonly homepage?: string
  readonly accountId?: string
}

export interface Registrar {
  readonly kind: 'user' | 'root_key' | 'system'
  readonly id: string
  readonly origin: Origin
}

export interface RegisteredClient {
  readonly client: Client
  /** Only here, only now; absent for a public client. */
  readonly secret?: Secret
}

/** @throws Refusal `client_invalid`, `redirect_uri_invalid`, `scope_invalid`, `target_invalid`. */
export async function registerClient(oauth: OAuth, request: ClientRequest, registrar: Registrar, now: number): Promise<RegisteredClient> {
  const client = checkClient(oauth, newId('client', now), request, now)
  const secret = client.authenticationMethod === 'none' ? undefined : mintToken('client_secret')
  await oauth.store.createClient(client, secret === undefined ? undefined : digestOf(secret.reveal()), {
    events: [
      {
        type: 'client.created',
        at: now,
        actor: { kind: registrar.kind, id: registrar.id },
        ...registrar.origin,
        clientId: client.id,
        ...(client.accountId === undefined ? {} : { accountId: client.accountId }),
      },
    ],
    revocations: [],
  })
  return secret === undefined ? { client } : { client, secret }
}

/** Brings a client of the configuration in line; one that is in line already is not written. @throws Refusal, as `registerClient`. */
export async function declareClient(oauth: OAuth, id: string, request: ClientRequest, secretDigests: readonly string[], now: number): Promise<Client> {
  const client = checkClient(oauth, id, request, now)
  if (client.authenticationMethod !== 'none' && secretDigests.length === 0)
    return refuse('client_invalid', { detail: `Client ${id} authenticates with a secret: give it secretDigests, or authenticationMethod "none".` })
  const found = await oauth.store.findClient(id)
  if (found !== undefined && isDeepStrictEqual(comparable(found), comparable({ client, secretDigests }))) return found.client
  await oauth.store.declareClient(client, secretDigests, now, {
    events: [{ type: found === undefined ? 'client.created' : 'client.changed', at: now, actor: { kind: 'system' }, clientId: id, reason: 'configuration' }],
    revocations: [],
  })
  return client
}

/** What the configuration says of a client: all but when it was made and whether an operator has disabled it. */
function comparable({ client, secretDigests }: ClientWithSecrets): unknown {
  const { createdAt: _createdAt, disabledAt: _disabledAt, ...declared } = client
  return { ...declared, secretDigests: [...secretDigests].sort() }
}

/** Ends a client: it and every grant and token under it. @throws Refusal `not_found`. */
export async function disableClient(oauth: OAuth, clientId: string, registrar: Registrar, now: number): Promise<void> {
  const disabled = await oauth.store.disableClient(clientId, now, {
    events: [{ type: 'client.disabled', at: now, actor: { kind: registrar.kind, id: registrar.id }, ...registrar.origin, clientId }],
    revocations: [{ lifeline: `client:${clientId}`, at: now, until: now + oauth.authority.longestTokenMs }],
  })
  if (!disabled) refuse('not_found')
}

function checkClient(oauth: OAuth, id: string, request: ClientRequest, now: number): Client {
  const name = request.name.trim()
  if (name === '' || name.length > 100) return refuse('client_invalid', { detail: 'Give the client a name of 1 to 100 characters.' })
  const grantTypes = request.grantTypes ?? ['authorization_code', 'refresh_token']
  const authenticationMethod = request.authenticationMethod ?? 'client_secret_basic'
  const applicationType = request.applicationType ?? 'web'
  const redirectUris = request.redirectUris ?? []
  for (const uri of redirectUris) checkRedirectUri(uri, applicationType)
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0)
    return refuse('redirect_uri_invalid', { detail: 'A client with the grant type authorization_code needs at least one redirect URI.' })
  if (grantTypes.includes('client_credentials') && authenticationMethod === 'none')
    return refuse('client_invalid', { detail: 'client_credentials is for confidential clients: choose an authentication method (RFC 6749 §4.4).' })
  if (request.scopes?.includes(CONNECTED_KEY_SCOPE) && (authenticationMethod === 'none' || !grantTypes.includes('authorization_code')))
    return refuse('client_invalid', {
      detail: 'The scope api_key is for clients that keep a secret and use authorization_code: the key is long-lived, and a person says yes to it.',
    })
  const audiences = request.audiences ?? []
  const unknownApi = audiences.find((identifier) => !oauth.apis.has(identifier))
  if (unknownApi !== undefined) return refuse('target_invalid', { detail: `No API is registered as ${unknownApi}.` })
  return {
    id,
    name,
    profile: 'oauth21',
    applicationType,
    authenticationMethod,
    environment: request.environment ?? 'live',
    redirectUris,
    grantTypes,
    scopes: checkClientScopes(oauth, request.scopes ?? ['openid'], audiences),
    audiences,
    createdAt: now,
    ...(request.homepage === undefined ? {} : { homepage: checkHomepage(request.homepage) }),
    ...(request.accountId === undefined ? {} : { accountId: request.accountId }),
  }
}

function checkClientScopes(oauth: OAuth, asked: readonly string[], audiences: readonly string[]): readonly string[] {
  const scopes = parseScopes(asked.join(' '))
  const defined = new Set(audiences.flatMap((identifier) => oauth.apis.get(identifier)?.scopes.map((scope) => scope.name) ?? []))
  const unknown = scopes.filter((scope) => !isOpenidScope(scope) && !defined.has(scope))
  if (unknown.length > 0) return refuse('scope_invalid', { detail: `No API among the client's audiences defines ${unknown.slice(0, MAX_SCOPES).join(' ')}.` })
  return scopes
}

function checkHomepage(text: string): string {
  if (!URL.canParse(text) || !['https:', 'http:'].includes(new URL(text).protocol))
    return refuse('client_invalid', { detail: 'homepage must be an http(s) address.' })
  return text
}
