/** `/v1/me/applications`: a developer's own applications, by the developer's session (O17). Those of others are not found. */
import { coversAll, refuse } from '@latchwork/kernel'
import {
  byItsOwner,
  type Client,
  checkActsForItself,
  disableClient,
  mergeDeveloperChanges,
  registerClient,
  rollClientSecret,
  settingRows,
  updateClient,
} from '@latchwork/oauth'
import type { FastifyRequest } from 'fastify'
import type { Typed } from '../../http/app.ts'
import { callerOf } from '../../http/guard.ts'
import type { Site } from '../../http/site.ts'
import { type Static, Type } from '../../json-schema.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, NoContent, ofPerson, PageQuery, pageOf } from '../schemas.ts'
import {
  ClientChange,
  ClientParams,
  ClientRequest,
  ClientShape,
  MadeClient,
  RolledSecretShape,
  SecretRollRequest,
  settingsOf,
  shapeOfClient,
  shapeOfMade,
} from './shapes.ts'

const tags = ['applications']
const PATH = '/v1/me/applications'

const { environment: _environment, accountId: _accountId, profile: _profile, ...requested } = ClientRequest.properties
const { profile: _changedProfile, ...changed } = ClientChange.properties
const ApplicationRequest = closed(requested, { title: 'ApplicationRequest' })
const ApplicationChange = closed(changed, { title: 'ApplicationChanges' })

export function applicationRoutes(app: Typed, site: Site): void {
  makingRoutes(app, site)
  readingRoutes(app, site)
  changingRoutes(app, site)
}

function makingRoutes(app: Typed, site: Site): void {
  const { oauth, config: settings } = site.installation
  app.post(
    PATH,
    ofPerson({ tags, summary: 'Register an application of your own', ...namedCall, body: ApplicationRequest, response: { 201: MadeClient } }),
    async (request, reply) => {
      const developer = await developerOf(site, request)
      checkOwnWishes(site, request.body)
      checkActsForItself(request.body, developer.scopes)
      const asked = { ...settingsOf(request.body), accountId: developer.accountId }
      const made = await registerClient(oauth, asked, developer.registrar, site.clock.now(), {
        ownerId: developer.userId,
        mostOfOwner: settings.applications.maxPerPerson,
        call: callNameOf(request),
      })
      return markRepeated(reply, made.isRepeated === true)
        .code(201)
        .send(shapeOfMade(made))
    },
  )
  app.post(
    `${PATH}/:id/secrets/roll`,
    ofPerson({
      tags,
      summary: 'Give an application a new secret',
      ...namedCall,
      params: ClientParams,
      body: SecretRollRequest,
      response: { 201: RolledSecretShape },
    }),
    async (request, reply) => {
      const { registrar, owns } = await developerOf(site, request)
      const rolled = await rollClientSecret(oauth, request.params.id, request.body, registrar, site.clock.now(), { call: callNameOf(request), mayChange: owns })
      const { clientId, secret, formerEndsAt } = rolled
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({ clientId, formerEndsAt: new Date(formerEndsAt).toISOString(), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
}

function readingRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.get(
    PATH,
    ofPerson({
      tags,
      summary: 'Your own applications, newest first',
      querystring: Type.Object(PageQuery, { additionalProperties: false }),
      response: { 200: pageOf(ClientShape) },
    }),
    async (request) => {
      const { userId } = await developerOf(site, request)
      const { items, ...rest } = await oauth.store.listClients({ ...request.query, limit: request.query.limit ?? 50, ownerId: userId, state: 'active' })
      return { items: items.map(shapeOfClient), ...rest }
    },
  )
  app.get(`${PATH}/:id`, ofPerson({ tags, summary: 'One application of yours', params: ClientParams, response: { 200: ClientShape } }), async (request) => {
    const { owns } = await developerOf(site, request)
    return shapeOfClient(await findOwn(site, request.params.id, owns))
  })
}

function changingRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.patch(
    `${PATH}/:id`,
    ofPerson({ tags, summary: 'Change an application of yours', ...namedCall, params: ClientParams, body: ApplicationChange, response: { 200: MadeClient } }),
    async (request, reply) => {
      const { registrar, owns, scopes } = await developerOf(site, request)
      checkOwnWishes(site, request.body)
      const changes = settingsOf(request.body)
      const merge = (client: Client) => byItsOwner(oauth, client, mergeDeveloperChanges(client, changes, scopes))
      const changed = await updateClient(oauth, request.params.id, merge, registrar, site.clock.now(), { mayChange: owns, call: callNameOf(request) })
      return markRepeated(reply, changed.isRepeated === true).send(shapeOfMade(changed))
    },
  )
  app.delete(
    `${PATH}/:id`,
    ofPerson({ tags, summary: 'End an application of yours, and every grant and token under it', params: ClientParams, response: { 204: NoContent } }),
    async (request, reply) => {
      const { registrar, owns } = await developerOf(site, request)
      await findOwn(site, request.params.id, owns)
      await disableClient(oauth, request.params.id, registrar, site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

/** Who is signed in, if developers may register here at all. @throws Refusal, as `@latchwork/verify` says; `registration_closed`; `session_ended`. */
async function developerOf(site: Site, request: FastifyRequest) {
  const { subject: userId, scopes } = callerOf(request)
  if (site.installation.config.applications.maxPerPerson === 0) return refuse('registration_closed')
  const user = await site.installation.store.accounts.findUser(userId)
  if (user === undefined) return refuse('session_ended')
  const owns = (client: Client): boolean => client.ownerId === userId
  return { userId, accountId: user.accountId, scopes, owns, registrar: { kind: 'user', id: userId, origin: site.originOf(request) } as const }
}

async function findOwn({ installation: { oauth } }: Site, id: string, owns: (client: Client) => boolean): Promise<Client> {
  const found = await oauth.store.findClient(id)
  return found === undefined || found.client.disabledAt !== undefined || !owns(found.client) ? refuse('not_found') : found.client
}

type Wishes = Pick<Static<typeof ApplicationChange>, 'scopes' | 'audiences' | 'settings'>

/** What policy lets developers have; what only an operator sets is not theirs to set (7.1). @throws Refusal `scope_invalid`, `target_invalid`, `client_invalid`. */
function checkOwnWishes({ installation: { config } }: Site, { scopes = [], audiences = [], settings = {} }: Wishes): void {
  const { scopes: allowed, audiences: reachable } = config.applications
  if (!coversAll(allowed, scopes)) refuse('scope_invalid', { detail: `Applications of developers may ask for ${allowed.join(' ')} here.` })
  if (!audiences.every((audience) => reachable.includes(audience)))
    refuse('target_invalid', { detail: 'Applications of developers may not use this API here.' })
  const privileged = Object.keys(settings).find(
    (name) => Object.hasOwn(settingRows, name) && settingRows[name as keyof typeof settingRows].isPrivileged === true,
  )
  if (privileged !== undefined) refuse('client_invalid', { detail: `${privileged} is for operators to set.` })
}
