/** `POST /v1/keys`. */
import { issueKeyOnce } from '@latchwork/api-keys'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { guarded } from '../schemas.ts'
import { timesOf } from '../time-of.ts'
import { keyMakerOf, needAccount, needMember } from './maker.ts'
import { KeyRequest, MadeKey } from './shapes.ts'
import { snippetsOf } from './snippets.ts'
import { shapeWithNotes } from './undefined-scopes.ts'

export function createRoute(app: Typed, site: Site): void {
  const { apiKeys, config } = site.installation
  app.post(
    '/v1/keys',
    guarded('keys:write', {
      tags: ['keys'],
      summary: 'Make an API key; the answer is the only place its text is shown',
      ...namedCall,
      body: KeyRequest,
      response: { 201: MadeKey },
    }),
    async (request, reply) => {
      const maker = keyMakerOf(site, request)
      const { accountId, userId, kind = 'sk', environment = 'live', scopes = [], notBefore: _begin, expiresAt: _end, ...terms } = request.body
      await needAccount(site, accountId)
      if (userId !== undefined) await needMember(site, accountId, userId)
      const asked = { ...terms, accountId, kind, environment, scopes, ...timesOf(request.body), ...(userId === undefined ? {} : { userId }) }
      const { key, secret } = await issueKeyOnce(apiKeys, asked, maker, site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({
          key: shapeWithNotes(config.apis, key, site.clock.now()),
          snippets: snippetsOf(site.issuer, key),
          ...(secret === undefined ? {} : { secret: secret.reveal() }),
        })
    },
  )
}
