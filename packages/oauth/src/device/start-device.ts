/** The device authorization request (RFC 8628 §3.1): a device without a browser asks for a code that a person enters elsewhere. */
import { digestOf, mintToken, type Origin, refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { OAuth } from '../oauth.ts'
import type { Parameters } from '../parameters.ts'
import { chooseReach, readWish } from '../scopes.ts'
import type { NewDevice } from './store.ts'
import { mintUserCode, showUserCode } from './user-code.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** Time to find the other device, type the code and sign in; no more, because a code that lies about can be guessed (§5.1). */
const LIFETIME_MS = 10 * 60_000
const INTERVAL_MS = 5000
/** A user code that is in use already is drawn again; five times in a row means that something is wrong. */
const DRAWS = 5

/** On the wire (§3.2). */
export interface DeviceResponse {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

/** @throws Refusal `client_unauthorized`, `scope_invalid`, `target_invalid`, `client_authentication_failed` when the client was disabled meanwhile. */
export async function startDevice(
  oauth: OAuth,
  client: AuthenticatedClient,
  { parameters, origin, now }: { readonly parameters: Parameters; readonly origin: Origin; readonly now: number },
): Promise<DeviceResponse> {
  if (!client.grantTypes.includes(DEVICE_GRANT)) return refuse('client_unauthorized', { about: { clientId: client.id } })
  const wish = readWish(parameters)
  const { scopes, audience } = chooseReach(oauth, client, wish)
  const secret = mintToken('device_code')
  const device = {
    digest: digestOf(secret.reveal()),
    clientId: client.id,
    scopes,
    leftOut: (wish.scopes ?? []).filter((scope) => !scopes.includes(scope)),
    audience,
    issuedAt: now,
    expiresAt: now + LIFETIME_MS,
    intervalMs: INTERVAL_MS,
    ...(origin.address === undefined ? {} : { address: origin.address }),
  }
  const userCode = showUserCode(await writeDevice(oauth, device, origin))
  const verificationUri = `${oauth.issuer}/device`
  return {
    device_code: secret.reveal(),
    user_code: userCode,
    verification_uri: verificationUri,
    verification_uri_complete: `${verificationUri}?user_code=${userCode}`,
    expires_in: LIFETIME_MS / 1000,
    interval: INTERVAL_MS / 1000,
  }
}

async function writeDevice(oauth: OAuth, device: Omit<NewDevice, 'userCode'>, origin: Origin): Promise<string> {
  const { clientId, issuedAt: at, scopes } = device
  const event = { type: 'device.requested', at, actor: { kind: 'client', id: clientId }, ...origin, clientId, data: { scopes: scopes.join(' ') } } as const
  for (let draw = 0; draw < DRAWS; draw++) {
    const userCode = mintUserCode()
    const outcome = await oauth.store.startDevice({ ...device, userCode }, { events: [event], revocations: [] })
    if (outcome === 'started') return userCode
    if (outcome === 'client_ended') return refuse('client_authentication_failed', { reason: 'disabled meanwhile', about: { clientId } })
  }
  return refuse('overloaded', { reason: `${DRAWS} user codes in a row were in use` })
}
