/**
 * `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): found → decided → minted → redeemed. A device polls until the person has answered; what it then
 * gets, it gets once.
 */
import { aboutOf, type Grant } from '@latchwork/authority'
import { digestOf, parseToken, refuse } from '@latchwork/kernel'
import type { AuthenticatedClient } from '../clients/authenticate-client.ts'
import type { DeviceRecord } from '../device/store.ts'
import type { OAuth } from '../oauth.ts'
import { mintTokens } from './authorization-code.ts'
import type { TokenRequest } from './token-request.ts'
import { type TokenResponse, tokenJournal, tokenResponse } from './token-response.ts'

/** RFC 8628 §3.5: by so much the interval grows, for this and all later polls. */
const GROWTH_MS = 5000

declare const bound: unique symbol
declare const allowed: unique symbol
/** Found, unused, and this client's own. */
type BoundDevice = DeviceRecord & { readonly [bound]: true }
/** The person said yes, and everything the grant lives by is alive. */
type AllowedDevice = BoundDevice & { readonly grant: Grant; readonly [allowed]: true }

/** @throws Refusal `device_code_unknown`, `device_code_used`, `device_code_expired`, `device_denied`, `authorization_pending`, `slow_down`, `target_invalid`. */
export async function redeemDeviceCode(oauth: OAuth, client: AuthenticatedClient, request: TokenRequest): Promise<TokenResponse> {
  const device = await findDecision(oauth, await findBoundDevice(oauth, client, request), request)
  const minted = await mintTokens(oauth, client, device, request)
  const redemption = {
    deviceDigest: device.digest,
    now: request.now,
    accessToken: minted.accessToken.record,
    ...(minted.refreshToken === undefined ? {} : { refreshToken: minted.refreshToken.record }),
  }
  const redeemed = await oauth.store.redeemDevice(redemption, tokenJournal('token.issued', client, minted, request))
  if (!redeemed) return refuse('device_code_used', { about: aboutOf(device.grant) })
  oauth.noteGrantUse(device.grant.id, request.now)
  return tokenResponse(minted)
}

async function findBoundDevice(oauth: OAuth, client: AuthenticatedClient, { parameters }: TokenRequest): Promise<BoundDevice> {
  const text = parameters.required('device_code')
  const about = { clientId: client.id }
  if (parseToken('device_code', text) === undefined) return refuse('device_code_unknown', { reason: 'not a device code', about })
  const found = await oauth.store.findDevice(digestOf(text))
  if (found === undefined) return refuse('device_code_unknown', { reason: 'unknown', about })
  if (found.clientId !== client.id) return refuse('device_code_unknown', { reason: 'issued to another client', about }) // RFC 6749 §5.2
  if (found.consumedAt !== undefined) return refuse('device_code_used', { about })
  return found as BoundDevice
}

async function findDecision(oauth: OAuth, device: BoundDevice, { now }: TokenRequest): Promise<AllowedDevice> {
  const about = { clientId: device.clientId }
  if (device.decision === 'denied') return refuse('device_denied', { reason: 'the person said no', about })
  if (now >= device.expiresAt) return refuse('device_code_expired', { about }) // §3.5: also one that was allowed and not fetched
  if (device.decision === 'allowed') {
    if (device.grant === undefined || !device.alive) return refuse('device_denied', { reason: 'session, consent, person or client ended', about })
    return device as AllowedDevice
  }
  // Only while it waits: who may have the tokens need not be told to slow down.
  const poll = await oauth.store.notePoll(device.digest, now, GROWTH_MS)
  return refuse(poll === 'early' ? 'slow_down' : 'authorization_pending', { about })
}
