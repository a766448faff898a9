/**
 * What `/openapi.json` says beyond the schemas of single routes: which routes are in it, how each can refuse, and names for generated clients. It describes `/v1` and
 * `/health`; OAuth endpoints are described by their own metadata, and pages are for people.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { cookieNames } from './cookies.ts'
import type { Guard } from './guard.ts'
import { nameSchemas } from './named-schemas.ts'
import { isAllOptional } from './parse-json.ts'
import type { Site } from './site.ts'

interface Described {
  readonly description?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: unknown
}

interface Operation {
  operationId?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  security?: readonly Readonly<Record<string, unknown>>[]
  readonly requestBody?: Body
  responses?: Record<string, Described | Reference>
}

interface Parameter {
  readonly name: string
  readonly schema?: object
}

interface Body {
  readonly required?: boolean
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>
}

type Reference = { readonly $ref: string }

export function openApiOptions(site: Site): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchwork',
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        description: `Management and verification of API keys, JWT sessions and OAuth. Every refusal is problem+json (RFC 9457). Endpoints of OAuth: ${site.issuer}/.well-known/oauth-authorization-server.`,
      },
      servers: [{ url: site.issuer }],
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => ({
      schema: isDescribed(url) ? { description: needsNone(route.config?.guard), ...schema } : { ...schema, hide: true },
      url,
    }),
    transformObject: (whole) => {
      const document = 'openapiObject' in whole ? whole.openapiObject : whole.swaggerObject
      const { paths, schemas } = nameSchemas(withRefusals(document.paths ?? {}))
      return {
        ...document,
        tags: tagsOf(paths),
        components: { securitySchemes: usedIn(paths, securitySchemes), schemas: { ...schemas, Problem: problem }, responses: refused },
        paths,
      } as typeof document
    },
  }
}

function isDescribed(url: string): boolean {
  return url.startsWith('/v1/') || url.startsWith('/health/')
}

/** What is said of a route that no root key opens, and no person. */
export function needsNone(guard: Guard | undefined): string {
  return guard !== undefined && 'open' in guard ? `Needs no root key: ${guard.open}.` : 'Needs no credential.'
}

const securitySchemes = {
  rootKey: { type: 'http', scheme: 'bearer', description: 'A root key: lw_root_…' },
  session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a session: see POST /v1/sessions/sign-in.' },
  refreshCookie: { type: 'apiKey', in: 'cookie', name: cookieNames.refresh, description: 'Set by POST /v1/sessions/sign-in; script cannot read it.' },
  signature: { type: 'apiKey', in: 'header', name: 'Latchwork-Signature', description: 't=<seconds>,v1=<hex of HMAC-SHA-256(secret, "<seconds>." + body)>' },
  githubSignature: { type: 'apiKey', in: 'header', name: 'Github-Public-Key-Signature', description: 'ECDSA on P-256 over the body, in base64.' },
} as const

const text = (description: string) => ({ type: 'string' as const, description })

const problem = {
  type: 'object' as const,
  description: 'A refusal (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code', 'reference'],
  properties: {
    type: text('The address of a page that explains the code.'),
    title: text('What was refused, in a few words.'),
    status: { type: 'integer' as const, description: 'The HTTP status.' },
    detail: text('What was wrong and how to mend it, in one public sentence.'),
    code: text('What programs should look at: stable, and each explained at /errors.'),
    reference: text('Leads to the cause in the log of the server.'),
    neededScopes: {
      type: 'array' as const,
      items: { type: 'string' as const },
      description: 'With scope_insufficient: what the credential would have to carry.',
    },
  },
}

const field = (description: string, type: 'string' | 'integer' = 'string') => ({ description, schema: { type } })
const retryAfter = { 'Retry-After': field('Seconds to wait.', 'integer') }
const challenge = { 'WWW-Authenticate': field('RFC 6750 §3.') }

function refusal(description: string, headers?: Described['headers']): Described {
  return { description, ...(headers && { headers }), content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

const refused = {
  Malformed: refusal('The request is not understood or not accepted; `detail` names the place.', challenge),
  NotProven: refusal('No credential, or one that is not accepted.', challenge),
  NotAllowed: refusal('The credential is not enough; `neededScopes` says what is missing.', challenge),
  NotFound: refusal('Not there, or not yours: the two answer alike.'),
  TooLarge: refusal('The body is too large.'),
  NotJson: refusal('The body is of another media type.'),
  TooMany: refusal('Too many attempts.', retryAfter),
  Unavailable: refusal('The store is away, or load is shed; nothing was changed.', retryAfter),
  Refused: refusal('Any other refusal; `code` says which.'),
} as const

const to = (name: keyof typeof refused): Reference => ({ $ref: `#/components/responses/${name}` })

function withRefusals(paths: object): object {
  return Object.fromEntries(
    Object.entries(paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, withRefusalsOf(method, path, operation)])),
    ]),
  )
}

