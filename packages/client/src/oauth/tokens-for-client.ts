/** A client for itself (RFC 6749 §4.4). There is nothing to refresh: who can prove itself asks again. */
import * as oauth from 'oauth4webapi'
import type { Profile, Tokens } from '../profile.ts'
import { askedOf, type TokenClient, tokensOf } from './client-of.ts'
import { withNonce } from './dpop.ts'

export async function takeClientTokens(profile: Profile, { server, client, proof, options }: TokenClient, now: number): Promise<Tokens> {
  const answer = await withNonce(async () =>
    oauth.processClientCredentialsResponse(server, client, await oauth.clientCredentialsGrantRequest(server, client, proof, { ...askedOf(profile) }, options)),
  )
  return tokensOf(answer, profile, now)
}
