/** Every route, in one list. */
import type { FastifyInstance } from 'fastify'
import type { Site } from '../http/site.ts'
import { paths } from '../pages/index.ts'
import { accountPageRoutes } from './account-pages.ts'
import { adviseRoutes } from './advise.ts'
import { applicationLogoRoute } from './application-logo.ts'
import { applicationPageRoutes, consentRoutes } from './applications.ts'
import { authorizeRoutes } from './authorize.ts'
import { allClientRoutes } from './clients/index.ts'
import { deviceRoutes } from './device.ts'
import { exposedRoute } from './exposed.ts'
import { keyFormatRoutes } from './key-formats.ts'
import { keyUseRoutes } from './key-use.ts'
import { tokenPageRoutes } from './keys/token-pages.ts'
import { leakRoutes } from './leaks.ts'
import { managementRoutes } from './management.ts'
import { metadataRoutes, oauthRoutes } from './oauth.ts'
import { operatorPageRoutes } from './operator-pages.ts'
import { peopleRoutes } from './people.ts'
import { revocationRoutes } from './revocations.ts'
import { sessionApiRoutes } from './session-api.ts'
import { sessionPageRoutes } from './session-pages.ts'
import { signOutRoutes } from './sign-out.ts'
import { jwksRoute, signingKeyRoutes } from './signing-keys.ts'
import { healthRoutes, sitePageRoutes } from './site-pages.ts'
import { verifyRoutes } from './verify.ts'
import { verifyKeyRoute } from './verify-key.ts'

export async function mountRoutes(app: FastifyInstance, site: Site): Promise<void> {
  await app.register(async (routes) => {
    for (const mount of [deviceRoutes, signOutRoutes, applicationPageRoutes, applicationLogoRoute, consentRoutes]) mount(routes, site)
    for (const mount of [
      managementRoutes,
      peopleRoutes,
      keyUseRoutes,
      sessionApiRoutes,
      verifyRoutes,
      verifyKeyRoute,
      exposedRoute,
      revocationRoutes,
      leakRoutes,
      signingKeyRoutes,
    ])
      mount(routes, site)
    for (const mount of [oauthRoutes, allClientRoutes, metadataRoutes, jwksRoute, authorizeRoutes, keyFormatRoutes]) mount(routes, site)
    for (const mount of [sitePageRoutes, adviseRoutes, sessionPageRoutes, accountPageRoutes, tokenPageRoutes, operatorPageRoutes, healthRoutes])
      mount(routes, site)
    routes.get(paths.openApi, { schema: { hide: true } }, async (_request, reply) => reply.type('application/json').send(await app.describeRoutes()))
  })
}
