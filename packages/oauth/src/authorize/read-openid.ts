/** The parameters of an authorization request that OpenID Connect adds (Core §3.1.2.1): whom it expects, how strongly they must have proven themselves, which claims it wants. */
import { refuse } from '@latchwork/kernel'
import { isPersonClaim, type PersonClaim, scopeOfClaim } from '../claims/person-claims.ts'
import { type ClaimsRequest, type ClaimWishes, readClaims } from '../claims/read-claims.ts'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import type { Client } from '../store.ts'
import { reachableAcrs } from '../tokens/acr.ts'

export interface OpenidWishes {
  /** The person must have proven themselves within so many seconds. */
  readonly maxAgeSeconds?: number
  /** The one person it is about, by the subject the client knows: nobody else will do. */
  readonly expectedSubject?: string
  /** Context classes, the preferred first: good to have. */
  readonly preferredAcrs: readonly string[]
  /** One of these must be reached (§5.5.1.1). */
  readonly requiredAcrs?: readonly string[]
  /** Claims asked for one by one, as far as this server knows them and the client may have them. */
  readonly claims: { readonly idToken: readonly PersonClaim[]; readonly userInfo: readonly PersonClaim[] }
  /** The scopes that stand for these claims before the person: to be allowed like any other. */
  readonly claimScopes: readonly string[]
}

const NOBODY: Pick<OpenidWishes, 'preferredAcrs' | 'claims' | 'claimScopes'> = { preferredAcrs: [], claims: { idToken: [], userInfo: [] }, claimScopes: [] }

/** @throws Refusal `request_malformed`, `authentication_unmet`. */
export function readOpenid(oauth: OAuth, client: Client, scopes: readonly string[], parameters: Parameters): OpenidWishes {
  for (const name of ['display', 'ui_locales', 'claims_locales']) parameters.one(name) // §3.1.2.1: wishes that never break a request; ours is one display and one language
  const age = { ...maxAgeOf(client, parameters) }
  const hinted = readHint(oauth, client, parameters.one('id_token_hint'))
  const request = readClaims(parameters.one('claims'))
  const preferred = wordsOf(parameters.one('acr_values')) ?? client.settings.defaultAcrValues ?? [] // Registration §2: default_acr_values
  if (!scopes.includes('openid')) return { ...NOBODY, ...age } // what is asked of an ID token or UserInfo asks nothing where there is neither
  const expectedSubject = agreeOnSubject(hinted, ...subjectsWanted(request))
  const required = readRequiredAcrs(oauth, request)
  const claims = { idToken: allowed(client, request.idToken), userInfo: allowed(client, request.userInfo) }
  return {
    ...age,
    claims,
    claimScopes: [...new Set([...claims.idToken, ...claims.userInfo].map(scopeOfClaim))],
    preferredAcrs: [...(required ?? []), ...preferredByClaim(request), ...preferred],
    ...(required === undefined ? {} : { requiredAcrs: required }),
    ...(expectedSubject === undefined ? {} : { expectedSubject }),
  }
}

/** 31 years: longer is as good as without bound. */
const MAX_AGE_SECONDS = 999_999_999

function maxAgeOf({ settings }: Client, parameters: Parameters): { readonly maxAgeSeconds?: number } {
  const text = parameters.one('max_age')
  if (text !== undefined && !/^\d+$/.test(text)) return refuse('request_malformed', { detail: 'max_age is a number of seconds.' })
  const maxAgeSeconds = text === undefined ? settings.defaultMaxAgeSeconds : Math.min(Number(text), MAX_AGE_SECONDS) // Registration §2: default_max_age
  return maxAgeSeconds === undefined ? {} : { maxAgeSeconds }
}

/** §3.1.2.1: an ID token of ours for this client, however old. It says whom the client expects, and proves nothing about who is there. */
function readHint(oauth: OAuth, client: Client, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const { type, claims } = oauth.readOwnToken(text) ?? refuse('request_malformed', { detail: 'id_token_hint is not an ID token that this server signed.' })
  const audience: readonly unknown[] = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']]
  // Only an ID token has `exp` under this `typ`: signed UserInfo has none.
  if (type !== 'JWT' || typeof claims['exp'] !== 'number' || !audience.includes(client.id))
    return refuse('request_malformed', { detail: 'id_token_hint is not an ID token that was issued to this client.' })
  return typeof claims['sub'] === 'string' ? claims['sub'] : refuse('request_malformed', { detail: 'id_token_hint names nobody.' })
}

/** §5.5.1: `sub` asked for with a value. */
function subjectsWanted({ idToken, userInfo }: ClaimsRequest): readonly unknown[] {
  return [idToken, userInfo].flatMap((wishes) => wishes.get('sub')?.values?.slice(0, 1) ?? [])
}

function agreeOnSubject(...wanted: readonly unknown[]): string | undefined {
  const [subject, ...others] = new Set(wanted.filter((one) => one !== undefined))
  if (subject === undefined) return undefined
  if (typeof subject !== 'string' || others.length > 0)
    return refuse('request_malformed', { detail: 'id_token_hint and claims do not name one and the same sub.' })
  return subject
}

/** @throws Refusal `authentication_unmet` where no way in of this server leads to what is essential: a sign-in would be in vain (§5.5.1.1). */
function readRequiredAcrs(oauth: OAuth, { idToken }: ClaimsRequest): readonly string[] | undefined {
  const wish = idToken.get('acr')
  if (wish?.essential !== true || wish.values === undefined) return undefined
  const reachable = reachableAcrs(oauth.waysIn)
  const values = wish.values.filter((value) => typeof value === 'string' && reachable.includes(value)) as readonly string[]
  return values.length === 0 ? refuse('authentication_unmet') : values
}

function preferredByClaim({ idToken }: ClaimsRequest): readonly string[] {
  return (idToken.get('acr')?.values ?? []).filter((value) => typeof value === 'string')
}

/** A claim stands under a scope, and the client must be registered for that: `claims` is no way around what an operator allowed. */
function allowed(client: Client, wishes: ClaimWishes): readonly PersonClaim[] {
  return [...wishes.keys()].filter(isPersonClaim).filter((claim) => client.scopes.includes(scopeOfClaim(claim)))
}

function wordsOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(' ').filter((word) => word !== '')
}
