/** `POST /v1/consents/:id/keys`: a third party's own key, born from a person's consent (K17). */
import { issueConnectedKey } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, Environment, guarded, Name, Scopes, Time } from '../schemas.ts'
import { timesOf } from '../time-of.ts'
import { keyMakerOf } from './maker.ts'
import { MadeKey, shapeOfKey, terms } from './shapes.ts'
import { snippetsOf } from './snippets.ts'

const ConnectedKeyRequest = closed(
  {
    userId: Type.String({ maxLength: 64, description: 'The person who gave the consent.' }),
    clientId: Type.String({ maxLength: 128, description: 'The application it was given to.' }),
    name: Name,
    scopes: Scopes,
    networks: terms.networks,
    environment: Type.Optional(Environment),
    expiresAt: Type.Optional(Time),
  },
  { title: 'ConnectedKeyRequest' },
)

export function connectedKeyRoute(app: Typed, site: Site): void {
  const { apiKeys, store } = site.installation
  app.post(
    '/v1/consents/:id/keys',
    guarded('keys:write', {
      tags: ['keys'],
      summary: 'Make a restricted key for an application, within a consent; taking the consent back ends the key',
      ...namedCall,
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      body: ConnectedKeyRequest,
      response: { 201: MadeKey },
    }),
    async (request, reply) => {
      const { userId, clientId, name, scopes, networks = [], expiresAt } = request.body
      const consent = await store.oauth.findConsent(userId, clientId)
      const user = await store.accounts.findUser(userId)
      if (consent === undefined || user === undefined || consent.id !== request.params.id) {
        return refuse('not_found', { detail: 'There is no such consent of this person to this application, or it has been taken back.' })
      }
      const { environment } = (await store.oauth.findClient(clientId))?.client ?? refuse('not_found')
      if ((request.body.environment ?? environment) !== environment)
        return refuse('key_invalid', { detail: `The application is of the ${environment} environment, and so are keys made for it.` })
      const asked = { accountId: user.accountId, environment, name, scopes, networks, consent, ...timesOf(expiresAt === undefined ? {} : { expiresAt }) }
      const { key, secret } = await issueConnectedKey(apiKeys, asked, keyMakerOf(site, request), site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({ key: shapeOfKey(key, site.clock.now()), snippets: snippetsOf(site.issuer, key), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
}
