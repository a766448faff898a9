/** The start page, the assets, the pages that explain refusals, and what watches over processes asks. */
import { type RefusalCode, refusals, refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import { checkClock } from '../clock-watch.ts'
import { signedInOf } from '../http/browser.ts'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { type TSchema, Type } from '../json-schema.ts'
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

/**
 * `/health/live`: the process answers. `/health/ready`: it can serve, its store included (503 while it cannot); it can as long as it can verify, and says beside it whether it can write,
 * too. `/health/writable`: the same as a status, for who would be told when a disk is full.
 */
export function healthRoutes(app: FastifyInstance, site: Site): void {
  const { store, writeWatch } = site.installation
  const answering = (summary: string, members: Readonly<Record<string, TSchema>>) => ({
    schema: { tags: ['health'], summary, response: { 200: Type.Object(members) } },
  })
  app.get('/health/live', answering('The process answers', { status: Type.Literal('live') }), async () => ({ status: 'live' }))
  const ready = {
    status: Type.Literal('ready'),
    writes: Type.Enum(['working', 'failing'], { description: 'failing: what is there is verified, and nothing is issued or changed.' }),
  }
  app.get('/health/ready', answering('It can verify, its store included, and its clock is right', ready), async () => {
    checkClock(await store.ping())
    return { status: 'ready', writes: await writeWatch.look() }
  })
  app.get('/health/writable', answering('What is written gets to the disk', { status: Type.Literal('writable') }), async () => {
    if ((await writeWatch.look()) === 'failing')
      refuse('store_unavailable', { detail: 'Nothing can be written just now: look at the disk of the database, and at the log.' })
    return { status: 'writable' }
  })
}
