/** `POST /v1/keys/exposed`: a verifier elsewhere tells of a key that came to it over plain http (K13). */
import { boundedUserAgent } from '@latchwork/api-keys'
import { isAddress, refuse } from '@latchwork/kernel'
import type { FastifyInstance } from 'fastify'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { Type } from '../json-schema.ts'
import { revokeIfExposed } from '../verification/revoke-exposed.ts'
import { closed, guarded } from './schemas.ts'

const Exposed = closed(
  {
    key: Type.String({ minLength: 1, maxLength: 512 }),
    address: Type.Optional(Type.String({ maxLength: 64, description: "Where the key's caller is." })),
    userAgent: Type.Optional(Type.String({ maxLength: 1024 })),
  },
  { title: 'ExposedKey' },
)
const Answer = Type.Object(
  {
    keyId: Type.Optional(Type.String({ description: 'Absent where the text is no key.' })),
    revoked: Type.Boolean({ description: 'Whether it was revoked now: keys.revokeOnPlainHttp.' }),
  },
  { title: 'ExposedAnswer' },
)

export function exposedRoute(app: FastifyInstance, site: Site): void {
  const { config } = site.installation
  ;(app as Typed).post(
    '/v1/keys/exposed',
    guarded('credentials:verify', {
      tags: ['verification'],
      summary: 'Tell of a key that came to a verifier over plain http; it is revoked where the installation wishes',
      body: Exposed,
      response: { 200: Answer },
    }),
    async (request) => {
      const { key, address, userAgent } = request.body
      if (address !== undefined && !isAddress(address)) return refuse('request_malformed', { detail: 'address is an IPv4 or IPv6 address.' })
      const origin = { ...(address === undefined ? {} : { address }), ...(userAgent === undefined ? {} : { userAgent: boundedUserAgent(userAgent) }) }
      return await revokeIfExposed(site.exposed, key, config.keys.revokeOnPlainHttp, origin, site.clock.now())
    },
  )
}
