/** `POST /v1/verify`: what is known of a credential, for SDKs that judge it themselves and keep it until the feed says otherwise. */
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Typed } from '../http/app.ts'
import type { Site } from '../http/site.ts'
import { guarded } from './schemas.ts'

const Credential = Type.Object(
  { credential: Type.String({ maxLength: 512, description: 'An API key, an opaque access token or a root key, whole.' }) },
  { additionalProperties: false },
)

const Known = Type.Object({
  known: Type.Literal(true),
  asOf: Type.Integer({ description: 'The newest feed id this answer knows of.' }),
  record: Type.Object({
    alive: Type.Boolean(),
    notBefore: Type.Optional(Type.Integer()),
    livesBy: Type.Array(Type.String()),
    principal: Type.Object({
      mechanism: Type.String(),
      subject: Type.String(),
      userId: Type.Optional(Type.String()),
      accountId: Type.Optional(Type.String()),
      clientId: Type.Optional(Type.String()),
      environment: Type.String(),
      scopes: Type.Array(Type.String()),
      audience: Type.Array(Type.String()),
      credentialId: Type.String(),
      fingerprint: Type.String(),
      expiresAt: Type.Optional(Type.Integer()),
      sessionId: Type.Optional(Type.String()),
      grantId: Type.Optional(Type.String()),
    }),
  }),
})
const Unknown = Type.Object({ known: Type.Literal(false) })

export function verifyRoutes(app: FastifyInstance, site: Site): void {
  const { verifier } = site.installation
  const options = guarded('credentials:verify', {
    tags: ['verification'],
    summary: 'What is known of a credential',
    body: Credential,
    response: { 200: Type.Union([Known, Unknown]) },
  })
  ;(app as Typed).post('/v1/verify', options, async (request) => {
    const found = await verifier.lookUp(request.body.credential)
    return (found === undefined ? { known: false } : { known: true, ...found }) as Static<typeof Known> | Static<typeof Unknown>
  })
}
