/** The code flow as a person and a client go through it, for tests about what comes after. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type Answer, type Latchwork, testClients } from './start-latchwork.ts'
import { testSecret } from './test-secret.ts'
import { type Visit, type WebBrowser, webBrowser } from './web-browser.ts'

export const person = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' }

export interface Authorization {
  readonly code: string
  readonly verifier: string
  readonly state: string
  readonly redirectUri: string
  readonly browser: WebBrowser
  /** All parameters of the response. */
  readonly response: URLSearchParams
}

export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Basic authentication of a confidential test client (RFC 6749 §2.3.1). */
export function basic(clientId: string, secret = testSecret): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` }
}

export function authorizationUrl(
  latchwork: Latchwork,
  parameters: Readonly<Record<string, string | undefined>> = {},
): { readonly url: string; readonly verifier: string } {
  const { verifier, challenge } = pkce()
  const all = {
    client_id: testClients.web.id,
    redirect_uri: testClients.web.redirectUris[0],
    response_type: 'code',
    scope: 'openid notes:read',
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...parameters,
  }
  const query = new URLSearchParams(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
  return { url: `${latchwork.issuer}/authorize?${query}`, verifier }
}

export async function signUp(latchwork: Latchwork, who = person): Promise<WebBrowser> {
  const browser = webBrowser()
  const page = await browser.open(`${latchwork.issuer}/signup`)
  const done = await browser.submit(page, 'signup-submit', { 'signup-name': who.name, 'signup-identifier': who.email, 'signup-password': who.password })
  assert.equal(done.status, 200, done.text)
  return browser
}

/** Takes a signed-in person through an authorization request, and gives the client's address they are sent to. Ids of boxes → `false` unticks. */
export async function allow(browser: WebBrowser, url: string, boxes: Readonly<Record<string, false>> = {}): Promise<URL> {
  const page = await browser.open(url)
  const end = page.location === undefined ? await browser.submit(page, 'consent-allow', boxes) : page
  assert.ok(end.location, `a redirect to the client: ${end.status} ${end.text}`)
  return new URL(end.location)
}

/** Signs up if no browser is given, asks for authorization, allows, and gives what came back. */
export async function authorize(
  latchwork: Latchwork,
  parameters: Readonly<Record<string, string | undefined>> = {},
  signedIn?: WebBrowser,
): Promise<Authorization> {
  const browser = signedIn ?? (await signUp(latchwork))
  const { url, verifier } = authorizationUrl(latchwork, parameters)
  const target = await allow(browser, url)
  const code = target.searchParams.get('code')
  assert.ok(code, `a code in ${target}`)
  return {
    code,
    verifier,
    state: target.searchParams.get('state') ?? '',
    redirectUri: parameters['redirect_uri'] ?? testClients.web.redirectUris[0],
    browser,
    response: target.searchParams,
  }
}

export function redeem(
  latchwork: Latchwork,
  authorization: Authorization,
  change: Readonly<Record<string, string>> = {},
  headers = basic(testClients.web.id),
): Promise<Answer> {
  const { code, verifier, redirectUri } = authorization
  return latchwork.form('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, ...change }, headers)
}

export function refresh(
  latchwork: Latchwork,
  refreshToken: string,
  change: Readonly<Record<string, string>> = {},
  headers = basic(testClients.web.id),
): Promise<Answer> {
  return latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...change }, headers)
}

/** Takes the first consent on the person's page of applications back; pass a page to post its form as it was. */
export async function takeBack(latchwork: Latchwork, browser: WebBrowser, page?: Visit): Promise<Visit> {
  const { text } = page ?? (await browser.open(`${latchwork.issuer}/account/applications`))
  const hidden = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? assert.fail(`a hidden ${name}: ${text}`)
  const fields = { form_token: hidden('form_token'), consent_id: hidden('consent_id') }
  return browser.post(`${latchwork.issuer}/account/applications/end`, fields, { origin: latchwork.issuer })
}

/** Whether introspection calls the token alive, asked by a verifier that may know. */
export async function isActive(latchwork: Latchwork, token: string): Promise<boolean> {
  const answer = await latchwork.form('/introspect', { token }, { authorization: `Bearer ${latchwork.rootKey}` })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body.active
}
