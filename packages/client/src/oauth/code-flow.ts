/** A person says yes in the browser: authorization code with PKCE, back over a loopback address (RFC 6749 §4.1, RFC 7636, RFC 8252). */
import * as oauth from 'oauth4webapi'
import { checkAddress } from '../address.ts'
import { ClientFailure } from '../failure.ts'
import type { LoginTalk } from '../login-talk.ts'
import type { Profile, Tokens } from '../profile.ts'
import { askedOf, type TokenClient, tokensOf } from './client-of.ts'
import { withNonce } from './dpop.ts'
import { openLoopback } from './loopback.ts'
import { throughGuard } from './server.ts'

export async function loginByCode(profile: Profile, tokenClient: TokenClient, talk: LoginTalk, redirectPath: string): Promise<Tokens> {
  const { server } = tokenClient
  if (server.authorization_endpoint === undefined) throw new ClientFailure('server_answer', 'The server has no authorization endpoint.', 'Use another --type.')
  checkAddress(server.authorization_endpoint)
  const loopback = await openLoopback(redirectPath)
  try {
    const asked = await askFor(profile, server.authorization_endpoint, loopback.redirectUri)
    talk.say(`Opening the browser. If it does not open, go to\n  ${asked.url}\nWaiting for the answer; Ctrl-C ends.`)
    talk.openBrowser(asked.url)
    const back = await loopback.answer(asked.state)
    return await redeem(profile, tokenClient, asked, back, loopback.redirectUri, talk.now())
  } finally {
    loopback.close()
  }
}

interface Asked {
  readonly url: string
  readonly state: string
  readonly verifier: string
  readonly nonce: string | undefined
}

async function askFor(profile: Profile, endpoint: string, redirectUri: string): Promise<Asked> {
  const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()]
  const nonce = profile.scope?.split(' ').includes('openid') ? oauth.generateRandomNonce() : undefined
  const url = new URL(endpoint)
  const parameters = {
    client_id: profile.client?.id ?? '',
    response_type: 'code',
    redirect_uri: redirectUri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(nonce === undefined ? {} : { nonce }),
    // OpenID Connect Core §11: without this many servers give no refresh token.
    ...(profile.scope?.split(' ').includes('offline_access') ? { prompt: 'consent' } : {}),
    ...askedOf(profile),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url: url.href, state, verifier, nonce }
}

/** In order: state and `iss` of the answer (RFC 9207), the code's exchange, the ID token's claims and nonce, its signature. */
async function redeem(
  profile: Profile,
  { server, client, proof, options }: TokenClient,
  asked: Asked,
  back: URL,
  redirectUri: string,
  now: number,
): Promise<Tokens> {
  const answer = oauth.validateAuthResponse(server, client, back, asked.state)
  const exchange = async () => {
    const response = await oauth.authorizationCodeGrantRequest(server, client, proof, answer, redirectUri, asked.verifier, options)
    const checks = asked.nonce === undefined ? {} : { expectedNonce: asked.nonce, requireIdToken: true }
    return { tokens: await oauth.processAuthorizationCodeResponse(server, client, response, checks), response }
  }
  const { tokens, response } = await withNonce(exchange)
  if (tokens.id_token !== undefined) await oauth.validateApplicationLevelSignature(server, response, throughGuard)
  return tokensOf(tokens, profile, now)
}
