/** API keys, changed and revoked. */
import { revokeKey, updateKey } from '@latchwork/api-keys'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { guarded, NoContent } from '../schemas.ts'
import { timesOf } from '../time-of.ts'
import { keyMakerOf, makerOf } from './maker.ts'
import { ApiKeyShape, KeyChangesRequest, KeyParams } from './shapes.ts'
import { shapeWithNotes } from './undefined-scopes.ts'

const tags = ['keys']

export function changeRoutes(app: Typed, site: Site): void {
  const { apiKeys, config } = site.installation
  app.patch(
    '/v1/keys/:id',
    guarded('keys:write', {
      tags,
      summary: 'Change what an API key may do; its expiry can only come forward. Works at once and everywhere',
      ...namedCall,
      params: KeyParams,
      body: KeyChangesRequest,
      response: { 200: ApiKeyShape },
    }),
    async (request, reply) => {
      const { expiresAt, ...changes } = request.body
      const asked = { ...changes, ...timesOf(expiresAt === undefined ? {} : { expiresAt }) }
      const now = site.clock.now()
      const { answer, isRepeated } = await updateKey(apiKeys, request.params.id, asked, keyMakerOf(site, request), now, callNameOf(request))
      return markRepeated(reply, isRepeated).send(shapeWithNotes(config.apis, answer, now))
    },
  )
  app.delete(
    '/v1/keys/:id',
    guarded('keys:write', { tags, summary: 'Revoke an API key, at once and everywhere', params: KeyParams, response: { 204: NoContent } }),
    async (request, reply) => {
      await revokeKey(apiKeys, request.params.id, 'revoked', makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}
