/** API keys, rolled; and the end of a key that was rolled, now, earlier or later (K6). */
import { endKey, extendOverlap, rollKey } from '@latchwork/api-keys'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { guarded } from '../schemas.ts'
import { timeOf } from '../time-of.ts'
import { keyMakerOf, makerOf } from './maker.ts'
import { ApiKeyShape, EndRequest, KeyParams, RolledKeyShape, RollRequest, shapeOfKey } from './shapes.ts'
import { snippetsOf } from './snippets.ts'

const tags = ['keys']

export function rollRoutes(app: Typed, site: Site): void {
  const { apiKeys } = site.installation
  app.post(
    '/v1/keys/:id/roll',
    guarded('keys:write', {
      tags,
      summary: 'Put a new key in the place of this one, which lives on for an overlap',
      ...namedCall,
      params: KeyParams,
      body: RollRequest,
      response: { 201: RolledKeyShape },
    }),
    async (request, reply) => {
      const { overlapSeconds, startsAtFirstUse, end } = request.body
      const asked = {
        ...(overlapSeconds === undefined ? {} : { overlapMs: overlapSeconds * 1000 }),
        ...(startsAtFirstUse === undefined ? {} : { startsAtFirstUse }),
        ...(end === undefined ? {} : { endKeyId: end }),
      }
      const { key, replaced, secret } = await rollKey(apiKeys, request.params.id, asked, keyMakerOf(site, request), site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({
          key: shapeOfKey(key, site.clock.now()),
          replaced: shapeOfKey(replaced, site.clock.now()),
          snippets: snippetsOf(site.issuer, key),
          ...(secret === undefined ? {} : { secret: secret.reveal() }),
        })
    },
  )
  app.post(
    '/v1/keys/:id/end',
    guarded('keys:write', {
      tags,
      summary: 'End a key now, or give one that was rolled another end, at most 7 days ahead',
      ...namedCall,
      params: KeyParams,
      body: EndRequest,
      response: { 200: ApiKeyShape },
    }),
    async (request, reply) => {
      const { at } = request.body
      const { id } = request.params
      const [maker, now, call] = [makerOf(site, request), site.clock.now(), callNameOf(request)]
      const ended = await (at === undefined ? endKey(apiKeys, id, maker, now, call) : extendOverlap(apiKeys, id, timeOf(at, 'at'), maker, now, call))
      return markRepeated(reply, ended.isRepeated).send(shapeOfKey(ended.answer, now))
    },
  )
}
