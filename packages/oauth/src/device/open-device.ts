/** A person enters a user code (RFC 8628 §3.3): from then on the request is theirs alone to answer. */
import { type Origin, refuse } from '@latchwork/kernel'
import type { OAuth } from '../oauth.ts'
import type { OpenedDevice } from './store.ts'
import { parseUserCode } from './user-code.ts'

/** @returns the code as it is compared. @throws Refusal `user_code_unknown` alike for none, an expired, a decided one, and one that another person has entered. */
export async function openDevice(oauth: OAuth, text: string, userId: string, origin: Origin, now: number): Promise<string> {
  const userCode = parseUserCode(text)
  if (userCode === undefined) return refuse('user_code_unknown', { reason: 'not a user code', about: { userId } })
  const event = { type: 'device.opened', at: now, actor: { kind: 'user', id: userId }, ...origin, userId } as const
  const opened = await oauth.store.openDevice(userCode, userId, now, { events: [event], revocations: [] })
  return opened ? userCode : refuse('user_code_unknown', { reason: 'unknown, expired, decided, or opened by another', about: { userId } })
}

declare const waiting: unique symbol
/** Opened by this person, undecided, in time, its client alive. */
export type WaitingDevice = OpenedDevice & { readonly [waiting]: true }

/** @throws Refusal `user_code_unknown`. */
export async function findWaitingDevice(oauth: OAuth, text: string, userId: string, now: number): Promise<WaitingDevice> {
  const about = { userId }
  const userCode = parseUserCode(text)
  const device = userCode === undefined ? undefined : await oauth.store.findOpenedDevice(userCode, userId)
  if (device === undefined) return refuse('user_code_unknown', { reason: 'not opened by this person', about })
  if (device.decision !== undefined) return refuse('user_code_unknown', { reason: 'decided', about })
  if (now >= device.expiresAt) return refuse('user_code_unknown', { reason: 'expired', about })
  if (device.client.disabledAt !== undefined) return refuse('user_code_unknown', { reason: 'client disabled', about })
  return device as WaitingDevice
}
