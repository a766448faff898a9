/** The machine's limit for one JSON answer over HTTP: a Fastify route that reads the same request and gives the same answer, and does nothing else. */
import fastify from 'fastify'
import { sayReady, settingsOf } from './ready.ts'

/** Each route's path, with what it answers. */
interface BareRoute {
  readonly path: string
  readonly status: number
  readonly payload: unknown
}

const { routes } = settingsOf<{ readonly routes: readonly BareRoute[] }>()
const app = fastify()
for (const { path, status, payload } of routes) app.post(path, (_request, reply) => reply.code(status).send(payload))
const origin = await app.listen({ host: '127.0.0.1', port: 0 })
sayReady({ origin })
