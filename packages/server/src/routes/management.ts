/** The management API: root keys; API keys, accounts and clients have folders of their own. Each route names the scope it needs, and cannot be mounted without (9.1). */
import { issueRootKeyOnce, type RootKey, revokeRootKey } from '@latchwork/api-keys'
import type { FastifyInstance } from 'fastify'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { accountRoutes } from './accounts/index.ts'
import { eventChainRoutes } from './event-chain.ts'
import { eventRoutes } from './events.ts'
import { keyRoutes } from './keys/index.ts'
import { makerOf } from './keys/maker.ts'
import { ListQuery, listFilterOf, stateOf } from './list-query.ts'
import { callNameOf, markRepeated, namedCall } from './once.ts'
import { closed, guarded, NoContent, pageOf, RootKeyRequest, RootKeyShape } from './schemas.ts'

export function managementRoutes(app: FastifyInstance, site: Site): void {
  keyRoutes(app as Typed, site)
  accountRoutes(app as Typed, site)
  rootKeyRoutes(app as Typed, site)
  eventRoutes(app as Typed, site)
  eventChainRoutes(app as Typed, site)
}

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
      querystring: closed({ ...ListQuery, state: stateOf(['active', 'revoked'], 'Of these alone.') }),
      response: { 200: pageOf(RootKeyShape) },
    }),
    async (request) => {
      const { items, ...rest } = await apiKeys.store.listRootKeys(listFilterOf(request.query))
      return { items: items.map(shapeOfRootKey), ...rest }
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
