/** One vocabulary of errors, told in three dialects: problem+json (RFC 9457), OAuth JSON (RFC 6749 §5.2), and a page for people. */
import type { Refusal } from '@latchwork/kernel'
import { challengeFor } from '@latchwork/verify'
import type { FastifyReply } from 'fastify'
import { errorPage } from '../pages/index.ts'
import { sendPage } from './send-page.ts'
import type { Site } from './site.ts'

export type Dialect = 'problem' | 'oauth' | 'page'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How refusals of this route are told; problem+json unless said otherwise. */
    dialect?: Dialect
    /** Whether clients authenticate here with Basic (RFC 6749 §2.3.1), so that a 401 names it. */
    clientAuthentication?: boolean
  }
}

export function renderRefusal(site: Site, reply: FastifyReply, refusal: Refusal, dialect: Dialect, reference: string): FastifyReply {
  void reply.code(refusal.status).header('cache-control', 'no-store')
  if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', String(refusal.retryAfterSeconds))
  if (dialect === 'page') {
    return sendPage(
      reply,
      errorPage(site.page, {
        code: refusal.code,
        title: refusal.title,
        detail: refusal.detail,
        reference,
        ...(refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
      }),
    )
  }
  if (dialect === 'oauth') {
    const challenge = oauthChallenge(reply, refusal)
    if (challenge !== undefined) void reply.header('www-authenticate', challenge)
    return reply
      .type('application/json')
      .send({ error: refusal.oauthError, error_description: refusal.oauthDescription, error_uri: typeOf(site, refusal), reference })
  }
  const { headers } = challengeFor(refusal, { realm: site.issuer })
  return reply
    .headers(headers)
    .type('application/problem+json')
    .send(problemOf(site, refusal, reference))
}

/** The refusal as RFC 9457 has it. */
export function problemOf(site: Site, refusal: Refusal, reference: string) {
  const { title, status, detail, code } = refusal
  return { type: typeOf(site, refusal), title, status, detail, code, reference, ...neededScopes(refusal) }
}

/** The address of the page that explains the refusal. */
export function typeOf(site: Site, refusal: Refusal): string {
  return `${site.issuer}/errors/${refusal.code}`
}

function neededScopes(refusal: Refusal): { readonly neededScopes?: readonly string[] } {
  return refusal.neededScopes === undefined ? {} : { neededScopes: refusal.neededScopes }
}

/** RFC 6749 §5.2: a 401 to a client names the scheme it can use; who came with a bearer token, to UserInfo or to introspect, is told as RFC 6750 §3 says. */
function oauthChallenge(reply: FastifyReply, refusal: Refusal): string | undefined {
  if (reply.request.routeOptions.config.clientAuthentication !== true) return challengeFor(refusal, {}).headers['www-authenticate']
  if (refusal.oauthError === 'invalid_client') return 'Basic realm="latchwork"'
  return refusal.status === 401 || refusal.status === 403 ? challengeFor(refusal, {}).headers['www-authenticate'] : undefined
}
