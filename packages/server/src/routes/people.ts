/** People, managed by root keys: seen, changed, disabled and enabled. */
import { changePerson, disableUser, enableUser, type Person, parseEmail, type UserChange } from '@latchwork/accounts'
import { refuse } from '@latchwork/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { type Static, Type } from '../json-schema.ts'
import { ProfileChange, ProfileShape } from '../profile-shape.ts'
import { makerOf } from './keys/maker.ts'
import { ListQuery, listFilterOf, stateOf } from './list-query.ts'
import { callNameOf, markRepeated, namedCall } from './once.ts'
import { closed, guarded, NoContent, pageOf, Time, timeThat } from './schemas.ts'

const PersonParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
const PersonShape = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    emailVerified: Type.Boolean(),
    name: Type.String(),
    operator: Type.Boolean(),
    accountId: Type.String({ description: 'The account made for the person.' }),
    profile: ProfileShape,
    createdAt: Time,
    updatedAt: timeThat('When name, address or profile last changed.'),
    disabledAt: Type.Optional(Time),
  },
  { title: 'Person' },
)
const tags = ['people']

export function peopleRoutes(app: FastifyInstance, site: Site): void {
  const typed = app as Typed
  const { accounts, longestTokenMs } = site.installation
  const changeOf = (request: FastifyRequest, userId: string): UserChange => {
    const { kind, id, origin } = makerOf(site, request)
    const call = callNameOf(request)
    return { userId, actor: { kind, id }, origin, now: site.clock.now(), longestTokenMs, ...(call && { call }) }
  }
  readingRoutes(typed, site)
  changingRoute(typed, site)
  typed.post(
    '/v1/people/:id/disable',
    guarded('users:write', {
      tags,
      summary: 'Disable a person: their sessions, grants and personal access tokens end at once, and they cannot sign in. Again changes nothing',
      ...namedCall,
      params: PersonParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const { isRepeated } = await disableUser(accounts, changeOf(request, request.params.id))
      return markRepeated(reply, isRepeated).code(204).send(null)
    },
  )
  typed.post(
    '/v1/people/:id/enable',
    guarded('users:write', {
      tags,
      summary: 'Let a disabled person sign in again. What ended stays ended. Again changes nothing',
      ...namedCall,
      params: PersonParams,
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      const { isRepeated } = await enableUser(accounts, changeOf(request, request.params.id))
      return markRepeated(reply, isRepeated).code(204).send(null)
    },
  )
}

function readingRoutes(app: Typed, site: Site): void {
  const { store } = site.installation
  app.get(
    '/v1/people',
    guarded('users:read', {
      tags,
      summary: 'People, newest first',
      querystring: closed({
        ...ListQuery,
        email: Type.Optional(Type.String({ maxLength: 320, description: 'Whoever has this address.' })),
        accountId: Type.Optional(Type.String({ maxLength: 64, description: 'Whose own account this is; for those who belong to one, see its members.' })),
        operator: Type.Optional(Type.Enum(['true', 'false'], { description: 'Operators alone, or everybody else.' })),
        state: stateOf(['active', 'disabled'], 'Of these alone.'),
      }),
      response: { 200: pageOf(PersonShape) },
    }),
    async (request) => {
      const { email, operator, ...asked } = request.query
      const { items, ...rest } = await store.accounts.listPeople({
        ...listFilterOf(asked),
        ...(email === undefined ? {} : { email: parseEmail(email) }),
        ...(operator === undefined ? {} : { isOperator: operator === 'true' }),
      })
      return { items: items.map(shapeOfPerson), ...rest }
    },
  )
  app.get('/v1/people/:id', guarded('users:read', { tags, summary: 'One person', params: PersonParams, response: { 200: PersonShape } }), async (request) => {
    const person = await store.accounts.findPerson(request.params.id)
    return person === undefined ? refuse('not_found', { detail: 'There is no person with this id.' }) : shapeOfPerson(person)
  })
}

function changingRoute(app: Typed, site: Site): void {
  const { accounts } = site.installation
  app.patch(
    '/v1/people/:id',
    guarded('users:write', {
      tags,
      summary: 'Change the name of a person, and what applications may be told of them',
      ...namedCall,
      params: PersonParams,
      body: closed({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })), profile: Type.Optional(ProfileChange) }, { title: 'PersonChanges' }),
      response: { 200: PersonShape },
    }),
    async (request, reply) => {
      const { kind, id, origin } = makerOf(site, request)
      const call = callNameOf(request)
      const change = { userId: request.params.id, actor: { kind, id }, origin, now: site.clock.now(), ...(call && { call }) }
      const { answer, isRepeated } = await changePerson(accounts, change, request.body)
      return markRepeated(reply, isRepeated).send(shapeOfPerson(answer))
    },
  )
}

function shapeOfPerson({ isOperator, createdAt, updatedAt, disabledAt, ...person }: Person): Static<typeof PersonShape> {
  const since = disabledAt === undefined ? {} : { disabledAt: new Date(disabledAt).toISOString() }
  return { ...person, operator: isOperator, createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(updatedAt).toISOString(), ...since }
}
