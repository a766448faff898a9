/** Accounts, their members, and the keys a member made (K14). */
import { endKeysOfMember, listKeysOfMember, rollKeysOfMember } from '@latchwork/api-keys'
import { isVisibleName, newId, refuse } from '@latchwork/kernel'
import { Type } from 'typebox'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { closed, guarded, NoContent, Time } from '../schemas.ts'
import { keyMakerOf, makerOf, needAccount } from './maker.ts'
import { callNameOf, markRepeated } from './once.ts'
import { ApiKeyShape, MemberRollRequest, RolledKeyShape, shapeOfKey } from './shapes.ts'

const tags = ['accounts']
const AccountRequest = closed({ name: Type.String({ minLength: 1, maxLength: 100 }) })
const Account = Type.Object({ id: Type.String(), name: Type.String(), createdAt: Time })
const AccountParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const MemberParams = Type.Object({ id: Type.String({ maxLength: 64 }), userId: Type.String({ maxLength: 64 }) })

export function accountRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.post(
    '/v1/accounts',
    guarded('keys:write', { tags, summary: 'Make an account (organisation)', body: AccountRequest, response: { 201: Account } }),
    async (request, reply) => {
      const maker = makerOf(site, request)
      const now = site.clock.now()
      const name = request.body.name.trim()
      if (!isVisibleName(name)) return refuse('request_malformed', { detail: 'Give the account a name of 1 to 100 visible characters, and no credential.' })
      const account = { id: newId('account', now), name, createdAt: now }
      await store.accounts.createAccount(account, {
        events: [{ type: 'account.created', at: now, actor: { kind: 'root_key', id: maker.id }, ...maker.origin, accountId: account.id }],
        revocations: [],
      })
      return reply.code(201).send({ id: account.id, name: account.name, createdAt: new Date(now).toISOString() })
    },
  )
  memberRoutes(app, site)
  memberKeyRoutes(app, site)
}

function memberRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.post(
    '/v1/accounts/:id/members',
    guarded('users:write', {
      tags,
      summary: 'Make a person a member of an account',
      params: AccountParams,
      body: closed({ userId: Type.String({ maxLength: 64 }) }),
      response: { 201: Type.Object({ accountId: Type.String(), userId: Type.String() }) },
    }),
    async (request, reply) => {
      const { id: accountId } = request.params
      const { userId } = request.body
      const maker = makerOf(site, request)
      await needAccount(site, accountId)
      if ((await store.accounts.findUser(userId)) === undefined) return refuse('not_found', { detail: 'There is no person with this userId.' })
      const now = site.clock.now()
      const event = { type: 'member.added', at: now, actor: { kind: maker.kind, id: maker.id }, ...maker.origin, accountId, userId } as const
      await store.accounts.addMember(accountId, userId, now, { events: [event], revocations: [] })
      return reply.code(201).send({ accountId, userId })
    },
  )
  app.delete(
    '/v1/accounts/:id/members/:userId',
    guarded('users:write', {
      tags,
      summary: 'End a membership. Personal access tokens for the account end with it; for other keys the member made, see …/keys',
      params: MemberParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const { id: accountId, userId } = request.params
      const maker = makerOf(site, request)
      const now = site.clock.now()
      const event = { type: 'member.removed', at: now, actor: { kind: maker.kind, id: maker.id }, ...maker.origin, accountId, userId } as const
      const removed = await store.accounts.removeMember(accountId, userId, now, { events: [event], revocations: [] })
      if (!removed)
        return refuse('not_found', { detail: 'The person is no member of this account, or it is the account made for them, which they cannot leave.' })
      return reply.code(204).send(null)
    },
  )
}

function memberKeyRoutes(app: Typed, site: Site): void {
  const { apiKeys } = site.installation
  const at = '/v1/accounts/:id/members/:userId/keys'
  app.get(
    at,
    guarded('keys:read', {
      tags,
      summary: 'Active keys that a member made, or that stand for them; also after they left',
      params: MemberParams,
      response: {
        200: Type.Object({
          items: Type.Array(ApiKeyShape),
          more: Type.Optional(
            Type.Literal(true, { description: 'There are more than these: GET /v1/keys?accountId=…&madeBy=…&state=active pages through all.' }),
          ),
        }),
      },
    }),
    async (request) => {
      const { id, userId } = request.params
      await needAccount(site, id)
      const { keys, isWhole } = await listKeysOfMember(apiKeys, id, userId, site.clock.now())
      return { items: keys.map(shapeOfKey), ...(isWhole ? {} : { more: true as const }) }
    },
  )
  app.post(
    `${at}/end`,
    guarded('keys:write', {
      tags,
      summary: 'Revoke every key that a member made, in one act',
      params: MemberParams,
      response: { 200: Type.Object({ revoked: Type.Array(ApiKeyShape) }) },
    }),
    async (request) => {
      const { id, userId } = request.params
      await needAccount(site, id)
      const revoked = await endKeysOfMember(apiKeys, id, userId, makerOf(site, request), site.clock.now())
      return { revoked: revoked.map(shapeOfKey) }
    },
  )
  app.post(
    `${at}/roll`,
    guarded('keys:write', {
      tags,
      summary: 'Roll every key that a member made, all or none; personal access tokens are left out, because they stand for the person',
      params: MemberParams,
      body: MemberRollRequest,
      response: { 201: Type.Object({ rolled: Type.Array(RolledKeyShape) }) },
    }),
    async (request, reply) => {
      const { id, userId } = request.params
      await needAccount(site, id)
      const { overlapSeconds, startsAtFirstUse } = request.body
      const asked = {
        ...(overlapSeconds === undefined ? {} : { overlapMs: overlapSeconds * 1000 }),
        ...(startsAtFirstUse === undefined ? {} : { startsAtFirstUse }),
      }
      const rolled = await rollKeysOfMember(apiKeys, id, userId, asked, keyMakerOf(site, request), site.clock.now(), callNameOf(request))
      const shapes = rolled.map(({ key, replaced, secret }) => ({
        key: shapeOfKey(key),
        replaced: shapeOfKey(replaced),
        ...(secret === undefined ? {} : { secret: secret.reveal() }),
      }))
      return markRepeated(
        reply,
        rolled.some(({ secret }) => secret === undefined),
      )
        .code(201)
        .send({ rolled: shapes })
    },
  )
}
