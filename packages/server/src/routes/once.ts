/** `Idempotency-Key`: a call that may be sent again, and acts once. */
import { type CallName, holdsCredential, refuse } from '@latchwork/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from '../json-schema.ts'

const FORM = /^[\x21-\x7e]{1,255}$/

/** What a route that takes it says of the header; `callNameOf` judges what came. */
export const namedCall = {
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({
        description:
          'A name for this call, 1 to 255 visible ASCII characters. The same call with the same name within a day acts once: it is answered as before, with Idempotency-Replayed: true and without the secret.',
      }),
    ),
  }),
}

/** The name of the call, if its caller gave it one. @throws Refusal `request_malformed`. */
export function callNameOf(request: FastifyRequest): CallName | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !FORM.test(key) || holdsCredential(key))
    return refuse('request_malformed', { detail: 'Idempotency-Key is 1 to 255 visible ASCII characters, without spaces, and no credential.' })
  return { key, request: `${request.method} ${request.url} ${JSON.stringify(request.body)}` }
}

/** Says of an answer that it is that of an earlier call, whose secret was shown then (K4). */
export function markRepeated(reply: FastifyReply, isRepeated: boolean): FastifyReply {
  return isRepeated ? reply.header('idempotency-replayed', 'true') : reply
}
