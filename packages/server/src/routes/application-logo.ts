/** The logo of an application, from here: the browser of whoever is asked tells nobody else that they are. */
import { refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import type { Site } from '../http/site.ts'
import type { Logo } from '../logos/open-logos.ts'
import { paths } from '../pages/index.ts'

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/

/** What strangers made stays a picture, for pages of ours alone, also where somebody opens it by itself. */
const headers = {
  'cache-control': 'private, max-age=3600',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const

export function applicationLogoRoute(app: FastifyInstance, site: Site): void {
  app.get<{ Params: { clientId: string } }>(paths.applicationLogo, async (request, reply) => {
    const logo = (await findLogo(site, request.params.clientId)) ?? refuse('not_found') // one answer, whatever there is not
    return reply.headers(headers).type(logo.mediaType).send(logo.body)
  })
}

async function findLogo({ installation: { oauth, logos } }: Site, clientId: string): Promise<Logo | undefined> {
  const found = CLIENT_ID.test(clientId) ? await oauth.store.findClient(clientId) : undefined
  return found && logos.find(found.client)
}
