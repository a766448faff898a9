/** New tokens for a refresh token (RFC 6749 §6), and their end (RFC 7009). */
import * as oauth from 'oauth4webapi'
import { ClientFailure } from '../failure.ts'
import type { Profile, ProfileSecrets, Tokens } from '../profile.ts'
import { askedOf, tokenClientOf, tokensOf } from './client-of.ts'
import { withNonce } from './dpop.ts'
import { isOver, loginFailureOf } from './refused.ts'
import { throughGuard } from './server.ts'
import { takeClientTokens } from './tokens-for-client.ts'

/** @throws ClientFailure `sign_in_again` when only a person can help. */
export async function renewOAuth(profile: Profile, secrets: ProfileSecrets, now: number): Promise<Tokens> {
  try {
    const tokenClient = await tokenClientOf(profile, secrets)
    if (profile.type === 'client-credentials') return await takeClientTokens(profile, tokenClient, now)
    const before = secrets.tokens
    if (before?.refreshToken === undefined) throw signInAgain(profile.name, 'The access token is over, and there is no refresh token')
    const { refreshToken } = before
    const { server, client, proof, options } = tokenClient
    const { resource } = askedOf(profile) // no scope: as was granted
    const additionalParameters = new URLSearchParams(resource === undefined ? {} : { resource })
    const answer = await withNonce(async () =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, proof, refreshToken, { ...options, additionalParameters }),
      ),
    )
    return tokensOf(answer, profile, now, before)
  } catch (error) {
    throw isOver(error) ? signInAgain(profile.name, 'The login is over: it was ended, or its refresh token was used elsewhere') : loginFailureOf(error)
  }
}

function signInAgain(name: string, why: string): ClientFailure {
  return new ClientFailure('sign_in_again', `${why}.`, `Log in again: latchwork request login ${name} --replace …`)
}

/** Ends what the server gave. @returns whether the server was told; it may have no place for that. */
export async function revokeOAuth(profile: Profile, secrets: ProfileSecrets): Promise<boolean> {
  const { server, client, proof } = await tokenClientOf(profile, secrets)
  const token = secrets.tokens?.refreshToken ?? secrets.tokens?.accessToken
  if (token === undefined || server.revocation_endpoint === undefined) return false
  const hint = secrets.tokens?.refreshToken === undefined ? 'access_token' : 'refresh_token'
  const additionalParameters = new URLSearchParams({ token_type_hint: hint })
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, { ...throughGuard, additionalParameters }))
  return true
}
