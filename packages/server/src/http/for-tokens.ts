/**
 * Answers that hold tokens or other credentials: any origin may read them, and no cache may keep them, of HTTP/1.0 neither (RFC 6749 §5.1; OAuth 2.1 §3.2.3 leaves `Pragma` out, but
 * who was built before it looks for it).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { anyOriginFields, forAnyOrigin } from './any-origin.ts'

export const tokenFields = { ...anyOriginFields, pragma: 'no-cache' } as const

const keepOut = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  reply.header('pragma', tokenFields.pragma)
}

export const forTokens: { onRequest: (typeof keepOut)[] } = { onRequest: [forAnyOrigin.onRequest, keepOut] }
