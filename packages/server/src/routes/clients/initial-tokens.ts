/** Initial access tokens for registrations (RFC 7591 §3), managed by root keys. */
import { type InitialToken, makeInitialToken, revokeInitialToken } from '@latchwork/oauth'
import type { Typed } from '../../http/app.ts'
import type { Site } from '../../http/site.ts'
import { type Static, Type } from '../../json-schema.ts'
import { makerOf } from '../keys/maker.ts'
import { ListQuery, listFilterOf, stateOf } from '../list-query.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, guarded, Name, NoContent, pageOf, Time } from '../schemas.ts'

const tags = ['clients']
const PATH = '/v1/initial-access-tokens'

const TokenRequest = closed(
  {
    name: Name,
    uses: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 1_000_000 }), Type.Null()], {
        description: 'How many registrations; one unless said, null for as many as it likes.',
      }),
    ),
    lifetimeSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 31_536_000, description: 'A day unless said.' })),
    vouches: Type.Optional(
      Type.Boolean({
        description:
          'Whether you know who has the token, and vouch for the clients registered with it: people are not warned of them, and not asked again what they allowed.',
      }),
    ),
  },
  { title: 'InitialTokenRequest' },
)
const TokenShape = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    fingerprint: Type.String(),
    usesLeft: Type.Optional(Type.Integer()),
    vouches: Type.Optional(Type.Boolean()),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Type.Optional(Time),
  },
  { title: 'InitialToken' },
)

export function initialTokenRoutes(app: Typed, site: Site): void {
  const { oauth } = site.installation
  app.post(
    PATH,
    guarded('clients:write', {
      tags,
      summary: 'Make a token that lets its bearer register clients; it is shown once',
      ...namedCall,
      body: TokenRequest,
      response: {
        201: Type.Object({ token: TokenShape, secret: Type.Optional(Type.String({ description: 'This once; absent in the answer to a repeated call.' })) }),
      },
    }),
    async (request, reply) => {
      const { token, secret } = await makeInitialToken(oauth, request.body, makerOf(site, request), site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({ token: shapeOf(token), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
  app.get(
    PATH,
    guarded('clients:read', {
      tags,
      summary: 'Initial access tokens, newest first',
      querystring: closed({ ...ListQuery, state: stateOf(['active'], 'active: those that let clients register now.') }),
      response: { 200: pageOf(TokenShape) },
    }),
    async (request) => {
      const { state, ...asked } = request.query
      const { items, ...rest } = await oauth.store.listInitialTokens({
        ...listFilterOf(asked),
        ...(state === undefined ? {} : { activeAt: site.clock.now() }),
      })
      return { items: items.map(shapeOf), ...rest }
    },
  )
  app.delete(
    `${PATH}/:id`,
    guarded('clients:write', {
      tags,
      summary: 'Revoke an initial access token; clients it has registered stay',
      params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
      response: { 204: NoContent },
    }),
    async (request, reply) => {
      await revokeInitialToken(oauth, request.params.id, makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
}

function shapeOf({ createdAt, expiresAt, revokedAt, ...token }: InitialToken): Static<typeof TokenShape> {
  const time = (at: number): string => new Date(at).toISOString()
  return { ...token, createdAt: time(createdAt), expiresAt: time(expiresAt), ...(revokedAt === undefined ? {} : { revokedAt: time(revokedAt) }) }
}
