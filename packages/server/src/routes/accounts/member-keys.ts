/** The keys a member made, or that stand for them (K14). */
import { endKeysOfMember, listKeysOfMember, rollKeysOfMember } from '@latchwork/api-keys'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { keyMakerOf, makerOf, needAccount } from '../keys/maker.ts'
import { ApiKeyShape, MemberRollRequest, RolledKeyShape, shapeOfKey } from '../keys/shapes.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { guarded } from '../schemas.ts'
import { MemberParams, tags } from './shapes.ts'

export function memberKeyRoutes(app: Typed, site: Site): void {
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
      return { items: keys.map((key) => shapeOfKey(key, site.clock.now())), ...(isWhole ? {} : { more: true as const }) }
    },
  )
  app.post(
    `${at}/end`,
    guarded('keys:write', {
      tags,
      summary: 'Revoke every key that a member made, in one act',
      ...namedCall,
      params: MemberParams,
      response: { 200: Type.Object({ revoked: Type.Array(ApiKeyShape) }) },
    }),
    async (request, reply) => {
      const { id, userId } = request.params
      await needAccount(site, id)
      const { answer: revoked, isRepeated } = await endKeysOfMember(apiKeys, id, userId, makerOf(site, request), site.clock.now(), callNameOf(request))
      return markRepeated(reply, isRepeated).send({ revoked: revoked.map((key) => shapeOfKey(key, site.clock.now())) })
    },
  )
  app.post(
    `${at}/roll`,
    guarded('keys:write', {
      tags,
      summary: 'Roll every key that a member made, all or none; personal access tokens are left out, because they stand for the person',
      ...namedCall,
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
        key: shapeOfKey(key, site.clock.now()),
        replaced: shapeOfKey(replaced, site.clock.now()),
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
