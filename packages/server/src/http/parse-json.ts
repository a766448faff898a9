/** Bodies of type application/json, read strictly: what is ambiguous is refused, not guessed. Texts of other types are not read at all. */
import { parseStrictJson, Refusal } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A member of the body whose text may be any: see `parseStrictJson`. */
    freeMember?: string
  }
}

export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Libraries name a type where they send nothing: no fault where nothing is read.
    if (body.length === 0 && request.routeOptions.schema?.body === undefined) return done(null, undefined)
    const value = parseStrictJson(body as Buffer, request.routeOptions.config.freeMember)
    if (value === undefined) done(new Refusal('request_malformed', { detail: 'The body is not JSON, or names a member twice (RFC 8259).' }))
    else done(null, value)
  })
}
