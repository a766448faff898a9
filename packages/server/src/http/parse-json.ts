/** Bodies of type application/json, read strictly: what is ambiguous is refused, not guessed. Texts of other types are not read at all. */
import { parseStrictJson, Refusal } from '@latchwork/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A member of the body whose text may be any: see `parseStrictJson`. */
    freeMember?: string
  }
}

export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined) // libraries name a type where they send nothing
    const value = parseStrictJson(body as Buffer, request.routeOptions.config.freeMember)
    if (value === undefined)
      done(
        new Refusal('request_malformed', {
          detail: 'The body is not JSON (RFC 8259), or is more than we take: each member once, 16 levels, no null character, no half of a surrogate pair.',
        }),
      )
    else done(null, value)
  })
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST' && isAllOptional(route.schema?.body)) route.preValidation = [route.preValidation ?? [], sayNothing].flat()
  })
}

/** A call that only has things to choose means the defaults of all of them where nothing is sent. A body without a type is no such thing: it is refused before (415). */
async function sayNothing(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {}
}

/** Whether a schema of a body needs nothing of it. */
export function isAllOptional(body: unknown): boolean {
  const { type, required = [] } = (body ?? {}) as { readonly type?: string; readonly required?: readonly string[] }
  return type === 'object' && required.length === 0
}
