/** The HTTP server: limits, headers, one error handler; then the routes. */
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import cookie from '@fastify/cookie'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Refusal } from '@latchwork/kernel'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaValidationError,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { type Address, trackRoutes } from './allowed-methods.ts'
import { anyOriginFields, pathOf } from './any-origin.ts'
import { gatherRoutes } from './described-routes.ts'
import { guardRoutes } from './guard.ts'
import { type LaneConnections, readBeforeNode } from './lane/lane-connections.ts'
import { type FastLane, openFastLane } from './lane/open-lane.ts'
import { createServer } from './node-http.ts'
import { acceptForms, checkQuery } from './parse-form.ts'
import { acceptJson } from './parse-json.ts'
import { type Dialect, renderRefusal } from './render-refusal.ts'
import { reportRefusal } from './report-refusal.ts'
import { buildSerializer } from './serialize.ts'
import type { Site } from './site.ts'
import { keepTickShape } from './tick-shape.ts'
import { answerUnreadable, beforeReadable, nextReference } from './unreadable.ts'
import { buildValidator } from './validate.ts'

/** An app whose routes' types follow from their schemas. */
export type Typed = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyInstance {
    lane: FastLane
    /** What `/openapi.json` holds. */
    describeRoutes: () => Promise<Buffer>
  }
}

const MAX_BODY_BYTES = 64 * 1024
const REQUEST_TIMEOUT_MS = 30_000
/** Node exchanges the two where the head would have longer than the whole, and looks for those that are over twice a minute unless told otherwise. `readable.ts` looks at Host. */
const OPTIONS = { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 5_000, requireHostHeader: false }
/** Longer than what stands in front keeps an idle connection, or it would send a request into one that is being closed. */
const KEEP_ALIVE_MS = 72_000
/** How long the end of the server waits for what is under way. */
const LINGER_MS = 5_000
const IDLE_CHECK_MS = 50
/** As many as nginx takes (`keepalive_requests`). What comes on a connection of its own next begins in the lane again (decision 0047). */
const MAX_REQUESTS_PER_CONNECTION = 1000
/** Parameters of a path; ids are short. */
const MAX_PARAMETER_LENGTH = 200

/** An app without routes, closed to what is not guarded. */
export async function createApp(site: Site, logger: FastifyBaseLogger): Promise<FastifyInstance> {
  const lane = openFastLane(site, logger)
  let laneConnections: LaneConnections | undefined
  keepTickShape()
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: nextReference,
    childLoggerFactory: (parent) => parent, // what is logged of a request carries its reference; a logger of its own for each would cost more than all else
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH, caseSensitive: true },
    forceCloseConnections: 'idle',
    return503OnClosing: false, // who comes while the server ends is served as those before: all that it needs is still there
    exposeHeadRoutes: true,
    frameworkErrors: (error, request, reply) =>
      void answerError(site, error, request as FastifyRequest, reply.headers(site.headers) as FastifyReply, app.addressAt),
    clientErrorHandler: (error, socket) => answerUnreadable(site, error, socket),
    schemaController: { compilersFactory: { buildValidator, buildSerializer } },
    serverFactory: (handler) => {
      const server = serverOf(site, beforeReadable(site, lane.before(handler)))
      laneConnections = readBeforeNode(server, site.installation.config.http.tls === undefined ? 'connection' : 'secureConnection', {
        takerOf: lane.takerOf,
        answerUnreadable: (error, socket) => answerUnreadable(site, error, socket),
        requestMs: REQUEST_TIMEOUT_MS,
        keepAliveMs: KEEP_ALIVE_MS,
        lingerMs: LINGER_MS,
      })
      return server
    },
  }
  const app = fastify(options) as unknown as FastifyInstance
  app.addHook('preClose', (done) => {
    laneConnections?.close()
    lane.close()
    closeAsTheyFallIdle(app.server)
    done()
  })
  app.decorate('lane', lane)
  await app.register(cookie, { hook: false }) // read where a route names one
  app.decorate('describeRoutes', gatherRoutes(app, site))
  acceptJson(app)
  acceptForms(app)
  guardRoutes(app, site)
  app.decorate('addressAt', trackRoutes(app))
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(site.headers)
    if (!site.isSecure(request) && !request.url.startsWith('/health/')) throw new Refusal('transport_insecure')
    checkQuery(request)
    if (!isUncoded(request.headers['content-encoding']))
      throw new Refusal('media_type_unsupported', { detail: 'Send the body as it is, without Content-Encoding.' })
    done()
  })
  // A reply that is given back is waited for; it is on its way already.
  app.setErrorHandler((error: FastifyError | Refusal, request, reply) => void answerError(site, error, request, reply, app.addressAt))
  app.setNotFoundHandler((request, reply) => void answerError(site, missing(app.addressAt(pathOf(request)), reply), request, reply, app.addressAt))
  return app
}

/** As Fastify would make it, but that the lane stands before its handler. */
function serverOf(site: Site, handler: RequestListener): Server {
  const { tls } = site.installation.config.http
  const server =
    tls === undefined
      ? createServer(OPTIONS, handler)
      : createTlsServer({ ...OPTIONS, cert: tls.cert, key: tls.key.reveal(), ...certificatesAsked(site) }, handler)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION
  server.on('connect', (_request, socket) => answerUnreadable(site, new Error('CONNECT'), socket)) // Node would hang up without a word
  return server
}

