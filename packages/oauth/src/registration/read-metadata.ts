/** Client metadata as it comes over the wire (RFC 7591 §2): what is known is read and checked, what is not is ignored, what a client of its kind may not have is narrowed. */
import { refuse } from '@latchwork/kernel'
import type { ClientRequest } from '../clients/check-client.ts'
import { authenticationMethods, methodsTaken } from '../clients/methods.ts'
import { profiles } from '../clients/profiles.ts'
import { certificateNames, settingNames, settingRows } from '../clients/setting-rows.ts'
import type { OAuth } from '../oauth.ts'
import { openidScopes } from '../scopes.ts'
import type { Client, ClientAuthenticationMethod, ClientSettings, GrantType } from '../store.ts'
import { grantTypes } from '../token/token-endpoint.ts'
import type { ApprovedStatement } from './software-statement.ts'

export type Metadata = Readonly<Record<string, unknown>>

/**
 * @param statement what it says overrules what the client says of itself (RFC 7591 §2.3).
 * @param isKnown whether somebody whom the operator trusts knows of the client: only then may it have tokens that no person was asked for.
 * @throws Refusal `client_invalid`, `redirect_uri_invalid`.
 */
export function readMetadata(oauth: OAuth, said: Metadata, statement: ApprovedStatement | undefined, isKnown: boolean): ClientRequest {
  const metadata = { ...said, ...statement?.metadata }
  const method = readMethod(oauth, metadata)
  const redirectUris = textsOf(metadata, 'redirect_uris', 'redirect_uri_invalid') ?? []
  const applicationType = readApplicationType(metadata, redirectUris)
  checkHosts(oauth, redirectUris)
  const granted = readGrantTypes(metadata, method !== 'none' && isKnown)
  checkResponseTypes(metadata, granted)
  const { audiences } = oauth.registration
  const homepage = textOf(metadata, 'client_uri')
  return {
    name: readName(metadata, redirectUris),
    profile: profileFor(oauth, method),
    applicationType,
    authenticationMethod: method,
    redirectUris,
    grantTypes: granted,
    scopes: readScopes(oauth, metadata),
    audiences,
    settings: { ...readSettings(metadata), ...(statement === undefined ? {} : { softwareStatement: statement.text }), isDynamic: true },
    ...(homepage === undefined ? {} : { homepage }),
  }
}

/** What is sent as null counts as not sent (RFC 7592 §2.2), and so does an empty text: clients in the wild fill in what they have not, or what another server echoed. */
export function memberOf(metadata: Metadata, name: string): unknown {
  const value = Object.hasOwn(metadata, name) ? metadata[name] : undefined
  return value === null || value === '' ? undefined : value
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const value = memberOf(metadata, name)
  return value === undefined || typeof value === 'string' ? value : refuse('client_invalid', { detail: `${name} is a text.` })
}

function textsOf(metadata: Metadata, name: string, code: 'client_invalid' | 'redirect_uri_invalid' = 'client_invalid'): readonly string[] | undefined {
  const value = memberOf(metadata, name)
  if (value === undefined) return undefined
  const isTexts = Array.isArray(value) && value.length <= 50 && value.every((entry) => typeof entry === 'string')
  return isTexts ? (value as readonly string[]) : refuse(code, { detail: `${name} is a list of up to 50 texts.` })
}

function readMethod(oauth: OAuth, metadata: Metadata): ClientAuthenticationMethod {
  const asked = textOf(metadata, 'token_endpoint_auth_method') ?? 'client_secret_basic' // RFC 7591 §2
  const taken = methodsTaken(oauth)
  return (
    taken.find((method) => method === asked) ??
    refuse('client_invalid', {
      detail: `token_endpoint_auth_method is one of ${taken.join(', ')}${asked === 'client_secret_jwt' ? '; secrets are kept as digests' : ''}.`,
    })
  )
}

/** The policy's, as far as it is for clients of this kind and switched on. */
function profileFor({ registration, profiles: enabled }: OAuth, method: ClientAuthenticationMethod): Client['profile'] {
  const { profile } = registration
  const fits = enabled.has(profile) && profiles[profile].authenticationMethods.includes(method)
  return fits ? profile : 'oauth21'
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)(?=[:/?]|$)/

