/**
 * The one way out for requests to addresses that somebody gave us (design, decisions 7 and 14): https only, no private addresses, resolved once and connected to what
 * was checked, no redirects, bounded in size and time. What the operator lists as `outbound.allow` may be private, and plain http. TLS is always verified.
 */
import { lookup as resolveName } from 'node:dns'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { rootCertificates } from 'node:tls'
import { request as plainRequest } from '../http/node-http.ts'
import { isPublicAddress } from './public-address.ts'

export interface OutboundRules {
  /** `host:port`, as they stand in the address. */
  readonly allow: readonly string[]
  /** PEM of certificate authorities beside the usual ones. */
  readonly extraCa?: string
  /** PEM of the only certificate authorities that are believed, instead of the usual ones. */
  readonly onlyCa?: string
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** For everything together: name, connection, answer. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

export interface OutboundAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** @throws OutboundError when the address is not to be reached, or no whole answer came in time. Every status is an answer, redirects too: they are not followed. */
export type GuardedFetch = (url: string, request: OutboundRequest) => Promise<OutboundAnswer>

/** `message` says what is wrong without repeating the address's query or what the other side sent. */
export class OutboundError extends Error {
  readonly reason: 'address_refused' | 'not_reached' | 'too_slow' | 'too_large'

  constructor(reason: OutboundError['reason'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OutboundError'
    this.reason = reason
  }
}

const TIMEOUT_MS = 10_000
const MAX_BYTES = 64 * 1024

export function createGuardedFetch(rules: OutboundRules): GuardedFetch {
  const ca = authoritiesOf(rules)
  return async (text, { method, headers = {}, body, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES }) => {
    const { url, isAllowed } = checkUrl(text, rules.allow)
    const signal = AbortSignal.timeout(timeoutMs)
    const options: RequestOptions & { readonly ca?: readonly string[] } = {
      method,
      signal,
      agent: false, // no connection outlives its checks
      headers: { 'user-agent': 'latchwork', ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
      lookup: isAllowed ? lookupAny : lookupPublic,
      ...(ca === undefined ? {} : { ca }),
    }
    try {
      return await send(url, options, body, maxBytes)
    } catch (error) {
      if (error instanceof OutboundError) throw error
      if (signal.aborted) throw new OutboundError('too_slow', `no answer within ${timeoutMs} ms`, error)
      throw new OutboundError('not_reached', `not reached: ${codeOf(error)}`, error)
    }
  }
}

function authoritiesOf({ extraCa, onlyCa }: OutboundRules): readonly string[] | undefined {
  if (onlyCa !== undefined) return [onlyCa]
  return extraCa === undefined ? undefined : [...rootCertificates, extraCa]
}

/** The host of a URL as people write it in `outbound.allow`: with its port, also where that is the usual one. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port}`
}

function checkUrl(text: string, allow: readonly string[]): { readonly url: URL; readonly isAllowed: boolean } {
  if (!URL.canParse(text)) throw new OutboundError('address_refused', 'not an address')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw new OutboundError('address_refused', 'the address holds a user name or password')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundError('address_refused', `${url.protocol} is not spoken`)
  const isAllowed = allow.includes(hostAndPort(url))
  if (isAllowed) return { url, isAllowed }
  if (url.protocol !== 'https:') throw new OutboundError('address_refused', `plain http is not sent; list ${hostAndPort(url)} in outbound.allow if it must be`)
  // A literal address is never looked up, so it is judged here.
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw refusedAddress(hostAndPort(url))
  return { url, isAllowed }
}

function refusedAddress(host: string): OutboundError {
  return new OutboundError('address_refused', `${host} is not on the public internet; list host:port in outbound.allow if it is meant to be reached`)
}

const lookupAny: LookupFunction = (hostname, options, callback) => resolveName(hostname, options, callback as never)

/** Resolved here, judged here, and handed to the socket: there is no second look-up that could say something else. One address that is not public condemns the name. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0)
    const [first] = addresses
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) return callback(refusedAddress(hostname), '', 0)
    if (options.all === true) return (callback as unknown as (error: null, addresses: readonly unknown[]) => void)(null, addresses)
    callback(null, first.address, first.family)
  })
}

function send(url: URL, options: RequestOptions, body: string | Buffer | undefined, maxBytes: number): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? secureRequest : plainRequest)(url, options, (response) => {
      readAll(response, maxBytes).then(
        (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: content }),
        (error: unknown) => {
          request.destroy()
          reject(error)
        },
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maxBytes) throw new OutboundError('too_large', `the answer is over ${maxBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? 'connection failed'
}
