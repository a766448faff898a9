/** API keys over HTTP: made, read, changed, rolled, ended, imported. */
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { changeRoutes } from './change.ts'
import { connectedKeyRoute } from './connected.ts'
import { createRoute } from './create.ts'
import { importRoute } from './import.ts'
import { ownTokenRoutes } from './own-tokens.ts'
import { readRoutes } from './read.ts'
import { rollRoutes } from './roll.ts'
import { rotationRoutes } from './rotation.ts'

export function keyRoutes(app: Typed, site: Site): void {
  for (const mount of [createRoute, readRoutes, changeRoutes, rollRoutes, importRoute, connectedKeyRoute, rotationRoutes, ownTokenRoutes]) mount(app, site)
}
