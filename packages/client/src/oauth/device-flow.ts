/** A person says yes on another screen (RFC 8628). */
import * as oauth from 'oauth4webapi'
import { ClientFailure } from '../failure.ts'
import type { LoginTalk } from '../login-talk.ts'
import type { Profile, Tokens } from '../profile.ts'
import { askedOf, type TokenClient, tokensOf } from './client-of.ts'
import { withNonce } from './dpop.ts'
import { throughGuard } from './server.ts'

const USUAL_INTERVAL_SECONDS = 5
const SLOWER_SECONDS = 5 // RFC 8628 §3.5

export async function loginByDevice(profile: Profile, tokenClient: TokenClient, talk: LoginTalk): Promise<Tokens> {
  const { server, client, proof } = tokenClient
  const started = await oauth.deviceAuthorizationRequest(server, client, proof, { ...askedOf(profile) }, throughGuard)
  const device = await oauth.processDeviceAuthorizationResponse(server, client, started)
  talk.say(`Go to ${device.verification_uri}\nand enter ${device.user_code}`)
  if (device.verification_uri_complete !== undefined) talk.say(`Or open ${device.verification_uri_complete} and compare the code.`)
  talk.say('Waiting for the answer; Ctrl-C ends.')
  return poll(profile, tokenClient, talk, device)
}

async function poll(profile: Profile, tokenClient: TokenClient, talk: LoginTalk, device: oauth.DeviceAuthorizationResponse): Promise<Tokens> {
  const end = talk.now() + device.expires_in * 1000
  let interval = device.interval ?? USUAL_INTERVAL_SECONDS
  while (talk.now() < end) {
    await talk.wait(interval * 1000)
    const answer = await ask(tokenClient, device.device_code)
    if (typeof answer !== 'string') {
      await checkIdToken(tokenClient, answer)
      return tokensOf(answer.tokens, profile, talk.now())
    }
    if (answer === 'slow_down') interval += SLOWER_SECONDS
    if (answer === 'no_answer') interval *= 2 // RFC 8628 §3.5: back off when the server cannot be reached
  }
  throw new ClientFailure('login_refused', 'The code ran out before anybody entered it.', 'Start the login again and enter the new code sooner.')
}

interface Answer {
  readonly tokens: oauth.TokenEndpointResponse
  readonly response: Response
}

/** Tokens, or why to ask again. */
async function ask({ server, client, proof, options }: TokenClient, deviceCode: string): Promise<Answer | 'authorization_pending' | 'slow_down' | 'no_answer'> {
  try {
    return await withNonce(async () => {
      const response = await oauth.deviceCodeGrantRequest(server, client, proof, deviceCode, options)
      return { tokens: await oauth.processDeviceCodeResponse(server, client, response), response }
    })
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError && (error.error === 'authorization_pending' || error.error === 'slow_down')) return error.error
    if (isAway(error)) return 'no_answer'
    throw error
  }
}

/** No answer, or one that says no more than that the server fails. */
function isAway(error: unknown): boolean {
  if (error instanceof ClientFailure) return error.code === 'no_answer'
  const { cause } = error as { readonly cause?: unknown }
  return cause instanceof Response && cause.status >= 500
}

async function checkIdToken({ server }: TokenClient, { tokens, response }: Answer): Promise<void> {
  if (tokens.id_token !== undefined) await oauth.validateApplicationLevelSignature(server, response, throughGuard)
}
