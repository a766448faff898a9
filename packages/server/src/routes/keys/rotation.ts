/** Automatic rotation over HTTP (K19): of a key, of the keys of an account, and what became of each. */
import { type Rotation, refuseUnknownRotation, removeRotation, rotateNow, setAccountRotation, setKeyRotation, stateOfRotation } from '@latchwork/api-keys'
import { onceOf, refuse } from '@latchwork/kernel'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, Environment, guarded, NoContent, PageQuery, pageOf } from '../schemas.ts'
import { makerOf, needAccount } from './maker.ts'
import {
  AccountRotationRequest,
  AttemptShape,
  askedRotation,
  PolicyShape,
  RotationRequest,
  RotationShape,
  shapeOfAttempt,
  shapeOfPolicy,
  shapeOfRotation,
  TargetShape,
} from './rotation-shapes.ts'
import { KeyParams } from './shapes.ts'

const tags = ['rotation']
const ATTEMPTS_SHOWN = 20

export function rotationRoutes(app: Typed, site: Site): void {
  keyRotationRoutes(app, site)
  rotateNowRoute(app, site)
  accountRotationRoutes(app, site)
  listRoutes(app, site)
}

function keyRotationRoutes(app: Typed, site: Site): void {
  const { rotations } = site.installation.rotationDesk
  const at = '/v1/keys/:id/rotation'
  const read = async (id: string) => {
    const rotation = (await rotations.store.findRotation(id)) ?? (await refuseUnknownRotation(rotations, id))
    const attempts = await rotations.store.listAttempts(rotation.id, ATTEMPTS_SHOWN)
    return { ...(await tell(site, rotation)), attempts: attempts.map(shapeOfAttempt) }
  }
  app.put(
    at,
    guarded('keys:write', {
      tags,
      summary: 'Have a key rotated by itself, each successor delivered to a target of the configuration',
      params: KeyParams,
      body: RotationRequest,
      response: { 200: RotationShape },
    }),
    async (request) => {
      await setKeyRotation(rotations, request.params.id, askedRotation(request.body), makerOf(site, request), site.clock.now())
      return read(request.params.id)
    },
  )
  app.get(
    at,
    guarded('keys:read', {
      tags,
      summary: 'The rotation of a key: when it is due, and its last attempts',
      params: KeyParams,
      response: { 200: RotationShape },
    }),
    async (request) => read(request.params.id),
  )
  app.delete(
    at,
    guarded('keys:write', { tags, summary: 'No longer rotate a key by itself; keys stay as they are', params: KeyParams, response: { 204: NoContent } }),
    async (request, reply) => {
      await removeRotation(rotations, { keyId: request.params.id }, makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

async function tell(site: Site, rotation: Rotation) {
  return shapeOfRotation(rotation, await stateOfRotation(site.installation.rotationDesk.rotations, rotation, site.clock.now()))
}

function rotateNowRoute(app: Typed, site: Site): void {
  const { rotations } = site.installation.rotationDesk
  app.post(
    '/v1/keys/:id/rotation/run',
    guarded('keys:write', {
      tags,
      summary: 'Rotate a key now. 202: its successor is made and not delivered yet; that is tried again',
      ...namedCall,
      params: KeyParams,
      response: { 200: AttemptShape, 202: AttemptShape },
    }),
    async (request, reply) => {
      const [now, maker] = [site.clock.now(), makerOf(site, request)]
      const { once } = onceOf(maker, callNameOf(request), now)
      const { answer: attempt, isRepeated } = await rotateNow(rotations, request.params.id, maker, now, once)
      return markRepeated(reply, isRepeated)
        .code(attempt.outcome === 'delivered' ? 200 : 202)
        .send(shapeOfAttempt(attempt))
    },
  )
}

function accountRotationRoutes(app: Typed, site: Site): void {
  const { rotations } = site.installation.rotationDesk
  const at = '/v1/accounts/:id/rotation'
  const params = Type.Object({ id: Type.String({ maxLength: 64 }) })
  const querystring = closed({ environment: Type.Optional(Environment) })
  app.put(
    at,
    guarded('keys:write', {
      tags,
      summary: 'Have every secret and restricted key of an account rotated by itself, those made later included',
      params,
      body: AccountRotationRequest,
      response: { 200: PolicyShape },
    }),
    async (request) => {
      const { environment = 'live', ...asked } = request.body
      const owner = { accountId: request.params.id, environment }
      await needAccount(site, owner.accountId)
      return shapeOfPolicy(await setAccountRotation(rotations, owner, askedRotation(asked), makerOf(site, request), site.clock.now()))
    },
  )
  app.get(
    at,
    guarded('keys:read', { tags, summary: 'The rotation of the keys of an account', params, querystring, response: { 200: PolicyShape } }),
    async (request) => {
      const { environment = 'live' } = request.query
      const policy = await rotations.store.findAccountPolicy(request.params.id, environment)
      return shapeOfPolicy(policy ?? refuse('not_found', { detail: 'There is no such rotation.' }))
    },
  )
  app.delete(
    at,
    guarded('keys:write', { tags, summary: 'No longer rotate the keys of an account by itself', params, querystring, response: { 204: NoContent } }),
    async (request, reply) => {
      const owner = { accountId: request.params.id, environment: request.query.environment ?? 'live' }
      await removeRotation(rotations, owner, makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

function listRoutes(app: Typed, site: Site): void {
  const { rotationDesk, config } = site.installation
  const querystring = closed({
    ...PageQuery,
    accountId: Type.Optional(Type.String({ maxLength: 64 })),
    environment: Type.Optional(Environment),
    target: Type.Optional(Type.String({ maxLength: 64, description: 'Delivered to this target.' })),
  })
  app.get(
    '/v1/rotations',
    guarded('keys:read', { tags, summary: 'Keys that are rotated by themselves, newest first', querystring, response: { 200: pageOf(RotationShape) } }),
    async (request) => {
      const { items, ...rest } = await rotationDesk.rotations.store.listRotations({ ...request.query, limit: request.query.limit ?? 50 })
      return { items: await Promise.all(items.map((item) => tell(site, item))), ...rest }
    },
  )
  app.get(
    '/v1/delivery-targets',
    guarded('keys:read', {
      tags,
      summary: 'Where rotated keys can be delivered to, as the configuration says; without any credential',
      response: { 200: Type.Object({ items: Type.Array(TargetShape) }) },
    }),
    async () => ({
      items: config.deliveryTargets.map(({ name, kind, accounts, environments }) => ({
        name,
        kind,
        ...(accounts === undefined ? {} : { accounts: [...accounts] }),
        ...(environments === undefined ? {} : { environments: [...environments] }),
      })),
    }),
  )
}
