/** The management API: keys, root keys, clients, events. Each route names the scope it needs; a route that names none is closed (9.1). */
import { type ApiKey, issueKey, issueRootKey, type Maker, revokeKey, revokeRootKey } from '@latchwork/api-keys'
import { listEvents } from '@latchwork/events'
import { type EventType, eventTypes, newId, type Principal, refuse } from '@latchwork/kernel'
import { type Client, disableClient, registerClient } from '@latchwork/oauth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import {
  Account,
  AccountRequest,
  ApiKeyShape,
  ClientRequest,
  ClientShape,
  EventShape,
  KeyRequest,
  NoContent,
  PageQuery,
  pageOf,
  RootKeyRequest,
  RootKeyShape,
  secured,
} from './schemas.ts'

export function managementRoutes(app: FastifyInstance, site: Site): void {
  keyRoutes(app as Typed, site)
  rootKeyRoutes(app as Typed, site)
  clientRoutes(app as Typed, site)
  eventRoutes(app as Typed, site)
}

/** The root key behind a call, as the maker of what it makes. */
async function makerOf(site: Site, request: FastifyRequest, scope: string): Promise<Maker> {
  const principal = await callerOf(site, request, scope)
  return { kind: 'root_key', id: principal.subject, ceiling: principal.scopes, origin: site.originOf(request) }
}

function callerOf(site: Site, request: FastifyRequest, scope: string): Promise<Principal> {
  return site.authenticate(request, { scopes: [scope], mechanisms: ['root_key'] })
}

function keyRoutes(app: Typed, site: Site): void {
  const { apiKeys, store } = site.installation
  const tags = ['keys']
  app.post(
    '/v1/keys',
    {
      schema: {
        tags,
        summary: 'Make an API key; the answer is the only place its text is shown',
        ...secured('keys:write'),
        body: KeyRequest,
        response: { 201: Type.Object({ key: ApiKeyShape, secret: Type.String() }) },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'keys:write')
      const { accountId, kind = 'sk', environment = 'live', name, scopes = [], expiresAt, notBefore } = request.body
      if ((await store.accounts.findAccount(accountId)) === undefined) return refuse('not_found', { detail: 'There is no account with this accountId.' })
      const asked = {
        accountId,
        kind,
        environment,
        name,
        scopes,
        ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt, 'expiresAt') }),
        ...(notBefore === undefined ? {} : { notBefore: timeOf(notBefore, 'notBefore') }),
      }
      // A root key is the installation's own: its scopes are those of management and say nothing of what a key may do at an API.
      const { key, secret } = await issueKey(apiKeys, asked, { ...maker, ceiling: 'unlimited' }, site.clock.now())
      return reply.code(201).send({ key: shapeOfKey(key), secret: secret.reveal() })
    },
  )
  app.get(
    '/v1/keys',
    {
      schema: {
        tags,
        summary: 'API keys, oldest first',
        ...secured('keys:read'),
        querystring: Type.Object(
          { ...PageQuery, accountId: Type.Optional(Type.String()), environment: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('test')])) },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(ApiKeyShape) },
      },
    },
    async (request) => {
      await callerOf(site, request, 'keys:read')
      const { items, ...rest } = await store.apiKeys.listKeys({ ...request.query, limit: request.query.limit ?? 50 })
      return { items: items.map(shapeOfKey), ...rest }
    },
  )
  app.get(
    '/v1/keys/:id',
    {
      schema: {
        tags,
        summary: 'One API key',
        ...secured('keys:read'),
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: { 200: ApiKeyShape },
      },
    },
    async (request) => {
      await callerOf(site, request, 'keys:read')
      return shapeOfKey((await store.apiKeys.findKey(request.params.id)) ?? refuse('not_found'))
    },
  )
  app.delete(
    '/v1/keys/:id',
    {
      schema: {
        tags,
        summary: 'Revoke an API key, at once and everywhere',
        ...secured('keys:write'),
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'keys:write')
      await revokeKey(apiKeys, request.params.id, 'revoked', maker, site.clock.now())
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/v1/accounts',
    { schema: { tags: ['accounts'], summary: 'Make an account (organisation)', ...secured('keys:write'), body: AccountRequest, response: { 201: Account } } },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'keys:write')
      const now = site.clock.now()
      const account = { id: newId('account', now), name: request.body.name, createdAt: now }
      await store.accounts.createAccount(account, {
        events: [{ type: 'account.created', at: now, actor: { kind: 'root_key', id: maker.id }, ...maker.origin, accountId: account.id }],
        revocations: [],
      })
      return reply.code(201).send({ id: account.id, name: account.name, createdAt: new Date(now).toISOString() })
    },
  )
}

