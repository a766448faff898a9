/** A request, as far as authentication needs it: no framework's type, so that every framework can be served. */
import type { IncomingMessage } from 'node:http'

export interface IncomingRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  /** Names in lower case. A header that was sent more than once is an array, so that the repetition can be seen. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whether the connection the credential travelled on is encrypted. Whoever stands behind a proxy it trusts decides this; a header never does by itself. */
  readonly secure: boolean
  /** Whether the peer is this machine. */
  readonly loopback: boolean
  /** The peer's address, from the socket. */
  readonly remoteAddress?: string
}

/** Reads `node:http` (and Express, Fastify's `request.raw`, …): encryption and address from the socket alone, never from `Host` or `X-Forwarded-*`. */
export function fromNodeRequest(request: IncomingMessage): IncomingRequest {
  const { remoteAddress } = request.socket
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: request.headersDistinct, // `headers` hides a second Authorization header
    secure: (request.socket as { readonly encrypted?: boolean }).encrypted === true,
    loopback: remoteAddress !== undefined && isLoopbackAddress(remoteAddress),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  }
}

/**
 * Reads a web-standard `Request`. The scheme is that of its URL; the peer's address is not in it and must be handed in by who knows it:
 * without, the request does not count as from this machine. Headers sent twice arrive joined by a comma, which no credential contains.
 */
export function fromFetchRequest(request: Request, peer: { readonly remoteAddress?: string } = {}): IncomingRequest {
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

/** 127.0.0.0/8, ::1, and 127.0.0.0/8 mapped into IPv6 (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address)
}
