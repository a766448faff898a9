/** The start page, the assets, the pages that explain refusals, and what watches over processes asks. */
import { type RefusalCode, refusals, refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import { checkClock } from '../clock-watch.ts'
import { signedInOf } from '../http/browser.ts'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { Type } from '../json-schema.ts'
import { assets, homePage, paths, refusalIndexPage, refusalPage } from '../pages/index.ts'

const config = { dialect: 'page' } as const

export function sitePageRoutes(app: FastifyInstance, site: Site): void {
  const { demo } = site
  const { accounts } = site.installation
  app.get(paths.home, { config }, async (request, reply) => {
    const signedIn = await signedInOf(site, request)
    const page = homePage(site.page, {
      issuer: site.issuer,
      isSignUpOpen: accounts.signUpOpen,
      ...(signedIn === undefined ? {} : { person: signedIn.user }),
      ...(demo === undefined ? {} : { demo }),
    })
    return sendPage(reply, page)
  })
  app.get(paths.errors, { config }, (_request, reply) => sendPage(reply, refusalIndexPage(site.page)))
  app.get<{ Params: { code: string } }>(`${paths.errors}/:code`, { config }, (request, reply) => {
    const { code } = request.params
    if (!Object.hasOwn(refusals, code)) return refuse('not_found')
    return sendPage(reply, refusalPage(site.page, code as RefusalCode))
  })
  for (const asset of Object.values(assets)) {
    app.get(asset.path, (_request, reply) => reply.header('cache-control', 'public, max-age=31536000, immutable').type(asset.mediaType).send(asset.text))
  }
}

/** `/health/live`: the process answers. `/health/ready`: it can serve, its store included (503 while it cannot). */
export function healthRoutes(app: FastifyInstance, site: Site): void {
  const answering = (status: string, summary: string) => ({
    schema: { tags: ['health'], summary, response: { 200: Type.Object({ status: Type.Literal(status) }) } },
  })
  app.get('/health/live', answering('live', 'The process answers'), async () => ({ status: 'live' }))
  app.get('/health/ready', answering('ready', 'It can serve, its store included, and its clock is right'), async () => {
    checkClock(await site.installation.store.ping())
    return { status: 'ready' }
  })
}
