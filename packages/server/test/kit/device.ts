/** The device grant as a device and a person go through it. */
import assert from 'node:assert/strict'
import { type Answer, type Latchwork, testClients } from './start-latchwork.ts'
import type { Visit, WebBrowser } from './web-browser.ts'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export interface Device {
  readonly deviceCode: string
  readonly userCode: string
  readonly completeUri: string
}

export async function startDevice(latchwork: Latchwork, fields: Readonly<Record<string, string>> = {}): Promise<Device> {
  const answer = await latchwork.form('/device_authorization', { client_id: testClients.television.id, scope: 'openid notes:read notes:write', ...fields })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return { deviceCode: answer.body.device_code, userCode: answer.body.user_code, completeUri: answer.body.verification_uri_complete }
}

export function poll(latchwork: Latchwork, { deviceCode }: Device, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return latchwork.form('/token', { grant_type: DEVICE_GRANT, client_id: testClients.television.id, device_code: deviceCode, ...fields })
}

/** Enters the code; the page of the question, or of what is wrong. */
export async function enterCode(latchwork: Latchwork, browser: WebBrowser, userCode: string): Promise<Visit> {
  return browser.submit(await browser.open(`${latchwork.issuer}/device`), 'device-submit', { 'device-code': userCode })
}

/** Enters the code and says yes. Ids of boxes → `false` unticks. */
export async function allowDevice(latchwork: Latchwork, browser: WebBrowser, device: Device, boxes: Readonly<Record<string, false>> = {}): Promise<Visit> {
  const question = await enterCode(latchwork, browser, device.userCode)
  const done = await browser.submit(question, 'consent-allow', boxes)
  assert.match(done.text, /The device is connected/, done.text)
  return done
}
