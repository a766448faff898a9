/** `/register`: clients that register themselves (RFC 7591) and manage that (RFC 7592). */
import { refuse } from '@latchwork/kernel'
import { networkOf, paceOf } from '@latchwork/limits'
import { admitRegistration, endRegistration, proveRegistration, readRegistration, registerDynamically, replaceRegistration } from '@latchwork/oauth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerPreflight } from '../../http/any-origin.ts'
import { isRepeated } from '../../http/client-call.ts'
import { forTokens } from '../../http/for-tokens.ts'
import type { Site } from '../../http/site.ts'

const PATH = '/register'
const HOUR_MS = 3_600_000
const options = { config: { dialect: 'oauth' }, schema: { hide: true }, ...forTokens } as const

export function registrationRoutes(app: FastifyInstance, site: Site): void {
  const { oauth } = site.installation
  // Where registration is closed the address is not there, as metadata says; who has registered keeps the way to change or end that.
  if (oauth.registration.mode !== 'closed') mountOpenDoor(app, site)
  app.get<{ Params: { readonly id: string } }>(`${PATH}/:id`, options, async (request) =>
    readRegistration(oauth, await proveRegistration(oauth, request.params.id, bearerOf(request))),
  )
  app.put<{ Params: { readonly id: string } }>(`${PATH}/:id`, options, async (request) => {
    const owner = await proveRegistration(oauth, request.params.id, bearerOf(request))
    return replaceRegistration(oauth, owner, metadataOf(request), site.originOf(request), site.clock.now())
  })
  app.delete<{ Params: { readonly id: string } }>(`${PATH}/:id`, options, async (request, reply) => {
    const owner = await proveRegistration(oauth, request.params.id, bearerOf(request))
    await endRegistration(oauth, owner, site.originOf(request), site.clock.now())
    return reply.code(204).send()
  })
  app.options(`${PATH}/:id`, options, answerPreflight)
}

function mountOpenDoor(app: FastifyInstance, site: Site): void {
  const { oauth } = site.installation
  app.post(PATH, options, async (request, reply) => {
    const bearer = bearerOf(request)
    const admitted = await admitRegistration(oauth, bearer, site.clock.now())
    const call = { metadata: metadataOf(request), bearer, origin: site.originOf(request), now: site.clock.now() }
    return reply.code(201).send(await registerDynamically(oauth, call, admitted, () => takeOne(site, request)))
  })
  app.options(PATH, options, answerPreflight)
}

function bearerOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers
  if (authorization === undefined) return undefined
  if (isRepeated(request, 'authorization')) return refuse('credential_ambiguous')
  return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? refuse('credential_malformed')
}

function metadataOf({ body }: FastifyRequest): Readonly<Record<string, unknown>> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body) && !(body instanceof URLSearchParams)
  return isObject ? (body as Readonly<Record<string, unknown>>) : refuse('client_invalid', { detail: 'Send the metadata as a JSON object (RFC 7591 §3.1).' })
}

/** One registration of the network's share of the hour. @throws Refusal `rate_limited`; `store_unavailable`: what cannot be counted does not pass. */
async function takeOne(site: Site, request: FastifyRequest): Promise<void> {
  const { config, store } = site.installation
  const count = config.registration.perAddressPerHour
  const demand = { name: 'registrations', pace: paceOf({ burst: count, count, periodMs: HOUR_MS }), units: 1 }
  const { taken, decisions } = await store.limits.take(`register ${networkOf(site.originOf(request).address)}`, [demand], site.clock.now())
  if (!taken) refuse('rate_limited', { retryAfterSeconds: Math.ceil(Math.max(...decisions.map(({ retryAfterMs }) => retryAfterMs)) / 1000) })
}
