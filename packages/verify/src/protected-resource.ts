/** Protected resource metadata (RFC 9728): how a client that was refused learns whom to ask for a token. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopbackAddress } from './client-address.ts'

export interface ResourceOptions {
  /** The resource identifier: what tokens name in `aud`, and the address under which clients call the API. */
  readonly resource: string
  /** Issuer identifiers of the servers whose tokens it takes. */
  readonly authorizationServers: readonly string[]
  /** The scopes that its calls need. */
  readonly scopes?: readonly string[]
  /** How it takes tokens (RFC 6750 §2.1, §2.2); in the `Authorization` header alone unless said, as `authenticate` does. Never in an address. */
  readonly bearerMethods?: readonly ('header' | 'body')[]
  /** What the API is called before people. */
  readonly name?: string
  /** Where developers read about it. */
  readonly documentation?: string
}

/** The document (RFC 9728 §2); a member that would be empty is left out (§3.2). */
export interface ResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly ('header' | 'body')[]
  readonly resource_name?: string
  readonly resource_documentation?: string
}

export interface ProtectedResource {
  readonly metadata: ResourceMetadata
  /** Where the document is served: the well-known path before the resource's own (§3.1). */
  readonly path: string
  /** The same whole, as a challenge names it in `resource_metadata` (§5.1). */
  readonly url: string
  /** Answers at `path`, to GET, HEAD and the preflight of a browser; all else goes to `next`, or is 404 without one. */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next?: () => void) => void
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
const METHODS = 'GET, HEAD, OPTIONS'
const COPY_SECONDS = 300

/**
 * The metadata of an API, and the handler that serves it. Hand it to `protect` as `resource`, or mount the handler before your routes and give `url` to what answers 401.
 *
 * @throws TypeError that names the option which is missing or wrong.
 * @example
 * const notes = protectedResource({ resource: 'https://api.example.com/notes', authorizationServers: ['https://auth.example.com'], scopes: ['notes:read'] })
 * createServer((request, response) => notes.handler(request, response, () => route(request, response))) // node:http
 * app.use(notes.handler) // Express
 * app.addHook('onRequest', (request, reply, done) => notes.handler(request.raw, reply.raw, done)) // Fastify
 */
export function protectedResource(options: ResourceOptions): ProtectedResource {
  const { origin, pathname } = addressOf('resource', options.resource)
  const metadata = metadataOf(options)
  const path = `${WELL_KNOWN}${pathname === '/' ? '' : pathname}` // §3.1: a slash that ends the host is removed
  const body = JSON.stringify(metadata)
  return {
    metadata,
    path,
    url: `${origin}${path}`,
    handler: (request, response, next) => {
      if (request.url?.split('?', 1)[0] === path) answer(request, response, body)
      else if (next === undefined) response.writeHead(404).end()
      else next()
    },
  }
}

function metadataOf({ resource, authorizationServers, scopes = [], bearerMethods = ['header'], name, documentation }: ResourceOptions): ResourceMetadata {
  if (authorizationServers.length === 0) throw new TypeError('authorizationServers: name at least one issuer.')
  for (const issuer of authorizationServers) addressOf('authorizationServers', issuer)
  return {
    resource, // §3.3: as it was given, because clients compare it to the letter
    authorization_servers: authorizationServers,
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: bearerMethods,
    ...(name === undefined ? {} : { resource_name: name }),
    ...(documentation === undefined ? {} : { resource_documentation: documentation }),
  }
}

/** RFC 9728 §1.2, RFC 8414 §2: https and no fragment. A query is refused as well: §1.2 advises against one, and two resources would share a path. */
function addressOf(option: string, text: string): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) throw new TypeError(`${option}: give an address, such as "https://api.example.com".`)
  const url = new URL(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = host === 'localhost' || isLoopbackAddress(host)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))
    throw new TypeError(`${option}: must be https; plain http only for this machine (localhost, 127.0.0.1, [::1]).`)
  if (/[?#]/.test(text) || url.username !== '' || url.password !== '') throw new TypeError(`${option}: without query, fragment or user.`)
  return url
}

/** The document is public and holds for everybody: any origin may read it, and keep it for a while. */
function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.setHeader('access-control-allow-origin', '*')
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'cache-control': `public, max-age=${COPY_SECONDS}`,
      })
      response.end(request.method === 'GET' ? body : undefined)
      return
    case 'OPTIONS': // clients send headers of their own along, such as `MCP-Protocol-Version`
      response.writeHead(204, { 'access-control-allow-methods': METHODS, 'access-control-allow-headers': '*', 'access-control-max-age': '600' }).end()
      return
    default:
      response.writeHead(405, { allow: METHODS }).end()
  }
}