function withRefusalsOf(method: string, path: string, operation: Operation): Operation {
  const security = operation.security ?? []
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => [status, withRepeated(operation, inWords(status, answer))] as const)
  return {
    ...operation,
    operationId: nameOf(method, path),
    security,
    ...(operation.parameters && {
      parameters: operation.parameters.map((parameter) => (isCallName(parameter) ? { ...parameter, schema: callName } : parameter)),
    }),
    ...(method === 'post' && operation.requestBody !== undefined && { requestBody: withNeed(operation.requestBody) }),
    responses: { ...Object.fromEntries(answers), ...refusalsAt(path, security.length > 0, operation) },
  }
}

/** A body of which nothing is needed may be left away (`parse-json.ts`); the framework would have each one sent. */
function withNeed(body: Body): Body {
  const schema = body.content?.['application/json']?.schema
  return { ...body, required: schema === undefined || !isAllOptional(schema) }
}

function refusalsAt(path: string, isGuarded: boolean, { requestBody }: Operation): Record<string, Reference> {
  if (!path.startsWith('/v1/')) return { 400: to('Malformed'), 503: to('Unavailable'), default: to('Refused') }
  return {
    400: to('Malformed'),
    ...(isGuarded ? { 401: to('NotProven'), 403: to('NotAllowed') } : { 429: to('TooMany') }),
    ...(path.includes('{') && { 404: to('NotFound') }),
    ...(requestBody !== undefined && { 413: to('TooLarge'), 415: to('NotJson') }),
    503: to('Unavailable'),
    default: to('Refused'),
  }
}

const words: Readonly<Record<string, string>> = { 200: 'As asked.', 201: 'Made.', 202: 'Taken in.', 204: 'Done.' }

/** As `once.ts` judges it. */
const callName = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' } as const
const isCallName = ({ name }: Parameter): boolean => name === 'idempotency-key'
const repeated = {
  'Idempotency-Replayed': { description: 'The answer to an earlier call of the same name.', schema: { type: 'string', enum: ['true'] } },
} as const

function withRepeated({ parameters = [] }: Operation, answer: Described | Reference): Described | Reference {
  return parameters.some(isCallName) && 'description' in answer ? { ...answer, headers: { ...answer.headers, ...repeated } } : answer
}

/** Where a route's schema says nothing of an answer, the framework says "Default Response". */
function inWords(status: string, answer: Described | Reference): Described | Reference {
  return 'description' in answer && answer.description === 'Default Response' ? { ...answer, description: words[status] ?? answer.description } : answer
}

/** `POST /v1/keys/{id}/roll` → `postKeysByIdRoll`. */
function nameOf(method: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== 'v1')
  const spoken = parts.map((part) => (part.startsWith('{') ? `by-${part.slice(1, -1)}` : part)).flatMap((part) => part.split('-'))
  return method + spoken.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

const tagWords: Readonly<Record<string, string>> = {
  accounts: 'Organisations: who keys, clients and members belong to.',
  applications: 'OAuth clients that a person registers and manages as their own.',
  clients: 'OAuth clients, and the tokens that let others register them.',
  events: 'What happened, whether the log of it is whole, and the alerts it raised.',
  health: 'For what watches over the process.',
  keys: 'API keys: made, changed, rolled, ended.',
  leaks: 'Credentials that were found where they should not be.',
  me: 'What a person has allowed applications to do.',
  people: 'Those who sign in.',
  'personal access tokens': 'Keys that stand for the person who calls.',
  'root keys': 'The keys of this API itself.',
  rotation: 'Keys that are exchanged by themselves, and where to.',
  sessions: 'Signing in and out of your own front ends.',
  'signing keys': 'What tokens are signed with.',
  'use of keys': 'How often, from where, how long ago.',
  verification: 'What a credential is good for, and the feed of what no longer is.',
}

/** Those that operations name. */
function tagsOf(paths: object): { readonly name: string; readonly description: string }[] {
  const names = new Set(operationsOf(paths).flatMap(({ tags = [] }) => tags))
  return [...names].sort().map((name) => ({ name, description: tagWords[name] ?? '' }))
}

/** Which routes there are depends on the configuration, and a scheme that none names would make a reader look for it. */
function usedIn(paths: object, schemes: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  const used = new Set(operationsOf(paths).flatMap(({ security = [] }) => security.flatMap((needs) => Object.keys(needs))))
  return Object.fromEntries(Object.entries(schemes).filter(([name]) => used.has(name)))
}

function operationsOf(paths: object): readonly Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path as Readonly<Record<string, Operation>>))
}
