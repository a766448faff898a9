/** Everything about clients: managed by root keys, by themselves, by their developers. */
import type { FastifyInstance } from 'fastify'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { applicationRoutes } from './applications.ts'
import { initialTokenRoutes } from './initial-tokens.ts'
import { clientRoutes } from './management.ts'
import { registrationRoutes } from './registration.ts'

export function allClientRoutes(app: FastifyInstance, site: Site): void {
  clientRoutes(app as Typed, site)
  initialTokenRoutes(app as Typed, site)
  applicationRoutes(app as Typed, site)
  registrationRoutes(app, site)
}
