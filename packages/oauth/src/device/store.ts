/** What the device grant asks of a store (RFC 8628). */
import type { Grant, NewAccessToken, NewRefreshToken } from '@latchwork/authority'
import type { Journal } from '@latchwork/kernel'
import type { Client, Consent, Withdrawal } from '../store.ts'

export interface NewDevice {
  /** Of the device code. */
  readonly digest: string
  /** As it is compared: upper case, no dash. Unique among all that are kept. */
  readonly userCode: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** Words it sent that were left out of `scopes`. */
  readonly leftOut: readonly string[]
  readonly audience: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** How long the device must wait between polls; grows. */
  readonly intervalMs: number
  /** Where the request came from, for the person to recognise. */
  readonly address?: string
}

export type DeviceDecision = 'allowed' | 'denied'

/** As the polling device meets it. */
export interface DeviceRecord extends NewDevice {
  readonly decision?: DeviceDecision
  readonly consumedAt?: number
  /** Present once allowed. */
  readonly grant?: Grant
  /** Whether that grant, and everything it lives by, is alive. */
  readonly alive: boolean
}

/** As the person who entered its code meets it. */
export interface OpenedDevice extends NewDevice {
  readonly client: Client
  readonly decision?: DeviceDecision
}

export interface DeviceAuthorization {
  readonly deviceDigest: string
  /** The login session in which the person said yes. */
  readonly sessionId: string
  /** The consent as it stands after this act: made, or widened. */
  readonly consent: Consent
  readonly withdrawn: Withdrawal
  readonly grant: Grant
  readonly now: number
}

export interface DeviceRedemption {
  readonly deviceDigest: string
  readonly now: number
  readonly accessToken?: NewAccessToken
  readonly refreshToken?: NewRefreshToken
}

export interface DeviceStore {
  /** Nothing is written unless it is `started`. */
  readonly startDevice: (device: NewDevice, journal: Journal) => Promise<'started' | 'user_code_taken' | 'client_ended'>
  /**
   * Whoever enters the code first has it to themselves. False (and nothing written) when there is none that waits, or another person has it.
   * Opening it again is no change, and writes nothing.
   */
  readonly openDevice: (userCode: string, userId: string, now: number, journal: Journal) => Promise<boolean>
  /** The one this person has opened. */
  readonly findOpenedDevice: (userCode: string, userId: string) => Promise<OpenedDevice | undefined>
  readonly findDevice: (digest: string) => Promise<DeviceRecord | undefined>
  /** Notes a poll, and makes the interval longer when it came too early. */
  readonly notePoll: (digest: string, now: number, growByMs: number) => Promise<'in_time' | 'early'>
  /** Decision, consent and grant, all or nothing; false (and nothing written) if it was decided or has expired, or session, person or client ended. */
  readonly allowDevice: (authorization: DeviceAuthorization, journal: Journal) => Promise<boolean>
  /** False (and nothing written) if it was decided or has expired, or is not this person's to decide. */
  readonly denyDevice: (digest: string, userId: string, now: number, journal: Journal) => Promise<boolean>
  /** Consumes the device code and inserts what it buys, all or nothing; false (and nothing written) if it was consumed already or its grant has ended. */
  readonly redeemDevice: (redemption: DeviceRedemption, journal: Journal) => Promise<boolean>
  /** Those that expired before the time. */
  readonly forgetDevices: (before: number) => Promise<void>
}
