/** A request, as far as authentication needs it: no framework's type, so that every framework can be served. */
import type { IncomingMessage } from 'node:http'
import { clientOf, isLoopbackAddress, readProxies } from './client-address.ts'

export interface IncomingRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  /** Names in lower case. A header that was sent more than once is an array, so that the repetition can be seen. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whether the connection the credential travelled on is encrypted. Whoever stands behind a proxy it trusts decides this; a header never does by itself. */
  readonly secure: boolean
  /** Whether the call comes from this machine. */
  readonly loopback: boolean
  /** Where the call comes from: the peer's address, from the socket, unless who made this value looked through proxies it trusts. Unknown, it is in no network. */
  readonly remoteAddress?: string | undefined
}

/** What stands between callers and this process. */
export interface Surroundings {
  /** Addresses and CIDR blocks of the proxies in front: only from them are `X-Forwarded-For` and `X-Forwarded-Proto` believed. Give it here or to the verifier. */
  readonly trustedProxies?: readonly string[]
}

/**
 * Reads `node:http` (and Express, Fastify's `request.raw`, …): encryption and address from the socket, and from `X-Forwarded-*` only across proxies that are named as trusted.
 * @throws Refusal `network_invalid` for a proxy that is no address or block.
 */
export function fromNodeRequest(
  request: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'socket'>,
  { trustedProxies }: Surroundings = {},
): IncomingRequest {
  const { method = 'GET', url = '/', socket } = request
  const { remoteAddress } = socket
  const headers = carriersIn(request.rawHeaders)
  const secure = (socket as { readonly encrypted?: boolean }).encrypted === true
  const direct =
    remoteAddress === undefined
      ? { method, url, headers, secure, loopback: false }
      : { method, url, headers, secure, loopback: isLoopbackAddress(remoteAddress), remoteAddress }
  return trustedProxies === undefined ? direct : clientOf(direct, readProxies(trustedProxies))
}

/**
 * Reads a web-standard `Request`. The scheme is that of its URL; the peer's address is not in it and must be handed in by who knows it:
 * without, the request does not count as from this machine. Headers sent twice arrive joined by a comma, which no credential contains.
 */
export function fromFetchRequest(request: Request, peer: { readonly remoteAddress?: string | undefined } = {}): IncomingRequest {
  const url = new URL(request.url)
  return {
    method: request.method,
    url: url.pathname + url.search,
    headers: Object.fromEntries(request.headers),
    secure: url.protocol === 'https:',
    loopback: peer.remoteAddress !== undefined && isLoopbackAddress(peer.remoteAddress),
    ...peer,
  }
}

/** The headers that say who calls and from where. */
const carriers = new Set(['authorization', 'x-api-key', 'cookie', 'x-forwarded-for', 'x-forwarded-proto'])
const carrierLengths = new Set([...carriers].map(({ length }) => length))

/** Only those, each as often as it was sent: `headers` hides a second Authorization header, `headersDistinct` sorts all there are. */
function carriersIn(rawHeaders: readonly string[]): IncomingRequest['headers'] {
  const found: Record<string, string | string[]> = {}
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const rawName = rawHeaders[at] as string
    if (!carrierLengths.has(rawName.length)) continue
    const name = rawName.toLowerCase()
    if (!carriers.has(name)) continue
    const value = rawHeaders[at + 1] as string
    const before = found[name]
    if (before === undefined) found[name] = value
    else found[name] = typeof before === 'string' ? [before, value] : [...before, value]
  }
  return found
}
