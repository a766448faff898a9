/** What every call to a token endpoint takes: the server, the client, its proof, and its DPoP handle where tokens are bound. */
import * as oauth from 'oauth4webapi'
import { ClientFailure } from '../failure.ts'
import type { Profile, ProfileSecrets, Tokens } from '../profile.ts'
import { proofOf } from './client-authentication.ts'
import { dpopHandle } from './dpop.ts'
import { discover, throughGuard } from './server.ts'

export interface TokenClient {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly proof: oauth.ClientAuth
  /** To be spread into every call of the token endpoint. */
  readonly options: typeof throughGuard & oauth.DPoPRequestOptions
}

/** @throws ClientFailure `server_answer` if tokens are to be bound and the server does not bind any (RFC 9449 §5.1). */
export async function tokenClientOf(profile: Profile, secrets: ProfileSecrets): Promise<TokenClient> {
  if (profile.server === undefined || profile.client === undefined)
    throw new ClientFailure('profile_damaged', 'The profile names no server and client.', 'Log in again.')
  const server = await discover(profile.server)
  const client: oauth.Client = { client_id: profile.client.id, [oauth.clockTolerance]: 30 }
  if (profile.dpop && server.dpop_signing_alg_values_supported?.includes('ES256') !== true)
    throw new ClientFailure('server_answer', 'The server does not bind tokens to a key (DPoP with ES256).', 'Log in without --dpop, if a bearer token will do.')
  const DPoP = secrets.dpopKey === undefined ? {} : { DPoP: await dpopHandle(client, secrets.dpopKey) }
  return { server, client, proof: await proofOf(profile.client.authentication, secrets), options: { ...throughGuard, ...DPoP } }
}

/** @param before what a refresh replaces: a server that sends no new refresh token means the old one (RFC 6749 §6). */
export function tokensOf(answer: oauth.TokenEndpointResponse, profile: Profile, now: number, before?: Tokens): Tokens {
  // oauth4webapi takes bearer answers to DPoP requests; whoever asked for bound tokens is not given others (RFC 9449 §5).
  if (profile.dpop && answer.token_type !== 'dpop')
    throw new ClientFailure(
      'server_answer',
      'The server gave a token that is not bound, though one was asked for.',
      'Log in without --dpop, if a bearer token will do.',
    )
  const refreshToken = answer.refresh_token ?? before?.refreshToken
  return {
    accessToken: answer.access_token,
    ...(answer.expires_in === undefined ? {} : { expiresAt: now + answer.expires_in * 1000 }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }
}

/** Parameters that say what is asked for (RFC 6749 §3.3, RFC 8707 §2). */
export function askedOf({ scope, resource }: Profile): Readonly<Record<string, string>> {
  return { ...(scope === undefined ? {} : { scope }), ...(resource === undefined ? {} : { resource }) }
}
