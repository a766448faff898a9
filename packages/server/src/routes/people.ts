/** People, managed by root keys: disabled and enabled. */
import { disableUser, enableUser, type UserChange } from '@latchwork/accounts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { makerOf } from './keys/maker.ts'
import { guarded, NoContent } from './schemas.ts'

const Person = Type.Object({ id: Type.String({ maxLength: 64 }) })
const tags = ['people']

export function peopleRoutes(app: FastifyInstance, site: Site): void {
  const typed = app as Typed
  const { accounts, longestTokenMs } = site.installation
  const changeOf = (request: FastifyRequest, userId: string): UserChange => {
    const { kind, id, origin } = makerOf(site, request)
    return { userId, actor: { kind, id }, origin, now: site.clock.now(), longestTokenMs }
  }
  typed.post(
    '/v1/people/:id/disable',
    guarded('users:write', {
      tags,
      summary: 'Disable a person: their sessions, grants and personal access tokens end at once, and they cannot sign in. Again changes nothing',
      params: Person,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      await disableUser(accounts, changeOf(request, request.params.id))
      return reply.code(204).send(null)
    },
  )
  typed.post(
    '/v1/people/:id/enable',
    guarded('users:write', {
      tags,
      summary: 'Let a disabled person sign in again. What ended stays ended. Again changes nothing',
      params: Person,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      await enableUser(accounts, changeOf(request, request.params.id))
      return reply.code(204).send(null)
    },
  )
}
