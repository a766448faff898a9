/** The two cookies of a session: the login session of this server, and the refresh token of its own front ends. */

import type { Secret } from '@latchwork/kernel'
import type { SessionTokens, StartedSession } from '@latchwork/sessions'
import type { FastifyReply } from 'fastify'
import { clearCookie, setCookie } from './cookies.ts'

export function setSessionCookies(reply: FastifyReply, started: StartedSession & { readonly loginSecret: Secret }): void {
  setCookie(reply, 'login', started.loginSecret.reveal(), started.login.expiresAt)
  setRefreshCookie(reply, started)
}

export function setRefreshCookie(reply: FastifyReply, { refreshToken }: SessionTokens): void {
  setCookie(reply, 'refresh', refreshToken.secret.reveal(), refreshToken.record.expiresAt)
}

/** Only on a sign-out that happened. A losing refresh never clears cookies: they may be the winner's (design, decision 3). */
export function clearSessionCookies(reply: FastifyReply): void {
  clearCookie(reply, 'login')
  clearCookie(reply, 'refresh')
  // Browsers keep even pages marked no-store for the back button: whoever sits down next must not see them.
  void reply.header('clear-site-data', '"cache"')
}
