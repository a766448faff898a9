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

/** @param methods as they stand in the answer: `GET, POST`. */
export function answerPreflight(methods: string) {
  return (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .code(204)
      .headers({ 'access-control-allow-methods': methods, 'access-control-allow-headers': ALLOWED_HEADERS, 'access-control-max-age': '600' })
      .send()
}
