/** Which scopes there are, what they say to people, and which API each belongs to. */
import type { ClientRights, Grant } from '@latchwork/authority'
import { ACTS_FOR_ITSELF, holdsCredential, parseScopes, refuse } from '@latchwork/kernel'
import type { OAuth } from './oauth.ts'
import type { Parameters } from './parameters.ts'
import type { Client } from './store.ts'

/** OpenID Connect's own scopes (Core §5.4, §11), in people's words. */
export const openidScopes = {
  openid: 'Know who you are at this site',
  profile:
    'See your name and your profile, as far as it is filled in here: other names, picture, web pages, gender, date of birth, language, time zone, and when it last changed',
  email: 'See your e-mail address',
  address: 'See your postal address',
  phone: 'See your phone number',
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

/** What a request says of scope and target; `scopes` is `undefined` where it says nothing of them. */
export interface Wish {
  readonly scopes: readonly string[] | undefined
  readonly resources: readonly string[]
}

/** @throws Refusal `parameter_repeated`, `scope_invalid` for a text that is no scope. */
export function readWish(parameters: Parameters): Wish {
  return { scopes: readScopes(parameters), resources: parameters.all('resource') }
}

/**
 * The words of `scope`; `undefined` where there is none. RFC 6749 §3.3 has one space between two: clients in the wild send more (an empty list of theirs with ` offline_access`
 * behind it), and no word changes by that.
 * @throws Refusal `parameter_repeated`, `scope_invalid`.
 */
export function readScopes(parameters: Parameters): readonly string[] | undefined {
  const words =
    parameters
      .one('scope')
      ?.split(' ')
      .filter((word) => word !== '') ?? []
  // What is asked for is kept beside what is given, and shown (K3).
  if (words.some(holdsCredential))
    return refuse('scope_invalid', { detail: 'scope holds a credential, and others may have read it by now. Replace it, and ask for scopes.' })
  return words.length === 0 ? undefined : parseScopes(words.join(' '))
}

/**
 * What a request is for. The APIs: those named by `resource` (RFC 8707 §2), else those of the client's that define a scope it asks for. The issuer is added for `openid`,
 * for UserInfo, and stands alone when there is no API. The scopes: what of those asked for the client is registered for, and one of these APIs defines; the rest is left out
 * (RFC 6749 §3.3, OpenID Connect Core §3.1.2.1), and the token response says so. Who asks for none means all but the lasting ones.
 * @throws Refusal `target_invalid`; `scope_invalid` when scopes were asked for and none is left.
 */
export function chooseReach(oauth: OAuth, client: Client, { scopes: asked, resources }: Wish): Reach {
  const named = [...new Set(resources.map((resource) => findTarget(oauth, client, resource)))]
  const candidates = named.length > 0 ? named : client.audiences
  const wanted = asked ?? client.scopes.filter((scope) => !lastingScopes.has(scope))
  const isKnown = (scope: string): boolean => isOpenidScope(scope) || candidates.some((api) => definesScope(oauth, api, scope))
  const scopes = wanted.filter((scope) => client.scopes.includes(scope) && isKnown(scope))
  if (asked !== undefined && scopes.length === 0)
    return refuse('scope_invalid', {
      detail: 'Of the scopes asked for there is none that the client is registered for and an API this request is for defines.',
    })
  const apis = named.length > 0 ? named : candidates.filter((api) => scopes.some((scope) => definesScope(oauth, api, scope)))
  return { scopes, audience: apis.length === 0 || scopes.includes('openid') ? [...new Set([...apis, oauth.issuer])] : apis }
}

/** For a program, which must not get less than it believes. @throws Refusal `scope_invalid` for a scope that the client is not registered for, or that none of its APIs defines. */
export function checkRegisteredScopes(oauth: OAuth, client: Client, scopes: readonly string[]): void {
  const unknown = scopes.filter((scope) => !client.scopes.includes(scope))
  if (unknown.length > 0) refuse('scope_invalid', { detail: `The client is not registered for the scope ${unknown.join(' ')}.` })
  const homeless = scopes.filter((scope) => !client.audiences.some((api) => definesScope(oauth, api, scope)))
  if (homeless.length > 0) refuse('scope_invalid', { detail: `No API of the client defines the scope ${homeless.join(' ')}.` })
}

/**
 * What of a grant its client may still have: what it is registered for can shrink while grants live.
 * @throws Refusal `target_invalid` when nothing is left to aim a token at: a token for no API would be one for any.
 */
export function reachOf(oauth: OAuth, client: Client, grant: Reach): Reach {
  const reach = reachWithin(oauth, client, grant)
  if (reach.audience.length === 0) return refuse('target_invalid', { detail: 'The client may no longer use any API that this authorization was given for.' })
  return reach
}

/** Of the reach, what the client has a right to, and the configuration knows. The audience may come to none. */
function reachWithin({ issuer, apis }: Pick<OAuth, 'apis' | 'issuer'>, rights: Pick<ClientRights, 'scopes' | 'audiences'>, { scopes, audience }: Reach): Reach {
  return {
    scopes: scopes.filter((scope) => rights.scopes.includes(scope)),
    audience: audience.filter((one) => one === issuer || (rights.audiences.includes(one) && apis.has(one))),
  }
}

/**
 * What is left of an access token: what its client still has a right to, where it still goes. Of a client that acts for itself it asks that, too. What comes of a token is as good as one
 * issued now.
 * @returns the same reach where nothing was taken; `undefined` where no API is left, or the client no longer acts for itself.
 */
export function reachLeft(
  oauth: Pick<OAuth, 'apis' | 'issuer'>,
  rights: ClientRights,
  token: Reach & { readonly grantId?: string | undefined },
): Reach | undefined {
  if (token.grantId === undefined && !rights.grantTypes.includes(ACTS_FOR_ITSELF)) return undefined
  const within = reachWithin(oauth, rights, token)
  if (within.audience.length === 0) return undefined
  const scopes = scopesAt(oauth, within.audience, within.scopes)
  return scopes.length === token.scopes.length && within.audience.length === token.audience.length ? token : { scopes, audience: within.audience }
}

/** A narrower audience than the grant's, for one access token (RFC 8707 §2.2); UserInfo stays within reach. @throws Refusal `target_invalid`. */
export function narrowAudience(oauth: OAuth, granted: readonly string[], resources: readonly string[]): readonly string[] {
  if (resources.length === 0) return granted
  const targets = resources.map((resource) => granted.find((one) => sameResource(one, resource) || (one === oauth.issuer && isUserInfo(oauth, resource))))
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

/**
 * A narrower scope than the grant's (RFC 6749 §6). Libraries repeat in each refresh what they sent to /authorize: of that, what was not given then, or is taken from the client
 * now, is left out here as it was there (§3.3).
 * @param left of the grant's scopes, those its client may still have.
 * @throws Refusal `scope_invalid` for what was not asked for then, and when nothing is left.
 */
export function narrowScopes(
  { scopes: granted, details }: Pick<Grant, 'scopes' | 'details'>,
  left: readonly string[],
  asked: readonly string[],
): readonly string[] {
  if (asked.length === 0) return left
  const isRepeated = (scope: string): boolean => granted.includes(scope) || (details?.withheld?.includes(scope) ?? false)
  const narrowed = asked.filter((scope) => left.includes(scope))
  if (narrowed.length === 0 || !asked.every(isRepeated)) return refuse('scope_invalid', { detail: 'scope must not exceed what was granted (RFC 6749 §6).' })
  return narrowed
}

function findTarget(oauth: OAuth, client: Client, resource: string): string {
  if (isUserInfo(oauth, resource) && client.scopes.includes('openid')) return oauth.issuer
  const target = client.audiences.find((identifier) => sameResource(identifier, resource))
  if (target === undefined || !oauth.apis.has(target)) return refuse('target_invalid')
  return target
}

/** The name that its metadata gives it (RFC 9728 §2); the audience of its tokens is the issuer. */
function isUserInfo({ issuer }: Pick<OAuth, 'issuer'>, resource: string): boolean {
  return resource === `${issuer}/userinfo`
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
