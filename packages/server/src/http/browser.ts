/** The browser behind a page: tied to its forms by a cookie, and perhaps signed in. */

import { randomBytes } from 'node:crypto'
import { type FormerSignIn, findFormer, findSignedIn, type SignedIn } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { paths, pathWith } from '../pages/index.ts'
import { readCookie, setCookie } from './cookies.ts'
import { checkOrigin } from './same-origin.ts'
import { seeOther } from './send-page.ts'
import type { Site } from './site.ts'

const BROWSER_ID = /^[A-Za-z0-9_-]{22}$/

/** The id of this browser, made at its first page with a form. */
export function browserOf(request: FastifyRequest, reply: FastifyReply): string {
  const known = readCookie(request, 'browser')
  if (known !== undefined && BROWSER_ID.test(known)) return known
  const made = randomBytes(16).toString('base64url')
  setCookie(reply, 'browser', made)
  return made
}

/** Checks that a posted form came from our page in this browser. @throws Refusal `origin_refused`, `form_stale`. */
export function checkForm(site: Site, request: FastifyRequest, form: URLSearchParams, purpose: string, about = ''): void {
  checkOrigin(request, site.issuer)
  const browser = readCookie(request, 'browser')
  if (browser === undefined) refuse('form_stale', { reason: 'no browser cookie' })
  site.formTokens.check(form.get('form_token') ?? undefined, purpose, `${browser} ${about}`, site.clock.now())
}

export function makeFormToken(site: Site, request: FastifyRequest, reply: FastifyReply, purpose: string, about = ''): string {
  return site.formTokens.make(purpose, `${browserOf(request, reply)} ${about}`, site.clock.now())
}

export function signedInOf(site: Site, request: FastifyRequest): Promise<SignedIn | undefined> {
  return findSignedIn(site.installation.accounts, readCookie(request, 'login'), site.clock.now())
}

/** Who was signed in here, for a sign-in that takes their place. */
export function formerOf(site: Site, request: FastifyRequest): Promise<FormerSignIn | undefined> {
  return findFormer(site.installation.accounts, readCookie(request, 'login'), site.clock.now())
}

/** The person signed in, or a way to the sign-in page and back; then `undefined` is given and the reply is sent. */
export async function needSignedIn(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<SignedIn | undefined> {
  const signedIn = await signedInOf(site, request)
  if (signedIn !== undefined) return signedIn
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse('sign_in_required')
  void seeOther(reply, pathWith(paths.signIn, { continue: request.url }))
  return undefined
}
