/** A profile: a credential under a name, and the origins it may be sent to. What can be shown stands apart from what cannot. */
import { ClientFailure } from './failure.ts'

export const profileTypes = {
  'api-key': 'a key that is sent as it is',
  session: 'a person, signed in to a Latchwork server by password',
  code: 'a person, by OAuth in the browser',
  device: 'a person, by OAuth on another screen',
  'client-credentials': 'a client for itself, by OAuth',
} as const

export type ProfileType = keyof typeof profileTypes
export type ClientAuthenticationMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'

/** What anybody may see. It is authenticated together with the secrets, so that an origin that was added to the file opens nothing. */
export interface Profile {
  readonly name: string
  readonly type: ProfileType
  readonly origins: readonly string[]
  readonly createdAt: number
  /** The header of an API key, if it is not `Authorization: Bearer`. */
  readonly headerName?: string
  /** The issuer, or the Latchwork server of a session. */
  readonly server?: string
  readonly client?: { readonly id: string; readonly authentication: ClientAuthenticationMethod }
  readonly scope?: string
  readonly resource?: string
  readonly dpop?: true
}

export interface Tokens {
  readonly accessToken: string
  /** Epoch milliseconds; absent if the server does not tell. */
  readonly expiresAt?: number
  readonly refreshToken?: string
}

export interface ProfileSecrets {
  readonly apiKey?: string
  readonly clientSecret?: string
  /** The private key of `private_key_jwt`, as a JWK. */
  readonly clientKey?: Readonly<Record<string, unknown>>
  /** The private key that tokens are bound to (RFC 9449), as a JWK. */
  readonly dpopKey?: Readonly<Record<string, unknown>>
  readonly tokens?: Tokens
  /** Cookies of a session, by name. */
  readonly cookies?: Readonly<Record<string, string>>
}

export interface KeptProfile {
  readonly profile: Profile
  readonly secrets: ProfileSecrets
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** @throws ClientFailure `profile_name`. */
export function checkProfileName(name: string): string {
  if (NAME.test(name)) return name
  throw new ClientFailure('profile_name', 'That is no name for a profile.', 'Use small letters, digits, - and _, up to 64: staging, acme-prod.')
}
