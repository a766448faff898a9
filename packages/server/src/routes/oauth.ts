/** The OAuth endpoints that programs call: token, introspection, revocation, UserInfo, metadata, keys. */
import { Refusal } from '@latchwork/kernel'
import {
  authenticateClient,
  type Inquirer,
  introspect,
  issueTokens,
  type Parameters,
  parametersOf,
  revokeToken,
  serverMetadata,
  signIntrospection,
  userInfo,
} from '@latchwork/oauth'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerPreflight, forAnyOrigin } from '../http/any-origin.ts'
import { clientCallOf } from '../http/client-call.ts'
import { formOf } from '../http/parse-form.ts'
import type { Site } from '../http/site.ts'
import { paths } from '../pages/index.ts'

const forClients = { config: { dialect: 'oauth', clientAuthentication: true } } as const

export function oauthRoutes(app: FastifyInstance, site: Site): void {
  const { oauth } = site.installation
  app.post('/token', { ...forClients, ...forAnyOrigin }, async (request) => {
    const parameters = parametersOf(formOf(request))
    const client = await authenticateClient(oauth, clientCallOf(site, request), parameters)
    return issueTokens(oauth, client, { parameters, origin: site.originOf(request), now: site.clock.now() })
  })
  app.post('/revoke', { ...forClients, ...forAnyOrigin }, async (request, reply) => {
    const parameters = parametersOf(formOf(request))
    const client = await authenticateClient(oauth, clientCallOf(site, request), parameters)
    await revokeToken(oauth, client, parameters.required('token'), site.originOf(request), site.clock.now())
    return reply.code(200).send() // RFC 7009 §2.2
  })
  app.post('/introspect', forClients, async (request, reply) => {
    const parameters = parametersOf(formOf(request))
    const inquirer = await inquirerOf(site, request, parameters)
    const now = site.clock.now()
    const introspection = await introspect(oauth, parameters.required('token'), inquirer, now)
    if (inquirer.kind === 'verifier' || !wantsJwt(request)) return introspection
    return reply.type(INTROSPECTION_JWT).send(await signIntrospection(oauth, inquirer.client, introspection, now))
  })
  const forBearers = { config: { dialect: 'oauth' }, ...forAnyOrigin } as const
  const answerUserInfo = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const formToken = tokenInForm(request)
    const needs = { scopes: ['openid'], mechanisms: ['oauth'], ...(formToken === undefined ? {} : { formToken }) } as const
    const { type, body } = await userInfo(oauth, await site.authenticate(request, needs), site.clock.now())
    return reply.type(type).send(body)
  }
  app.get('/userinfo', forBearers, answerUserInfo)
  app.post('/userinfo', forBearers, answerUserInfo)
  for (const path of ['/token', '/revoke', '/userinfo']) app.options(path, forBearers, answerPreflight('GET, POST'))
}

/** A confidential client asks about its own tokens; a root key with `credentials:verify` about any (RFC 7662 §2.1). */
async function inquirerOf(site: Site, request: FastifyRequest, parameters: Parameters): Promise<Inquirer> {
  const { authorization } = request.headers
  if (authorization !== undefined && /^Bearer /i.test(authorization)) {
    await site.authenticate(request, { scopes: ['credentials:verify'], mechanisms: ['root_key'] })
    return { kind: 'verifier' }
  }
  const client = await authenticateClient(site.installation.oauth, clientCallOf(site, request), parameters)
  if (client.authenticationMethod === 'none')
    throw new Refusal('client_authentication_failed', { reason: 'a public client asked to introspect', about: { clientId: client.id } })
  return { kind: 'client', client }
}

/** RFC 9701 §4. */
const INTROSPECTION_JWT = 'application/token-introspection+jwt'

function wantsJwt(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').split(',').some((range) => range.split(';', 1)[0]?.trim().toLowerCase() === INTROSPECTION_JWT)
}

/** RFC 6750 §2.2: a form's token, where nothing else was sent in a body. */
function tokenInForm(request: FastifyRequest): string | undefined {
  return request.method === 'POST' && request.body instanceof URLSearchParams ? parametersOf(request.body).one('access_token') : undefined
}

export function metadataRoutes(app: FastifyInstance, site: Site): void {
  const metadata = JSON.stringify(serverMetadata(site.installation.oauth))
  const publish = (path: string, text: string): void => {
    app.get(path, async (_request, reply) =>
      reply.headers({ 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }).type('application/json').send(text),
    )
  }
  publish(paths.openIdMetadata, metadata)
  publish(paths.serverMetadata, metadata)
}
