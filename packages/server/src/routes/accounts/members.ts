/** Members of accounts: who belongs to one, who joins, who leaves. */
import type { Member } from '@latchwork/accounts'
import { answeredBy, onceOf, refuse } from '@latchwork/kernel'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { type Static, Type } from '../../json-schema.ts'
import { makerOf, needAccount } from '../keys/maker.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, guarded, NoContent, PageQuery, pageOf, Time } from '../schemas.ts'
import { AccountParams, MemberParams, tags } from './shapes.ts'

const MemberShape = Type.Object(
  {
    userId: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: Type.Enum(['owner', 'member'], { description: 'owner: whose own account it is.' }),
    since: Time,
  },
  { title: 'Member' },
)

export function memberRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.get(
    '/v1/accounts/:id/members',
    guarded('users:read', {
      tags,
      summary: 'Members of an account, newest first',
      params: AccountParams,
      querystring: closed({ ...PageQuery, role: Type.Optional(Type.Enum(['owner', 'member'])) }),
      response: { 200: pageOf(MemberShape) },
    }),
    async (request) => {
      const { id } = request.params
      await needAccount(site, id)
      const { items, ...rest } = await store.accounts.listMembers(id, { ...request.query, limit: request.query.limit ?? 50 })
      return { items: items.map(shapeOfMember), ...rest }
    },
  )
  app.post(
    '/v1/accounts/:id/members',
    guarded('users:write', {
      tags,
      summary: 'Make a person a member of an account',
      ...namedCall,
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
      const { once } = onceOf(maker, callNameOf(request), now)
      const { isRepeated } = answeredBy<boolean>(await store.accounts.addMember(accountId, userId, now, { events: [event], revocations: [] }, once))
      return markRepeated(reply, isRepeated).code(201).send({ accountId, userId })
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

function shapeOfMember({ since, ...member }: Member): Static<typeof MemberShape> {
  return { ...member, since: new Date(since).toISOString() }
}
