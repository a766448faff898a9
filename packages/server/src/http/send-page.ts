/** Sends a page under the policy it needs. */
import type { FastifyReply } from 'fastify'
import { contentSecurityPolicy } from '../pages/index.ts'

/**
 * @param formTargets addresses, beside our own, that a form of the page may end at (the redirect URI of an authorization).
 * @param frames addresses that the page loads in frames.
 */
export function sendPage(reply: FastifyReply, page: string, formTargets: readonly string[] = [], frames: readonly string[] = []): FastifyReply {
  return reply
    .header('content-security-policy', contentSecurityPolicy(formTargets, frames))
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'same-origin')
    .type('text/html; charset=utf-8')
    .send(page)
}

/** After a posted form the browser goes on with a GET (RFC 9700 §4.12). */
export function seeOther(reply: FastifyReply, location: string): FastifyReply {
  return reply.code(303).header('cache-control', 'no-store').header('location', location).send()
}
