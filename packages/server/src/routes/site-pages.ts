/** The start page, the assets, the pages that explain refusals, and what watches over processes asks. */
import { type RefusalCode, refusals, refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import { checkClock } from '../clock-watch.ts'
import { signedInOf } from '../http/browser.ts'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { Type } from '../json-schema.ts'
import { type Asset, homePage, type PictureAsset, paths, refusalIndexPage, refusalPage } from '../pages/index.ts'

const config = { dialect: 'page' } as const

/** A picture stays one, also where somebody opens a drawing by itself: no script runs, nothing is loaded. */
const PICTURE_HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
} as const

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
  for (const asset of site.assets) assetRoute(app, asset)
}

/** Kept for ever under the address that names its content, and asked for anew under any other: while nodes are updated one links what another has not. */
function assetRoute(app: FastifyInstance, asset: Asset | PictureAsset): void {
  app.get<{ Querystring: { readonly v?: string } }>(asset.path, (request, reply) => {
    const isNamed = request.query.v === asset.version
    void reply.header('cache-control', isNamed ? 'public, max-age=31536000, immutable' : 'no-cache').type(asset.mediaType)
    return 'text' in asset ? reply.send(asset.text) : reply.headers(PICTURE_HEADERS).send(asset.body)
  })
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