/** Who does not say (many of MCP) is native if one of its addresses is on the person's own machine: its port may then differ (RFC 8252 §7.3). Each address is judged by its own kind. */
function readApplicationType(metadata: Metadata, redirectUris: readonly string[]): Client['applicationType'] {
  const asked = textOf(metadata, 'application_type')
  if (asked === 'web' || asked === 'native') return asked
  if (asked !== undefined) return refuse('client_invalid', { detail: 'application_type is web or native.' })
  return redirectUris.some((uri) => LOOPBACK.test(uri) || !/^https?:/i.test(uri)) ? 'native' : 'web'
}

function checkHosts({ registration: { redirectHosts } }: OAuth, redirectUris: readonly string[]): void {
  if (redirectHosts.length === 0) return
  for (const text of redirectUris) {
    if (LOOPBACK.test(text) || !URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) continue // judged by the rules of redirect URIs
    const { hostname } = new URL(text)
    const fits = redirectHosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host))
    if (!fits) refuse('redirect_uri_invalid', { detail: `Redirect URIs may not lead to ${hostname} here.` })
  }
}

/** Grants that we do not have, or that this client may not use, are left out (RFC 7591 §3.2.1 lets us); one must remain. */
function readGrantTypes(metadata: Metadata, mayActForItself: boolean): readonly GrantType[] {
  const asked = textsOf(metadata, 'grant_types') ?? ['authorization_code']
  const granted = grantTypes.filter((type) => asked.includes(type) && (type !== 'client_credentials' || mayActForItself))
  const hasBeginning = granted.some((type) => type !== 'refresh_token')
  if (hasBeginning) return granted
  const mend = asked.includes('client_credentials')
    ? ' client_credentials is for clients with a secret or keys that register with an initial access token.'
    : ''
  return refuse('client_invalid', { detail: `grant_types names none that this client can use; there are ${grantTypes.join(', ')}.${mend}` })
}

/** OAuth 2.1 has one response type. Others are left out where `code` is among them. */
function checkResponseTypes(metadata: Metadata, granted: readonly GrantType[]): void {
  const asked = textsOf(metadata, 'response_types')
  if (asked !== undefined && granted.includes('authorization_code') && !asked.includes('code'))
    refuse('client_invalid', { detail: 'response_types must hold code; there is no other.' })
}

function readName(metadata: Metadata, redirectUris: readonly string[]): string {
  const name = textOf(metadata, 'client_name')?.trim()
  if (name !== undefined && name !== '') return name
  const [first] = redirectUris
  const host = first !== undefined && URL.canParse(first) ? new URL(first).host : ''
  return host === '' ? 'Application without a name' : host.slice(0, 100)
}

/** What policy allows of what was asked; everything it allows where nothing was asked, or nothing that it allows (RFC 7591 §2, §3.2.1). */
function readScopes({ registration, apis }: OAuth, metadata: Metadata): readonly string[] {
  const defined = new Set(registration.audiences.flatMap((identifier) => apis.get(identifier)?.scopes.map(({ name }) => name) ?? []))
  const allowed = registration.scopes.filter((scope) => defined.has(scope) || Object.hasOwn(openidScopes, scope))
  const asked = textOf(metadata, 'scope')
    ?.split(' ')
    .filter((word) => word !== '')
  const narrowed = allowed.filter((scope) => asked?.includes(scope) === true)
  return narrowed.length === 0 ? allowed : narrowed
}

/** By the table; what only an operator sets has no name here and so cannot be sent (7.1). */
function readSettings(metadata: Metadata): ClientSettings {
  const settings: Record<string, unknown> = {}
  for (const name of settingNames) {
    const { wire, shape } = settingRows[name]
    if (wire === undefined) continue
    const values = wire.map((member) => memberOf(metadata, member))
    if (values.every((value) => value === undefined)) continue
    if (shape.kind === 'certificate') settings[name] = certificateOf(values)
    else if (shape.kind === 'encryption')
      settings[name] = { alg: values[0], enc: values[1] ?? 'A128CBC-HS256' } // OpenID Connect Registration §2
    else settings[name] = values[0]
  }
  return settings as ClientSettings
}

function certificateOf(values: readonly unknown[]): unknown {
  const given = certificateNames.filter((_, index) => values[index] !== undefined)
  const [by] = given
  if (given.length !== 1 || by === undefined)
    return refuse('client_invalid', { detail: 'Give exactly one of tls_client_auth_subject_dn and its like (RFC 8705 §2.1.2).' })
  return { by, value: values[certificateNames.indexOf(by)] }
}

/** Whether this client has a secret to be told of. */
export function hasSecret({ authenticationMethod }: Client): boolean {
  return authenticationMethods[authenticationMethod].hasSecret
}
