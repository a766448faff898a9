/** Clients, managed by root keys: made, seen, changed, their secrets rolled, disabled. */
import { refuse } from '@latchwork/kernel'
import { disableClient, mergeOperatorChanges, profileNames, registerClient, rollClientSecret, updateClient } from '@latchwork/oauth'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { makerOf } from '../keys/maker.ts'
import { ListQuery, listFilterOf, stateOf } from '../list-query.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, Environment, guarded, NoContent, pageOf } from '../schemas.ts'
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

const tags = ['clients']

export function clientRoutes(app: Typed, site: Site): void {
  makingRoutes(app, site)
  readingRoutes(app, site)
  changingRoutes(app, site)
}

function makingRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.post(
    '/v1/clients',
    guarded('clients:write', {
      tags,
      summary: 'Register a client; its secret is shown once',
      ...namedCall,
      body: ClientRequest,
      response: { 201: MadeClient },
    }),
    async (request, reply) => {
      const made = await registerClient(oauth, settingsOf(request.body), makerOf(site, request), site.clock.now(), { call: callNameOf(request) })
      return markRepeated(reply, made.isRepeated === true)
        .code(201)
        .send(shapeOfMade(made))
    },
  )
  app.post(
    '/v1/clients/:id/secrets/roll',
    guarded('clients:write', {
      tags,
      summary: 'Give a client a new secret; the one before lives on for an overlap',
      ...namedCall,
      params: ClientParams,
      body: SecretRollRequest,
      response: { 201: RolledSecretShape },
    }),
    async (request, reply) => {
      const { clientId, secret, formerEndsAt } = await rollClientSecret(oauth, request.params.id, request.body, makerOf(site, request), site.clock.now(), {
        call: callNameOf(request),
      })
      const shape = { clientId, formerEndsAt: new Date(formerEndsAt).toISOString(), ...(secret === undefined ? {} : { secret: secret.reveal() }) }
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send(shape)
    },
  )
}

function readingRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.get(
    '/v1/clients',
    guarded('clients:read', {
      tags,
      summary: 'Clients, newest first',
      querystring: closed({
        ...ListQuery,
        accountId: Type.Optional(Type.String({ maxLength: 64, description: 'Of this account.' })),
        ownerId: Type.Optional(Type.String({ maxLength: 64, description: 'Registered by this person as their own.' })),
        environment: Type.Optional(Environment),
        profile: Type.Optional(Type.Enum([...profileNames])),
        state: stateOf(['active', 'disabled'], 'Of these alone.'),
      }),
      response: { 200: pageOf(ClientShape) },
    }),
    async (request) => {
      const { items, ...rest } = await oauth.store.listClients(listFilterOf(request.query))
      return { items: items.map(shapeOfClient), ...rest }
    },
  )
  app.get(
    '/v1/clients/:id',
    guarded('clients:read', { tags, summary: 'One client', params: ClientParams, response: { 200: ClientShape } }),
    async (request) => {
      const found = await oauth.store.findClient(request.params.id)
      return found === undefined ? refuse('not_found') : shapeOfClient(found.client)
    },
  )
}

function changingRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.patch(
    '/v1/clients/:id',
    guarded('clients:write', {
      tags,
      summary: 'Change a client; what is left away stays, a setting that is null goes back to its default',
      ...namedCall,
      params: ClientParams,
      body: ClientChange,
      response: { 200: MadeClient },
    }),
    async (request, reply) => {
      const changes = settingsOf(request.body)
      const merge = (client: Parameters<typeof mergeOperatorChanges>[0]) => mergeOperatorChanges(client, changes)
      const changed = await updateClient(oauth, request.params.id, merge, makerOf(site, request), site.clock.now(), { call: callNameOf(request) })
      return markRepeated(reply, changed.isRepeated === true).send(shapeOfMade(changed))
    },
  )
  app.delete(
    '/v1/clients/:id',
    guarded('clients:write', {
      tags,
      summary: 'Disable a client, and end every grant and token under it',
      params: ClientParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      await disableClient(oauth, request.params.id, makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}
