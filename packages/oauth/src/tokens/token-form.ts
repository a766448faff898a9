/** What the access token for given APIs is: opaque or a JWT, signed how, and for how long. A row of the API decides, never the client. */
import type { SigningAlgorithm } from '@latchwork/signing'
import type { OAuth } from '../oauth.ts'

export type TokenForm =
  | { readonly format: 'opaque'; readonly lifetimeMs: number }
  | { readonly format: 'jwt'; readonly algorithm: SigningAlgorithm; readonly lifetimeMs: number }

/** A JWT that was stolen is good until it ends or a verifier hears of its end: ten minutes unless the API says otherwise. */
export const JWT_LIFETIME_SECONDS = 600

/**
 * A JWT if every API it is for wants one, whether or not UserInfo is named beside them; else opaque, which every API can have looked up. It lives as long as the shortest-lived of its
 * APIs allows. Where APIs differ in algorithm, ES256 is the one that all verifiers take.
 */
export function tokenFormOf({ apis, accessTokenLifetimeMs }: Pick<OAuth, 'apis' | 'accessTokenLifetimeMs'>, audience: readonly string[]): TokenForm {
  const targets = audience.flatMap((identifier) => apis.get(identifier) ?? [])
  const isJwt = targets.length > 0 && targets.every((api) => api.tokenFormat === 'jwt')
  const usualMs = isJwt ? Math.min(JWT_LIFETIME_SECONDS * 1000, accessTokenLifetimeMs) : accessTokenLifetimeMs
  const lifetimeMs = Math.min(...targets.map((api) => lifetimeOf(api.accessTokenLifetimeSeconds, usualMs)), targets.length === 0 ? usualMs : Number.POSITIVE_INFINITY)
  if (!isJwt) return { format: 'opaque', lifetimeMs }
  const [algorithm = 'ES256', ...others] = new Set(targets.map((api) => api.tokenSigningAlg ?? 'ES256'))
  return { format: 'jwt', algorithm: others.length === 0 ? algorithm : 'ES256', lifetimeMs }
}

function lifetimeOf(seconds: number | undefined, usualMs: number): number {
  return seconds === undefined ? usualMs : seconds * 1000
}
