/** Which scopes there are, what they say to people, and which API each belongs to. */
import { refuse } from '@latchwork/kernel'
import type { OAuth } from './oauth.ts'
import type { Client } from './store.ts'

/** OpenID Connect's own scopes (Core §5.4, §11), in people's words. */
export const openidScopes = {
  openid: 'Know who you are at this site',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep access when you are signed out',
} as const

/** Asks for a key of the client's own (K17). Not in the metadata: there are clients that ask for all that is there. */
export const CONNECTED_KEY_SCOPE = 'api_key'

const scopesOfNoApi = {
  ...openidScopes,
  [CONNECTED_KEY_SCOPE]: 'Have an API key of its own, which works until you take it back, also when you are signed out',
} as const

/** Whether the word belongs to no API: OpenID Connect's, and that of connected accounts. */
export function isOpenidScope(scope: string): scope is keyof typeof scopesOfNoApi {
  return Object.hasOwn(scopesOfNoApi, scope)
}

/** Words about a grant, not about a token: how long it lasts, what comes beside its tokens. Whoever does not say them does not mean them. */
export const lastingScopes: ReadonlySet<string> = new Set(['offline_access', CONNECTED_KEY_SCOPE])

/** What a consent screen says of a scope. @param audience the APIs it is for: each may have its own sentence for the same word. */
export function describeScope(oauth: OAuth, scope: string, audience: readonly string[]): string {
  if (isOpenidScope(scope)) return scopesOfNoApi[scope]
  const scopes = audience.flatMap((identifier) => oauth.apis.get(identifier)?.scopes ?? [])
  const sentences = scopes.filter(({ name }) => name === scope).map(({ description }) => description)
  return sentences.length === 0 ? scope : [...new Set(sentences)].join('; ')
}

/** What a token is good for. */
export interface Reach {
  readonly scopes: readonly string[]
  readonly audience: readonly string[]
}

/**
 * The APIs a token will be for: those named by `resource` (RFC 8707 §2), else those of the client's that define a scope it asks for. The issuer is added for
 * `openid`, for UserInfo, and stands alone when there is no API.
 * @throws Refusal `target_invalid`, `scope_invalid`.
 */
export function chooseAudience(oauth: OAuth, client: Client, scopes: readonly string[], resources: readonly string[]): readonly string[] {
  const unknown = scopes.filter((scope) => !client.scopes.includes(scope))
  if (unknown.length > 0) return refuse('scope_invalid', { detail: `The client is not registered for the scope ${unknown.join(' ')}.` })
  const apis = resources.length > 0 ? [...new Set(resources.map((resource) => findTarget(oauth, client, resource)))] : apisOfScopes(oauth, client, scopes)
  const homeless = scopes.filter((scope) => !isOpenidScope(scope) && !apis.some((api) => definesScope(oauth, api, scope)))
  if (homeless.length > 0) return refuse('scope_invalid', { detail: `No API this request is for defines the scope ${homeless.join(' ')}.` })
  return apis.length === 0 || scopes.includes('openid') ? [...apis, oauth.issuer] : apis
}

/**
 * What of a grant its client may still have: what it is registered for can shrink while grants live.
 * @throws Refusal `target_invalid` when nothing is left to aim a token at: a token for no API would be one for any.
 */
export function reachOf(oauth: OAuth, client: Client, grant: Reach): Reach {
  const audience = grant.audience.filter((one) => one === oauth.issuer || (client.audiences.includes(one) && oauth.apis.has(one)))
  if (audience.length === 0) return refuse('target_invalid', { detail: 'The client may no longer use any API that this authorization was given for.' })
  return { scopes: grant.scopes.filter((scope) => client.scopes.includes(scope)), audience }
}

/** A narrower audience than the grant's, for one access token (RFC 8707 §2.2); UserInfo stays within reach. @throws Refusal `target_invalid`. */
export function narrowAudience(oauth: OAuth, granted: readonly string[], resources: readonly string[]): readonly string[] {
  if (resources.length === 0) return granted
  const targets = resources.map((resource) => granted.find((one) => sameResource(one, resource)))
  if (targets.some((target) => target === undefined)) return refuse('target_invalid', { detail: 'resource must be one the authorization was given for.' })
  const userInfo = granted.includes(oauth.issuer) ? [oauth.issuer] : []
  return [...new Set([...(targets as string[]), ...userInfo])]
}

/** Of the scopes, those that mean something where the token goes (RFC 9068 §2.2.3): one API must not read what was allowed at another. The grant keeps all. */
export function scopesAt(oauth: Pick<OAuth, 'apis' | 'issuer'>, audience: readonly string[], scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => (isOpenidScope(scope) ? audience.includes(oauth.issuer) : audience.some((api) => definesScope(oauth, api, scope))))
}

/** What the client is told of: the token's scopes, and the words about the grant, which hold wherever its tokens go. */
export function scopesTold(granted: readonly string[], carried: readonly string[]): readonly string[] {
  return granted.filter((scope) => carried.includes(scope) || lastingScopes.has(scope))
}

/** A narrower scope than the grant's (RFC 6749 §6). @throws Refusal `scope_invalid`. */
export function narrowScopes(granted: readonly string[], asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return granted
  if (!asked.every((scope) => granted.includes(scope))) return refuse('scope_invalid', { detail: 'scope must not exceed what was granted (RFC 6749 §6).' })
  return asked
}

function findTarget(oauth: OAuth, client: Client, resource: string): string {
  const target = client.audiences.find((identifier) => sameResource(identifier, resource))
  if (target === undefined || !oauth.apis.has(target)) return refuse('target_invalid')
  return target
}

function apisOfScopes(oauth: OAuth, client: Client, scopes: readonly string[]): readonly string[] {
  return client.audiences.filter((identifier) => scopes.some((scope) => definesScope(oauth, identifier, scope)))
}

export function definesScope(oauth: Pick<OAuth, 'apis'>, identifier: string, scope: string): boolean {
  return oauth.apis.get(identifier)?.scopes.some((one) => one.name === scope) ?? false
}

/** Equal to the letter, but for an empty path and `/`, which clients in the wild mix up (`https://host` and `https://host/`). */
function sameResource(one: string, other: string): boolean {
  return one === other || withoutBareSlash(one) === withoutBareSlash(other)
}

function withoutBareSlash(uri: string): string {
  return /^[a-z]+:\/\/[^/?#]+\/$/.test(uri) ? uri.slice(0, -1) : uri
}