/** Node closes those that are idle when the server ends; a request that is under way then gets its answer, and is waited for no longer than `LINGER_MS`. */
function closeAsTheyFallIdle(server: Server): void {
  if (!server.listening) return
  const again = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  server.once('close', () => clearInterval(again))
}

/** Asked for, not demanded: whose certificate it is and who vouches for it is judged where a client proves itself by one (RFC 8705 §2). */
function certificatesAsked({ installation: { config } }: Site) {
  const { mtls } = config.clientProofs
  return mtls === undefined || mtls.header !== undefined ? {} : { requestCert: true, rejectUnauthorized: false }
}

function answerError(
  site: Site,
  error: FastifyError | Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
  addressAt: FastifyInstance['addressAt'],
): FastifyReply {
  const refusal = asMissing(error instanceof Refusal ? error : refusalOf(error, request), request, reply, addressAt)
  reportRefusal(site, request.log, refusal, request)
  const { dialect } = request.routeOptions.config ?? {}
  return renderRefusal(site, reply, refusal, dialect ?? dialectAt(addressAt(pathOf(request)), request, reply), request.id)
}

/** Where no route was reached, or it does not say how to speak: as those at the same address do. Else people who look around get a page, programs get JSON. */
function dialectAt({ dialect, isForAnyOrigin }: Address, request: FastifyRequest, reply: FastifyReply): Dialect {
  if (isForAnyOrigin) void reply.headers(anyOriginFields)
  if (dialect === 'oauth') return 'oauth' // RFC 6749 §5.2, whatever a browser would rather have
  const wantsPage = (request.headers.accept ?? '').includes('text/html')
  return wantsPage && (dialect === 'page' || (request.method === 'GET' && !request.url.startsWith('/v1/'))) ? 'page' : 'problem'
}

/** What Fastify itself refuses, in our words. Its messages name places in the request, never values. */
function refusalOf(error: FastifyError, request: FastifyRequest): Refusal {
  if (error.validationContext === 'body' && request.body === undefined)
    return new Refusal('request_malformed', { detail: 'Send a JSON object as body; {} where there is nothing to say.' })
  if (error.validation !== undefined) return new Refusal('request_malformed', { detail: faultOf(error.validationContext ?? 'request', error.validation) })
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Refusal('body_too_large', { detail: `Send at most ${request.routeOptions.bodyLimit} bytes.` })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Refusal('media_type_unsupported')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Refusal('not_found') // nothing of ours has so long an id
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? new Refusal('request_malformed', { cause: error })
        : new Refusal('internal', { cause: error })
  }
}

/** Names the place, which is ours; never a value or the name of an unknown member, which are the stranger's. */
function faultOf(context: string, faults: readonly FastifySchemaValidationError[]): string {
  const [fault] = faults
  const part = context === 'querystring' ? 'query' : context
  if (fault?.keyword === 'boolean' || fault?.keyword === 'additionalProperties') return `${part} has a member that is not known here.`
  const place = `${part}${fault?.instancePath ?? ''}`
  if (fault?.keyword === 'format') return `${place} is a date and time such as 2027-01-31T12:00:00Z.` // the one format that our schemas name
  const words = faults.filter(({ instancePath }) => instancePath === fault?.instancePath).flatMap(wordsOf)
  return words.length > 0 ? `${place} must be ${words.join(' or ')}.` : `${place} ${fault?.message ?? 'is not as the schema says'}.`
}

/** What could stand there, where the schema is a list of words. */
function wordsOf({ keyword, params }: FastifySchemaValidationError): readonly string[] {
  if (keyword === 'const') return [JSON.stringify(params['allowedValue'])]
  return keyword === 'enum' ? (params['allowedValues'] as readonly unknown[]).map((value) => JSON.stringify(value)) : []
}

/** What an address does not take is refused for that, where something else was found wrong first: `QUERY` for its body (RFC 10008 §2), `GET /v1/keys/verify` as a key of that name. */
function asMissing(refusal: Refusal, request: FastifyRequest, reply: FastifyReply, addressAt: FastifyInstance['addressAt']): Refusal {
  const { method } = request
  if (refusal.code !== (method === 'QUERY' ? 'request_malformed' : 'not_found')) return refusal
  const address = addressAt(pathOf(request))
  const isTaken = address.methods.length === 0 || address.methods.includes(method)
  return method !== 'QUERY' && isTaken ? refusal : missing(address, reply)
}

/** 405 with `Allow` where the address exists for other methods (RFC 9110 §15.5.6). */
function missing({ methods }: Address, reply: FastifyReply): Refusal {
  if (methods.length === 0) return new Refusal('not_found')
  void reply.header('allow', methods.join(', '))
  return new Refusal('method_not_allowed')
}

/** We decode nothing (RFC 9110 §8.4). */
function isUncoded(coding: string | undefined): boolean {
  return coding === undefined || coding === '' || coding.toLowerCase() === 'identity'
}
