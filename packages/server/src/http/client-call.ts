/** How a call to an endpoint for clients came: its header, the certificate of its connection, the time. */
import { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import { refuse } from '@latchwork/kernel'
import type { ClientCall } from '@latchwork/oauth'
import type { ArrivedRequest } from './arrived-request.ts'
import { trustedProxies } from './client-address.ts'
import type { Site } from './site.ts'

/** @throws Refusal `client_authentication_failed` for a second `Authorization` header: it is a second method (RFC 6749 §2.3). */
export function clientCallOf(site: Site, request: ArrivedRequest): ClientCall {
  const { authorization } = request.headers
  if (authorization !== undefined && isRepeated(request, 'authorization'))
    return refuse('client_authentication_failed', { reason: 'two Authorization headers' })
  return {
    now: site.clock.now(),
    certificate: () => certificateOf(site, request),
    ...(authorization === undefined ? {} : { authorization }),
  }
}

/** Node keeps the first of some headers and drops the others, who then count for nothing: what was sent stands in `rawHeaders` alone. */
export function isRepeated({ raw: { rawHeaders } }: Pick<ArrivedRequest, 'raw'>, name: string): boolean {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === name) count += 1
  return count > 1
}

/**
 * Of the socket, or of the header of a trusted proxy where the operator names one (RFC 9440). A header from anywhere else is a stranger's text and does not count; a proxy that
 * speaks TLS to us with a certificate of its own is not the client.
 */
function certificateOf({ installation: { config } }: Site, request: ArrivedRequest): X509Certificate | undefined {
  const { mtls } = config.clientProofs
  if (mtls === undefined) return undefined
  const { socket } = request.raw
  const isProxy = trustedProxies(config.http.trustedProxies).trusts(socket.remoteAddress ?? '')
  if (isProxy) return mtls.header === undefined ? undefined : readHeader(request.headers[mtls.header])
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
}

/** Exactly one certificate: a caller's own header that a proxy added to is none. */
const PEM = /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/
const BASE64 = /^(?::(?=.*:$))?([A-Za-z0-9+/]+={0,2}):?$/

/** `:base64:` (RFC 9440 §2.1), PEM with its lines escaped (nginx), or DER in base64 alone (Traefik). */
function readHeader(value: string | readonly string[] | undefined): X509Certificate | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 16_384) return undefined
  try {
    const text = value.includes('%') ? decodeURIComponent(value) : value
    if (PEM.test(text)) return new X509Certificate(text)
    const encoded = BASE64.exec(text)?.[1]
    return encoded === undefined ? undefined : new X509Certificate(Buffer.from(encoded, 'base64'))
  } catch {
    return undefined
  }
}
