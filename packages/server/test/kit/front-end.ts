/** A front end of one's own on one device: the JSON API of sessions, with the cookies a browser would keep. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Latchwork } from './start-latchwork.ts'
import { type Visit, type WebBrowser, webBrowser } from './web-browser.ts'

export const password = 'correct horse battery staple'

export interface Device {
  readonly browser: WebBrowser
  readonly email: string
  // biome-ignore lint/suspicious/noExplicitAny: answers of any route
  readonly post: (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Visit & { readonly body: any }>
  /** The refresh cookie's value as it is now. */
  readonly refreshToken: () => string
  readonly accessToken: string
}

export const refreshCookie = '__Host-lw_refresh'
export const loginCookie = '__Host-lw_login'

export function newEmail(): string {
  return `${randomBytes(6).toString('hex')}@example.com`
}

export async function register(latchwork: Latchwork, email = newEmail()): Promise<string> {
  const answer = await latchwork.call('POST', '/v1/sessions/sign-up', { body: { email, password, name: 'Ada' } })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return email
}

/** Signs in on a new device; registers the person first if no address is given. */
export async function signInDevice(latchwork: Latchwork, known?: string): Promise<Device> {
  const email = known ?? (await register(latchwork))
  const browser = webBrowser()
  const post: Device['post'] = async (path, body, headers = {}) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const visit = await browser.send(`${latchwork.issuer}${path}`, {
      method: 'POST',
      ...(text === undefined ? {} : { body: text }),
      headers: { origin: latchwork.server.issuer, ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    })
    return { ...visit, body: /json/.test(visit.headers.get('content-type') ?? '') ? JSON.parse(visit.text) : undefined }
  }
  const answer = await post('/v1/sessions/sign-in', { email, password })
  assert.equal(answer.status, 200, answer.text)
  return { browser, email, post, refreshToken: () => browser.cookies.get(refreshCookie) ?? '', accessToken: answer.body.accessToken }
}

/** The claims of a JWT, unverified. */
// biome-ignore lint/suspicious/noExplicitAny: claims of any token
export function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