function rootKeyRoutes(app: Typed, site: Site): void {
  const { apiKeys } = site.installation
  const tags = ['root keys']
  app.post(
    '/v1/root-keys',
    {
      schema: {
        tags,
        summary: 'Make a root key, with no more scopes than your own',
        ...secured('root_keys:write'),
        body: RootKeyRequest,
        response: { 201: Type.Object({ rootKey: RootKeyShape, secret: Type.String() }) },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'root_keys:write')
      const { rootKey, secret } = await issueRootKey(apiKeys, request.body, maker, site.clock.now())
      return reply
        .code(201)
        .send({ rootKey: { ...rootKey, scopes: [...rootKey.scopes], createdAt: new Date(rootKey.createdAt).toISOString() }, secret: secret.reveal() })
    },
  )
  app.delete(
    '/v1/root-keys/:id',
    {
      schema: {
        tags,
        summary: 'Revoke a root key',
        ...secured('root_keys:write'),
        params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'root_keys:write')
      await revokeRootKey(apiKeys, request.params.id, maker, site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

function clientRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  const tags = ['clients']
  app.post(
    '/v1/clients',
    {
      schema: {
        tags,
        summary: 'Register a client; its secret is shown once',
        ...secured('clients:write'),
        body: ClientRequest,
        response: { 201: Type.Object({ client: ClientShape, secret: Type.Optional(Type.String()) }) },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'clients:write')
      const { client, secret } = await registerClient(oauth, request.body, maker, site.clock.now())
      return reply.code(201).send({ client: shapeOfClient(client), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
  app.get(
    '/v1/clients',
    {
      schema: {
        tags,
        summary: 'Clients, oldest first',
        ...secured('clients:read'),
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: pageOf(ClientShape) },
      },
    },
    async (request) => {
      await callerOf(site, request, 'clients:read')
      const { items, ...rest } = await oauth.store.listClients({ ...request.query, limit: request.query.limit ?? 50 })
      return { items: items.map(shapeOfClient), ...rest }
    },
  )
  app.delete(
    '/v1/clients/:id',
    {
      schema: {
        tags,
        summary: 'Disable a client, and end every grant and token under it',
        ...secured('clients:write'),
        params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
        response: { 204: NoContent },
      },
    },
    async (request, reply) => {
      const maker = await makerOf(site, request, 'clients:write')
      await disableClient(oauth, request.params.id, maker, site.clock.now())
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
    },
    { additionalProperties: false },
  )
  app.get(
    '/v1/events',
    {
      schema: {
        tags: ['events'],
        summary: 'What happened, newest first',
        ...secured('events:read'),
        querystring: EventQuery,
        response: { 200: pageOf(EventShape) },
      },
    },
    async (request) => {
      await callerOf(site, request, 'events:read')
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

function timeOf(text: string, name: string): number {
  const time = Date.parse(text)
  return Number.isNaN(time) ? refuse('request_malformed', { detail: `${name} is a date and time such as 2027-01-31T12:00:00Z.` }) : time
}

function shapeOfKey(key: ApiKey): Static<typeof ApiKeyShape> {
  const { createdAt, notBefore, expiresAt, revokedAt, ...rest } = key
  const iso = (time: number): string => new Date(time).toISOString()
  return {
    ...rest,
    scopes: [...rest.scopes],
    createdAt: iso(createdAt),
    ...(notBefore === undefined ? {} : { notBefore: iso(notBefore) }),
    ...(expiresAt === undefined ? {} : { expiresAt: iso(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: iso(revokedAt) }),
  }
}

function shapeOfClient(client: Client): Static<typeof ClientShape> {
  const { redirectUris, grantTypes, scopes, audiences, createdAt, disabledAt: _disabledAt, ...rest } = client
  return {
    ...rest,
    redirectUris: [...redirectUris],
    grantTypes: [...grantTypes],
    scopes: [...scopes],
    audiences: [...audiences],
    createdAt: new Date(createdAt).toISOString(),
  }
}
