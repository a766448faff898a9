/** The management API: keys, root keys, clients, events. Each route names the scope it needs, and cannot be mounted without (9.1). */
import { type ApiKey, issueKey, issueRootKey, type Maker, revokeKey, revokeRootKey } from '@latchwork/api-keys'
import { listEvents } from '@latchwork/events'
import { type EventType, eventTypes, isVisibleName, newId, refuse } from '@latchwork/kernel'
import { type Client, disableClient, registerClient } from '@latchwork/oauth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Typed } from '../http/app.ts'
import { callerOf } from '../http/guard.ts'
import type { Site } from '../http/site.ts'
import {
  Account,
  AccountRequest,
  ApiKeyShape,
  ClientRequest,
  ClientShape,
  EventShape,
  guarded,
  KeyRequest,
  NoContent,
  PageQuery,
  pageOf,
  RootKeyRequest,
  RootKeyShape,
} from './schemas.ts'

export function managementRoutes(app: FastifyInstance, site: Site): void {
  keyRoutes(app as Typed, site)
  rootKeyRoutes(app as Typed, site)
  clientRoutes(app as Typed, site)
  eventRoutes(app as Typed, site)
}

/** The root key behind a call, as the maker of what it makes. */
function makerOf(site: Site, request: FastifyRequest): Maker {
  const { subject, scopes } = callerOf(request)
  return { kind: 'root_key', id: subject, ceiling: scopes, origin: site.originOf(request) }
}

function keyRoutes(app: Typed, site: Site): void {
  const { apiKeys, store } = site.installation
  const tags = ['keys']
  app.post(
    '/v1/keys',
    guarded('keys:write', {
      tags,
      summary: 'Make an API key; the answer is the only place its text is shown',
      body: KeyRequest,
      response: { 201: Type.Object({ key: ApiKeyShape, secret: Type.String() }) },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
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
    guarded('keys:read', {
      tags,
      summary: 'API keys, newest first',
      querystring: Type.Object(
        { ...PageQuery, accountId: Type.Optional(Type.String()), environment: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('test')])) },
        { additionalProperties: false },
      ),
      response: { 200: pageOf(ApiKeyShape) },
    }),
    async (request) => {
      const { items, ...rest } = await store.apiKeys.listKeys({ ...request.query, limit: request.query.limit ?? 50 })
      return { items: items.map(shapeOfKey), ...rest }
    },
  )
  app.get(
    '/v1/keys/:id',
    guarded('keys:read', {
      tags,
      summary: 'One API key',
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      response: { 200: ApiKeyShape },
    }),
    async (request) => {
      return shapeOfKey((await store.apiKeys.findKey(request.params.id)) ?? refuse('not_found'))
    },
  )
  app.delete(
    '/v1/keys/:id',
    guarded('keys:write', {
      tags,
      summary: 'Revoke an API key, at once and everywhere',
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      await revokeKey(apiKeys, request.params.id, 'revoked', maker, site.clock.now())
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/v1/accounts',
    guarded('keys:write', { tags: ['accounts'], summary: 'Make an account (organisation)', body: AccountRequest, response: { 201: Account } }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      const now = site.clock.now()
      const name = request.body.name.trim()
      if (!isVisibleName(name)) return refuse('request_malformed', { detail: 'Give the account a name of 1 to 100 visible characters.' })
      const account = { id: newId('account', now), name, createdAt: now }
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
    guarded('root_keys:write', {
      tags,
      summary: 'Make a root key, with no more scopes than your own',
      body: RootKeyRequest,
      response: { 201: Type.Object({ rootKey: RootKeyShape, secret: Type.String() }) },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      const { rootKey, secret } = await issueRootKey(apiKeys, request.body, maker, site.clock.now())
      return reply
        .code(201)
        .send({ rootKey: { ...rootKey, scopes: [...rootKey.scopes], createdAt: new Date(rootKey.createdAt).toISOString() }, secret: secret.reveal() })
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

function clientRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  const tags = ['clients']
  app.post(
    '/v1/clients',
    guarded('clients:write', {
      tags,
      summary: 'Register a client; its secret is shown once',
      body: ClientRequest,
      response: { 201: Type.Object({ client: ClientShape, secret: Type.Optional(Type.String()) }) },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      const { client, secret } = await registerClient(oauth, request.body, maker, site.clock.now())
      return reply.code(201).send({ client: shapeOfClient(client), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
  app.get(
    '/v1/clients',
    guarded('clients:read', {
      tags,
      summary: 'Clients, newest first',
      querystring: Type.Object(PageQuery, { additionalProperties: false }),
      response: { 200: pageOf(ClientShape) },
    }),
    async (request) => {
      const { items, ...rest } = await oauth.store.listClients({ ...request.query, limit: request.query.limit ?? 50 })
      return { items: items.map(shapeOfClient), ...rest }
    },
  )
  app.delete(
    '/v1/clients/:id',
    guarded('clients:write', {
      tags,
      summary: 'Disable a client, and end every grant and token under it',
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const maker = makerOf(site, request)
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

/** RFC 3339 §5.6; `Date.parse` alone would take "1" for a day in 2001. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

function timeOf(text: string, name: string): number {
  const time = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN
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
