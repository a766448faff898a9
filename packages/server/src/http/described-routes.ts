/** The document of the routes, made when it is first asked for: what makes it is heavy, and most servers are never asked. */
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { openApiOptions } from './open-api.ts'
import type { Site } from './site.ts'

type Described = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>

/** Call before any route is mounted. Gives the way to ask for the JSON, which is written once: anybody may ask, and to write it takes a millisecond. */
export function gatherRoutes(app: FastifyInstance, site: Site): () => Promise<Buffer> {
  const routes: Described[] = []
  app.addHook('onRoute', ({ method, url, schema, config }) => {
    if (method !== 'HEAD') routes.push({ method, url, ...(schema && { schema }), ...(config && { config }) })
  })
  let document: Promise<Buffer> | undefined
  return () => (document ??= describeRoutes(routes, site))
}

/** An app that answers nobody: the routes are mounted in it to be described. */
async function describeRoutes(routes: readonly Described[], site: Site): Promise<Buffer> {
  const { default: swagger } = await import('@fastify/swagger')
  const app = fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => String)
  await app.register(swagger, openApiOptions(site))
  for (const route of routes) app.route({ ...route, handler: () => undefined })
  await app.ready()
  return Buffer.from(JSON.stringify(app.swagger()))
}
