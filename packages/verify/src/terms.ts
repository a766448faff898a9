/** The options of a verifier, checked and complete. */
import type { Circumstances } from '@latchwork/kernel'
import { readProxies } from './client-address.ts'
import type { AuthenticatorOptions } from './ports.ts'

export const MAX_LEEWAY_SECONDS = 60

export interface VerifierTerms {
  readonly issuer: string
  readonly development: boolean
  readonly leewayMs: number
  readonly revocationRequired: boolean
  readonly cacheSize: number
  /** Canonical. */
  readonly trustedProxies: readonly string[]
  readonly circumstances: (now: number, address: string | undefined) => Circumstances
}

/** @throws TypeError that names the option. An option that is left out never switches a check off. */
export function termsOf(options: AuthenticatorOptions): VerifierTerms {
  const { issuer, audience, environment, development = false, leewaySeconds = 5, revocation = 'best_effort', cacheSize = 10_000, trustedProxies = [] } = options
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('issuer: give the issuer of the tokens, such as "https://auth.example.com".')
  if (typeof audience !== 'string' || audience === '') throw new TypeError('audience: give the identifier of this API, as it is registered at the issuer.')
  if (!['live', 'test', 'both'].includes(environment)) throw new TypeError('environment: one of "live", "test", "both".')
  if (!(leewaySeconds >= 0 && leewaySeconds <= MAX_LEEWAY_SECONDS)) throw new TypeError(`leewaySeconds: from 0 to ${MAX_LEEWAY_SECONDS}.`)
  if (!['best_effort', 'required'].includes(revocation)) throw new TypeError('revocation: "best_effort" or "required".')
  if (!(Number.isSafeInteger(cacheSize) && cacheSize >= 1)) throw new TypeError('cacheSize: a whole number from 1.')
  return {
    issuer,
    development: development === true,
    leewayMs: leewaySeconds * 1000,
    revocationRequired: revocation === 'required',
    cacheSize,
    trustedProxies: readProxies(trustedProxies),
    circumstances:
      environment === 'both'
        ? (now, address) => ({ now, address, expectedAudience: audience })
        : (now, address) => ({ now, address, expectedEnvironment: environment, expectedAudience: audience }),
  }
}
