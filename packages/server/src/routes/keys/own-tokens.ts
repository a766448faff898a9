/** `/v1/me/tokens`: a person's own personal access tokens, over JSON (K18). The page /account/tokens does the same for a browser. */
import { type ApiKey, issueKeyOnce, type Maker, revokeKey, rollKey } from '@latchwork/api-keys'
import { refuse } from '@latchwork/kernel'
import type { FastifyRequest } from 'fastify'
import type { Typed } from '../../http/app.ts'
import { callerOf } from '../../http/guard.ts'
import type { Site } from '../../http/site.ts'
import { Type } from '../../json-schema.ts'
import { DAY_MS } from '../../key-settings.ts'
import { callNameOf, markRepeated, namedCall } from '../once.ts'
import { closed, NoContent, ofPerson, PageQuery, pageOf, Scopes, timeThat } from '../schemas.ts'
import { timeOf } from '../time-of.ts'
import { ApiKeyShape, KeyParams, MadeKey, RolledKeyShape, RollRequest, shapeOfKey, terms } from './shapes.ts'

/** As on the page. */
export const LONGEST_TOKEN_DAYS = 365

const tags = ['personal access tokens']
const at = '/v1/me/tokens'

/** Whom the token stands for is not asked: it is whoever calls (7.2). */
const TokenRequest = closed(
  {
    name: terms.name,
    scopes: Type.Optional(Scopes),
    networks: terms.networks,
    expiresAt: timeThat(`At most ${LONGEST_TOKEN_DAYS} days ahead.`),
  },
  { title: 'PersonalTokenRequest' },
)

export function ownTokenRoutes(app: Typed, site: Site): void {
  readOwn(app, site)
  makeOwn(app, site)
  endOwn(app, site)
}

/** Never more than the session itself carries, which is what a person has (7.3). */
function makerOf(site: Site, request: FastifyRequest): Maker {
  const { subject, scopes } = callerOf(request)
  return { kind: 'user', id: subject, ceiling: scopes, origin: site.originOf(request) }
}

/** Not-yours answers as not-there. @throws Refusal `not_found`. */
async function ownToken({ installation }: Site, request: FastifyRequest, tokenId: string): Promise<ApiKey> {
  const token = await installation.store.apiKeys.findKey(tokenId)
  const userId = callerOf(request).subject
  return token?.kind === 'pat' && token.userId === userId ? token : refuse('not_found', { about: { userId } })
}

function readOwn(app: Typed, site: Site): void {
  const { store } = site.installation
  app.get(
    at,
    ofPerson({ tags, summary: 'Your active tokens, newest first', querystring: closed(PageQuery), response: { 200: pageOf(ApiKeyShape) } }),
    async (request) => {
      const { limit = 50, ...place } = request.query
      const own = { userId: callerOf(request).subject, kind: 'pat', activeAt: site.clock.now() } as const
      const { items, ...rest } = await store.apiKeys.listKeys({ ...own, ...place, limit })
      return { items: items.map((key) => shapeOfKey(key, site.clock.now())), ...rest }
    },
  )
  app.get(`${at}/:id`, ofPerson({ tags, summary: 'One of your tokens', params: KeyParams, response: { 200: ApiKeyShape } }), async (request) =>
    shapeOfKey(await ownToken(site, request, request.params.id), site.clock.now()),
  )
}

function makeOwn(app: Typed, site: Site): void {
  const { apiKeys, store } = site.installation
  app.post(
    at,
    ofPerson({
      tags,
      summary: 'Make a token that stands for you; the answer is the only place its text is shown',
      ...namedCall,
      body: TokenRequest,
      response: { 201: MadeKey },
    }),
    async (request, reply) => {
      const now = site.clock.now()
      const { name, scopes = [], networks = [] } = request.body
      const expiresAt = timeOf(request.body.expiresAt, 'expiresAt')
      if (expiresAt - now > LONGEST_TOKEN_DAYS * DAY_MS) return refuse('key_invalid', { detail: `expiresAt is at most ${LONGEST_TOKEN_DAYS} days ahead.` })
      const user = (await store.accounts.findUser(callerOf(request).subject)) ?? refuse('not_found')
      const asked = { accountId: user.accountId, userId: user.id, kind: 'pat', environment: 'live', name, scopes, networks, expiresAt } as const
      const { key, secret } = await issueKeyOnce(apiKeys, asked, makerOf(site, request), now, callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({ key: shapeOfKey(key, site.clock.now()), ...(secret === undefined ? {} : { secret: secret.reveal() }) })
    },
  )
}

function endOwn(app: Typed, site: Site): void {
  const { apiKeys } = site.installation
  app.delete(
    `${at}/:id`,
    ofPerson({ tags, summary: 'Revoke one of your tokens, at once and everywhere', params: KeyParams, response: { 204: NoContent } }),
    async (request, reply) => {
      const { id } = await ownToken(site, request, request.params.id)
      await revokeKey(apiKeys, id, 'revoked_by_person', makerOf(site, request), site.clock.now())
      return reply.code(204).send(null)
    },
  )
  app.post(
    `${at}/:id/roll`,
    ofPerson({
      tags,
      summary: 'Put a new token in the place of this one, which lives on for an overlap',
      ...namedCall,
      params: KeyParams,
      body: RollRequest,
      response: { 201: RolledKeyShape },
    }),
    async (request, reply) => {
      const { overlapSeconds, startsAtFirstUse, end } = request.body
      const { id } = await ownToken(site, request, request.params.id)
      const asked = {
        ...(overlapSeconds === undefined ? {} : { overlapMs: overlapSeconds * 1000 }),
        ...(startsAtFirstUse === undefined ? {} : { startsAtFirstUse }),
        ...(end === undefined ? {} : { endKeyId: (await ownToken(site, request, end)).id }),
      }
      const { key, replaced, secret } = await rollKey(apiKeys, id, asked, makerOf(site, request), site.clock.now(), callNameOf(request))
      return markRepeated(reply, secret === undefined)
        .code(201)
        .send({
          key: shapeOfKey(key, site.clock.now()),
          replaced: shapeOfKey(replaced, site.clock.now()),
          ...(secret === undefined ? {} : { secret: secret.reveal() }),
        })
    },
  )
}
