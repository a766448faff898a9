/** Our cookies (design, decision 15). All are `__Host-`: Secure, no Domain, Path=/, so that no sister site can plant one. */
import '@fastify/cookie'
import { refuse } from '@latchwork/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Read cookies with these names only on the routes that name them. */
export const cookieNames = {
  /** The login session at this server; Lax, since another site sends people to /authorize. */
  login: '__Host-lw_login',
  /** The refresh token of a front end of our own; Strict. */
  refresh: '__Host-lw_refresh',
  /** Ties forms to the browser before anybody is signed in; Lax. */
  browser: '__Host-lw_browser',
} as const

type CookieName = keyof typeof cookieNames
const sameSite: Readonly<Record<CookieName, 'lax' | 'strict'>> = { login: 'lax', refresh: 'strict', browser: 'lax' }

/** @throws Refusal `request_malformed` when it was sent twice: no browser does that with a `__Host-` cookie of ours, and two readers could choose differently. */
export function readCookie(request: FastifyRequest, name: CookieName): string | undefined {
  const wireName = cookieNames[name]
  const sent = request.headers.cookie ?? ''
  const value = request.server.parseCookie(sent)[wireName]
  if (value !== undefined && sent.split(';').filter((pair) => pair.trimStart().startsWith(`${wireName}=`)).length > 1)
    return refuse('request_malformed', { detail: 'A cookie was sent twice: clear the cookies of this site.' })
  return value
}

export function setCookie(reply: FastifyReply, name: CookieName, value: string, expiresAt?: number): void {
  void reply.setCookie(cookieNames[name], value, {
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: sameSite[name],
    ...(expiresAt === undefined ? {} : { expires: new Date(expiresAt) }),
  })
}

export function clearCookie(reply: FastifyReply, name: CookieName): void {
  void reply.clearCookie(cookieNames[name], { path: '/', secure: true, httpOnly: true, sameSite: sameSite[name] })
}
