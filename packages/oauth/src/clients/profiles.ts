/** Security profiles of clients: one row each, not flags that combine (design, decision 11). A new profile is a new row. */
import type { Client, ClientAuthenticationMethod, ClientProfile } from '../store.ts'

export interface ProfileRules {
  readonly summary: string
  /** Off until the operator enables it. */
  readonly needsEnabling: boolean
  /** Not for clients that cannot keep a secret. */
  readonly isConfidentialOnly: boolean
  /** An authorization request without PKCE is refused. A challenge that is sent binds under every profile. */
  readonly isPkceRequired: boolean
  /** What may stand as `aud` of a client's assertion: `issuer` alone, or the token endpoint's address too (RFC 7523 §3). */
  readonly assertionAudiences: readonly ('issuer' | 'token_endpoint')[]
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
  /** Of client assertions. */
  readonly assertionAlgorithms: readonly string[]
  /** `always`: a refresh token is used once. */
  readonly refreshRotation: 'always'
  /** How long the predecessor of a refresh token gets the same successor again, where the client says nothing else (design, decision 3). */
  readonly retryWindowSeconds: number
}

const everyMethod = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'] as const
const confidentialMethods = everyMethod.filter((method) => method !== 'none')
const asymmetric = ['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA', 'ES384'] as const

export const profiles: Readonly<Record<ClientProfile, ProfileRules>> = {
  oauth21: {
    summary: 'OAuth 2.1: PKCE with S256 always, assertions are for the issuer alone.',
    needsEnabling: false,
    isConfidentialOnly: false,
    isPkceRequired: true,
    assertionAudiences: ['issuer'],
    authenticationMethods: everyMethod,
    assertionAlgorithms: asymmetric,
    refreshRotation: 'always',
    retryWindowSeconds: 0,
  },
  'oidc-compat': {
    summary: 'OpenID Connect as older libraries of confidential clients speak it: PKCE may be absent, the token endpoint may be the audience of an assertion.',
    needsEnabling: true,
    isConfidentialOnly: true,
    isPkceRequired: false,
    assertionAudiences: ['issuer', 'token_endpoint'],
    authenticationMethods: confidentialMethods,
    assertionAlgorithms: asymmetric,
    refreshRotation: 'always',
    retryWindowSeconds: 0,
  },
}

export const profileNames = Object.keys(profiles) as readonly ClientProfile[]

/** Every algorithm that some profile takes for assertions. */
export const assertionAlgorithms: readonly string[] = [...new Set(profileNames.flatMap((name) => profiles[name].assertionAlgorithms))]

/**
 * The rules a client lives by now. A profile that the operator has switched off again leaves its clients under the strict one, at once: what was allowed by an option ends with
 * the option.
 */
export function rulesOf({ profiles: enabled }: { readonly profiles: ReadonlySet<ClientProfile> }, client: Pick<Client, 'profile'>): ProfileRules {
  return enabled.has(client.profile) ? profiles[client.profile] : profiles.oauth21
}
