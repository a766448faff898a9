/** Applications that run in a browser, at an origin of their own, may read these answers and refusals: no cookie counts here, so any origin is as good as none. */
import type { FastifyReply, FastifyRequest } from 'fastify'

export const anyOriginFields = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'www-authenticate, retry-after' } as const

export const forAnyOrigin = {
  onRequest: async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers(anyOriginFields)
  },
} as const

/** `*` is every header name but `Authorization` (Fetch, CORS-preflight fetch), and counts because no cookie does. */
const ALLOWED_HEADERS = 'authorization, content-type, *'

/** Names the methods that are there (RFC 9110 §9.3.7). */
export function answerPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const methods = request.server.addressAt(pathOf(request)).methods.join(', ')
  return reply
    .code(204)
    .headers({ allow: methods, 'access-control-allow-methods': methods, 'access-control-allow-headers': ALLOWED_HEADERS, 'access-control-max-age': '600' })
    .send()
}

export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  return url.split('?', 1)[0] ?? '/'
}
