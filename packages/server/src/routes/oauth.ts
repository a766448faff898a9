/** The OAuth endpoints that programs call: token, introspection, revocation, UserInfo, metadata, keys. */
import { Refusal } from '@latchwork/kernel'
import {
  authenticateClient,
  type Inquirer,
  introspect,
  issueTokens,
  openidScopes,
  type Parameters,
  parametersOf,
  revokeToken,
  SIGNED_INTROSPECTION,
  serverMetadata,
  signIntrospection,
  type TokenResponse,
  userInfo,
} from '@latchwork/oauth'
import { type ProtectedResource, protectedResource } from '@latchwork/verify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerPreflight, forAnyOrigin } from '../http/any-origin.ts'
import type { ArrivedRequest } from '../http/arrived-request.ts'
import { clientCallOf } from '../http/client-call.ts'
import { forTokens, tokenFields } from '../http/for-tokens.ts'
import { formOf } from '../http/parse-form.ts'
import { prefers } from '../http/preference.ts'
import type { Site } from '../http/site.ts'
import { paths } from '../pages/index.ts'

const forClients = { config: { dialect: 'oauth', clientAuthentication: true } } as const

export function oauthRoutes(app: FastifyInstance, site: Site): void {
  const { oauth } = site.installation
  const answerToken = async (request: ArrivedRequest, form: URLSearchParams): Promise<TokenResponse> => {
    const parameters = parametersOf(form)
    const client = await authenticateClient(oauth, clientCallOf(site, request), parameters)
    return issueTokens(oauth, client, { parameters, origin: site.originOf(request), now: site.clock.now() })
  }
  app.post('/token', { ...forClients, ...forTokens }, async (request) => answerToken(request, formOf(request)))
  app.lane.addForm('/token', { fields: tokenFields, answerFields: {}, isForJson: () => true, answer: answerToken })
  app.post('/revoke', { ...forClients, ...forAnyOrigin }, async (request) => {
    const parameters = parametersOf(formOf(request))
    const client = await authenticateClient(oauth, clientCallOf(site, request), parameters)
    await revokeToken(oauth, client, parameters.required('token'), site.originOf(request), site.clock.now())
    return {} // RFC 7009 §2.2: the content says nothing, but clients in the wild parse it
  })
  introspectionRoute(app, site)
  const forBearers = { config: { dialect: 'oauth', resourceMetadata: userInfoResource(site).url }, ...forAnyOrigin } as const
  const answerUserInfo = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const formToken = tokenInForm(request)
    const needs = { scopes: ['openid'], mechanisms: ['oauth'], ...(formToken === undefined ? {} : { formToken }) } as const
    const { type, body } = await userInfo(oauth, await site.authenticate(request, needs), site.clock.now())
    return reply.type(type).send(body)
  }
  app.get('/userinfo', forBearers, answerUserInfo)
  app.post('/userinfo', forBearers, answerUserInfo)
  for (const path of ['/token', '/revoke', '/userinfo']) app.options(path, forBearers, answerPreflight)
}

function introspectionRoute(app: FastifyInstance, site: Site): void {
  const { oauth } = site.installation
  const isForJson = ({ accept }: ArrivedRequest['headers']): boolean => !prefers(accept, SIGNED_INTROSPECTION, 'application/json')
  const look = async (request: ArrivedRequest, form: URLSearchParams) => {
    const parameters = parametersOf(form)
    const inquirer = await inquirerOf(site, request, parameters)
    const now = site.clock.now()
    return { inquirer, now, introspection: await introspect(oauth, parameters.required('token'), inquirer, now) }
  }
  app.post('/introspect', forClients, async (request, reply) => {
    const { inquirer, now, introspection } = await look(request, formOf(request))
    void reply.header('vary', 'accept')
    if (isForJson(request.headers)) return introspection
    return reply.type(SIGNED_INTROSPECTION).send(await signIntrospection(oauth, introspection, inquirer, now))
  })
  app.lane.addForm('/introspect', {
    fields: {},
    answerFields: { vary: 'accept' },
    isForJson,
    answer: async (request, form) => (await look(request, form)).introspection,
  })
}

/** A confidential client asks about its own tokens, or as the API they are for; a root key with `credentials:verify` about any (RFC 7662 §2.1). */
async function inquirerOf(site: Site, request: ArrivedRequest, parameters: Parameters): Promise<Inquirer> {
  const { authorization } = request.headers
  if (authorization !== undefined && /^Bearer /i.test(authorization)) {
    const { subject } = await site.authenticate(request, { scopes: ['credentials:verify'], mechanisms: ['root_key'] })
    return { kind: 'verifier', id: subject }
  }
  const client = await authenticateClient(site.installation.oauth, clientCallOf(site, request), parameters)
  if (client.authenticationMethod === 'none')
    throw new Refusal('client_authentication_failed', { reason: 'a public client asked to introspect', about: { clientId: client.id } })
  return { kind: 'client', client }
}

/** RFC 6750 §2.2: a form's token, where nothing else was sent in a body. @throws Refusal `parameter_repeated`. */
function tokenInForm(request: FastifyRequest): string | undefined {
  return request.method === 'POST' && request.body instanceof URLSearchParams ? parametersOf(request.body).one('access_token') : undefined
}

/** UserInfo is a protected resource of its own (OpenID Connect Core §5.3), so it says whom to ask (RFC 9728). */
function userInfoResource({ issuer }: Site): ProtectedResource {
  return protectedResource({
    resource: `${issuer}/userinfo`,
    authorizationServers: [issuer],
    scopes: Object.keys(openidScopes).filter((scope) => scope !== 'offline_access'), // a word about the grant, which opens nothing here
    bearerMethods: ['header', 'body'],
  })
}

export function metadataRoutes(app: FastifyInstance, site: Site): void {
  const metadata = JSON.stringify(serverMetadata(site.installation.oauth))
  const publish = (path: string, text: string): void => {
    app.options(path, forAnyOrigin, answerPreflight)
    app.get(path, async (_request, reply) =>
      reply.headers({ 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }).type('application/json').send(text),
    )
  }
  publish(paths.openIdMetadata, metadata)
  publish(paths.serverMetadata, metadata)
  const userInfoIs = userInfoResource(site)
  publish(userInfoIs.path, JSON.stringify(userInfoIs.metadata))
}
