/** The applications that may act for a person (O17): as a page, and as JSON for front ends by the person's own session. */
import { refuse } from '@latchwork/kernel'
import { type ConnectedApplication, describeConsent, endConsent, hostOfRedirectUri, isAssured, makerOf, thirdPartyLogin } from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Typed } from '../http/app.ts'
import { logoOf, shownMaker } from '../http/application-facts.ts'
import { checkForm, makeFormToken, needSignedIn, signedInOf } from '../http/browser.ts'
import { callerOf } from '../http/guard.ts'
import { formOf } from '../http/parse-form.ts'
import { sendPage } from '../http/send-page.ts'
import type { Site } from '../http/site.ts'
import { noticeOf, seeDone } from '../http/what-was-done.ts'
import { type Static, Type } from '../json-schema.ts'
import { applicationsPage, paths } from '../pages/index.ts'
import { everyItem } from './list-query.ts'
import { closed, NoContent, ofPerson, PageQuery, pageOf, Scopes, Time } from './schemas.ts'

const PURPOSE = 'applications'

export function applicationPageRoutes(app: FastifyInstance, site: Site): void {
  const config = { dialect: 'page' } as const
  app.get(paths.applications, { config }, (request, reply) => showApplications(site, request, reply))
  app.post(paths.endConsent, { config }, (request, reply) => takeBack(site, request, reply, formOf(request)))
}

async function showApplications(site: Site, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const signedIn = await needSignedIn(site, request, reply)
  if (signedIn === undefined) return reply
  const { user } = signedIn
  const { store } = site.installation.oauth
  const applications = await everyItem((page) => store.listApplications(user.id, page))
  const page = applicationsPage(site.page, {
    formToken: makeFormToken(site, request, reply, PURPOSE, user.id),
    person: user,
    ...noticeOf(request),
    applications: applications.map((application) => {
      const { consent, client, accountName, lastUsedAt } = application
      const openHref = thirdPartyLogin(site.issuer, client)
      return {
        consentId: consent.id,
        name: client.name,
        ...logoOf(site, client),
        hosts: hostsOf(application),
        maker: shownMaker(client, accountName),
        isVerified: isAssured(client),
        sentences: sentencesOf(site, application),
        givenAt: consent.givenAt,
        ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
        ...(openHref === undefined ? {} : { openHref }),
      }
    }),
  })
  return sendPage(reply, page)
}

async function takeBack(site: Site, request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<FastifyReply> {
  const signedIn = (await signedInOf(site, request)) ?? refuse('sign_in_required')
  checkForm(site, request, form, PURPOSE, signedIn.user.id)
  await endConsent(site.installation.oauth, form.get('consent_id') ?? '', signedIn.user.id, site.originOf(request), site.clock.now())
  return seeDone(reply, paths.applications, 'application_taken_back')
}

function hostsOf({ client }: ConnectedApplication): readonly string[] {
  return [...new Set(client.redirectUris.map(hostOfRedirectUri))].slice(0, 3)
}

function sentencesOf(site: Site, { consent }: ConnectedApplication): readonly string[] {
  return describeConsent(site.installation.oauth, consent)
}

const ConsentShape = Type.Object(
  {
    id: Type.String(),
    client: Type.Object({
      id: Type.String(),
      name: Type.String(),
      hosts: Type.Array(Type.String()),
      homepage: Type.Optional(Type.String()),
      madeBy: Type.Enum(['itself', 'account', 'operators'], { description: 'Who made the registration.' }),
      account: Type.Optional(Type.String({ description: 'Name of the account, where one made it.' })),
      assured: Type.Boolean({ description: 'Whether an operator vouches for it.' }),
      openUrl: Type.Optional(Type.String({ description: 'Begins a sign-in there (OpenID Connect Core §4).' })),
    }),
    scopes: Scopes,
    sentences: Type.Array(Type.String(), { description: 'What it may do, in words for people, in the order of scopes.' }),
    audience: Type.Array(Type.String()),
    givenAt: Time,
    lastUsedAt: Type.Optional(Time),
  },
  { title: 'Consent' },
)

const PATH = '/v1/me/consents'

export function consentRoutes(app: FastifyInstance, site: Site): void {
  const typed = app as Typed
  const tags = ['me']
  const schema = {
    tags,
    summary: 'Applications that may act for you, the last one first',
    querystring: closed(PageQuery),
    response: { 200: pageOf(ConsentShape) },
  }
  typed.get(PATH, ofPerson(schema), async (request) => {
    const { limit = 50, ...place } = request.query
    const { items, ...rest } = await site.installation.oauth.store.listApplications(callerOf(request).subject, { ...place, limit })
    return { items: items.map((application) => shapeOf(site, application)), ...rest }
  })
  typed.delete(
    `${PATH}/:id`,
    ofPerson({
      tags,
      summary: 'Take back what an application may do: its tokens and keys end at once',
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      await endConsent(site.installation.oauth, request.params.id, callerOf(request).subject, site.originOf(request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

function shapeOf(site: Site, application: ConnectedApplication): Static<typeof ConsentShape> {
  const { consent, client, accountName, lastUsedAt } = application
  const openUrl = thirdPartyLogin(site.issuer, client)
  return {
    id: consent.id,
    client: {
      id: client.id,
      name: client.name,
      hosts: [...hostsOf(application)],
      madeBy: makerOf(client),
      assured: isAssured(client),
      ...(client.homepage === undefined ? {} : { homepage: client.homepage }),
      ...(accountName === undefined || makerOf(client) !== 'account' ? {} : { account: accountName }),
      ...(openUrl === undefined ? {} : { openUrl }),
    },
    scopes: [...consent.scopes],
    sentences: [...sentencesOf(site, application)],
    audience: [...consent.audience],
    givenAt: new Date(consent.givenAt).toISOString(),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: new Date(lastUsedAt).toISOString() }),
  }
}
