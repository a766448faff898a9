/** A person signed in to a Latchwork server by password: an access token, and cookies that refresh it. */

import { ClientFailure } from '../failure.ts'
import { guardedFetch } from '../guarded-fetch.ts'
import type { Profile, ProfileSecrets, Tokens } from '../profile.ts'

type Cookies = Readonly<Record<string, string>>

export interface SignedIn {
  readonly tokens: Tokens
  readonly cookies: Cookies
}

export async function signIn(server: string, email: string, password: string, now: number): Promise<SignedIn> {
  const response = await post(server, 'sign-in', {}, { email, password })
  if (!response.ok) throw await refusedBy(response, 'login_refused', 'Check the address and the password.')
  return signedInOf(response, {}, now)
}

/** @throws ClientFailure `sign_in_again`, `server_answer`. */
export async function renewSession(profile: Profile, secrets: ProfileSecrets, now: number): Promise<SignedIn> {
  const cookies = secrets.cookies ?? {}
  const response = await post(profile.server ?? '', 'refresh', cookies)
  const mend = `Log in again: latchwork request login ${profile.name} --replace …`
  if (!response.ok) throw await refusedBy(response, isOver(response.status) ? 'sign_in_again' : 'server_answer', mend)
  return signedInOf(response, cookies, now)
}

/** Trying again cannot help; a limit or a server that fails passes. */
function isOver(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429
}

export async function endSession(profile: Profile, secrets: ProfileSecrets): Promise<boolean> {
  const response = await post(profile.server ?? '', 'sign-out', secrets.cookies ?? {})
  await response.body?.cancel()
  return response.ok
}

function post(server: string, verb: string, cookies: Cookies, body?: unknown): Promise<Response> {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const headers = { accept: 'application/json', ...(cookie === '' ? {} : { cookie }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  return guardedFetch(new URL(`/v1/sessions/${verb}`, server), { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

async function signedInOf(response: Response, before: Cookies, now: number): Promise<SignedIn> {
  const { accessToken, expiresIn } = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  if (typeof accessToken !== 'string' || typeof expiresIn !== 'number')
    throw new ClientFailure('server_answer', 'The server answered, and not as Latchwork does.', 'Check the address given with --server.')
  return { tokens: { accessToken, expiresAt: now + expiresIn * 1000 }, cookies: { ...before, ...cookiesOf(response.headers) } }
}

function cookiesOf(headers: Headers): Cookies {
  return Object.fromEntries(
    headers.getSetCookie().flatMap((line) => {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      return at > 0 ? [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]] : []
    }),
  )
}

async function refusedBy(response: Response, code: 'login_refused' | 'sign_in_again' | 'server_answer', usualMend: string): Promise<ClientFailure> {
  const { title, detail } = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  const said = typeof title === 'string' ? `${title}.` : `The server answered ${response.status}.`
  return new ClientFailure(code, said, typeof detail === 'string' ? `${detail} ${code === 'sign_in_again' ? usualMend : ''}`.trim() : usualMend)
}
