/** The JSON API of sessions, for your own front ends: sign up, sign in, refresh, sign out. The refresh token is only ever in its cookie. */
import { findFormer, findSignedIn, provePassword, signOut, signUp } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import { endSession, refreshSession, type SessionTokens, startSession } from '@latchwork/sessions'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Typed } from '../http/app.ts'
import { readCookie } from '../http/cookies.ts'
import { checkOrigin } from '../http/same-origin.ts'
import { clearSessionCookies, setRefreshCookie, setSessionCookies } from '../http/session-cookies.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { NoContent } from './schemas.ts'

const Credentials = Type.Object(
  { email: Type.String({ maxLength: 320 }), password: Type.String({ maxLength: 1024 }) },
  { title: 'SignIn', additionalProperties: false },
)
const SignUp = Type.Object(
  { email: Type.String({ maxLength: 320 }), password: Type.String({ maxLength: 1024 }), name: Type.Optional(Type.String({ maxLength: 100 })) },
  { title: 'SignUp', additionalProperties: false },
)
const Person = Type.Object(
  { id: Type.String(), email: Type.String(), emailVerified: Type.Boolean(), name: Type.String(), accountId: Type.String() },
  { title: 'SessionUser' },
)
const Tokens = Type.Object(
  {
    accessToken: Type.String({ description: 'An ES256 JWT. Keep it in memory only.' }),
    tokenType: Type.Literal('Bearer'),
    expiresIn: Type.Integer({ description: 'Seconds.' }),
    user: Person,
  },
  { title: 'SessionTokens' },
)

export function sessionApiRoutes(app: FastifyInstance, site: Site): void {
  const typed = app as Typed
  const { accounts, sessions, longestTokenMs } = site.installation
  const checkCaller = (request: FastifyRequest): void => checkOrigin(request, site.issuer, site.installation.config.sessions.allowedOrigins)
  const tags = ['sessions']
  const security = [{ refreshCookie: [] }]
  const config = { guard: { open: 'who calls has no credential yet, or one in a cookie that the route reads' } } as const

  typed.post(
    '/v1/sessions/sign-up',
    { config, schema: { tags, summary: 'Register a person', body: SignUp, response: { 201: Type.Object({ user: Person }) } } },
    async (request, reply) => {
      checkCaller(request)
      const { email, password, name = '' } = request.body
      const user = await signUp(accounts, { email, password, name, origin: site.originOf(request) }, site.clock.now())
      return reply.code(201).send({ user })
    },
  )

  typed.post(
    '/v1/sessions/sign-in',
    { config, schema: { tags, summary: 'Sign in by password; the refresh token is set as a cookie', body: Credentials, response: { 200: Tokens } } },
    async (request, reply) => {
      checkCaller(request)
      const former = await findFormer(accounts, readCookie(request, 'login'), site.clock.now())
      const origin = site.originOf(request)
      const proven = await provePassword(accounts, { ...request.body, origin }, site.clock.now())
      const started = await startSession(sessions, proven, origin, site.clock.now(), { former })
      setSessionCookies(reply, started)
      return answerOf(started, site.clock.now())
    },
  )

  typed.post(
    '/v1/sessions/refresh',
    { config, schema: { tags, security, summary: 'A new access token for the refresh cookie, which is exchanged too', response: { 200: Tokens } } },
    async (request, reply) => {
      checkCaller(request)
      const cookie = readCookie(request, 'refresh') ?? refuse('session_ended', { reason: 'no refresh cookie' })
      const tokens = await refreshSession(sessions, cookie, site.originOf(request), site.clock.now())
      setRefreshCookie(reply, tokens)
      return answerOf(tokens, site.clock.now())
    },
  )

  const ending = { tags, security: [...security, {}], summary: 'End the session and all that lives by it', response: { 204: NoContent } }
  typed.post('/v1/sessions/sign-out', { config, schema: ending }, async (request, reply) => {
    checkCaller(request)
    const origin = site.originOf(request)
    const signedIn = await findSignedIn(accounts, readCookie(request, 'login'), site.clock.now())
    if (signedIn !== undefined) await signOut(accounts, signedIn, { reason: 'signed_out', origin }, site.clock.now(), longestTokenMs)
    const refreshCookie = readCookie(request, 'refresh')
    if (signedIn === undefined && refreshCookie !== undefined) await endSession(sessions, refreshCookie, origin, site.clock.now())
    clearSessionCookies(reply)
    return reply.code(204).send(null)
  })
}

function answerOf({ user, accessToken, accessTokenExpiresAt }: SessionTokens, now: number): Static<typeof Tokens> {
  return { accessToken, tokenType: 'Bearer', expiresIn: Math.max(0, Math.floor((accessTokenExpiresAt - now) / 1000)), user }
}
