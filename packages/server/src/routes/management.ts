/** The management API: root keys and events; API keys, accounts and clients have folders of their own. Each route names the scope it needs, and cannot be mounted without (9.1). */
import { issueRootKeyOnce, type RootKey, revokeRootKey } from '@latchwork/api-keys'
import { listEvents } from '@latchwork/events'
import { type EventType, eventTypes, refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { accountRoutes } from './accounts/index.ts'
import { keyRoutes } from './keys/index.ts'
import { makerOf } from './keys/maker.ts'
import { callNameOf, markRepeated, namedCall } from './once.ts'
import { EventShape, guarded, NoContent, PageQuery, pageOf, RootKeyRequest, RootKeyShape } from './schemas.ts'

export function managementRoutes(app: FastifyInstance, site: Site): void {
  keyRoutes(app as Typed, site)
  accountRoutes(app as Typed, site)
  rootKeyRoutes(app as Typed, site)
  eventRoutes(app as Typed, site)
}

const MOST_ROOT_KEYS = 1000

function shapeOfRootKey({ scopes, createdAt, revokedAt, ...rootKey }: RootKey): Static<typeof RootKeyShape> {
  const ended = revokedAt === undefined ? {} : { revokedAt: new Date(revokedAt).toISOString() }
  return { ...rootKey, scopes: [...scopes], createdAt: new Date(createdAt).toISOString(), ...ended }
}

function rootKeyRoutes(app: Typed, site: Site): void {
  const { apiKeys } = site.installation
  const tags = ['root keys']
  app.get(
    '/v1/root-keys',
    guarded('root_keys:read', {
      tags,
      summary: 'Root keys, newest first, revoked ones too; those that the configuration declares are not among them',
      response: {
        200: Type.Object({
          items: Type.Array(RootKeyShape),
          more: Type.Optional(Type.Literal(true, { description: `There are older ones than these ${MOST_ROOT_KEYS}.` })),
        }),
      },
    }),
    async () => {
      const rootKeys = await apiKeys.store.listRootKeys()
      return { items: rootKeys.slice(0, MOST_ROOT_KEYS).map(shapeOfRootKey), ...(rootKeys.length > MOST_ROOT_KEYS ? { more: true as const } : {}) }
    },
  )
  app.post(
    '/v1/root-keys',
    guarded('root_keys:write', {
      tags,
      summary: 'Make a root key, with no more scopes than your own',
      ...namedCall,
      body: RootKeyRequest,
      response: {
        201: Type.Object({ rootKey: RootKeyShape, secret: Type.Optional(Type.String({ description: 'This once; absent in the answer to a repeated call.' })) }),
      },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      const { rootKey, secret } = await issueRootKeyOnce(apiKeys, request.body, maker, site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({ rootKey: shapeOfRootKey(rootKey), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
  app.delete(
    '/v1/root-keys/:id',
    guarded('root_keys:write', {
      tags,
      summary: 'Revoke a root key',
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      await revokeRootKey(apiKeys, request.params.id, maker, site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

function eventRoutes(app: Typed, site: Site): void {
  const EventQuery = Type.Object(
    {
      ...PageQuery,
      type: Type.Optional(Type.String()),
      userId: Type.Optional(Type.String()),
      clientId: Type.Optional(Type.String()),
      credentialId: Type.Optional(Type.String()),
      reference: Type.Optional(Type.String({ description: 'Of a refused request, as its answer told it.' })),
    },
    { additionalProperties: false },
  )
  app.get(
    '/v1/events',
    guarded('events:read', {
      tags: ['events'],
      summary: 'What happened, newest first',
      querystring: EventQuery,
      response: { 200: pageOf(EventShape) },
    }),
    async (request) => {
      const { type, limit = 50, ...filter } = request.query
      if (type !== undefined && !Object.hasOwn(eventTypes, type))
        return refuse('request_malformed', { detail: `type is one of ${Object.keys(eventTypes).join(', ')}.` })
      const { items, ...rest } = await listEvents(site.installation.store.events, {
        ...filter,
        limit,
        ...(type === undefined ? {} : { type: type as EventType }),
      })
      return { items: items.map((event) => ({ ...event, at: new Date(event.at).toISOString() })), ...rest }
    },
  )
}
