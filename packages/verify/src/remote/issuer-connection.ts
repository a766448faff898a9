/** The way to the issuer over HTTP: no redirects, bounded answers, bounded time, and nothing that keeps the process from ending. */
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { Secret } from '@latchwork/kernel'
import { isLoopbackAddress } from '../client-address.ts'

// An import of `node:http` would read all its exports, and that of `WebSocket` loads a client of fourteen megabytes.
const { Agent: PlainAgent, request: plainRequest } = process.getBuiltinModule('node:http')

const ANSWER_WITHIN_MS = 5000
const MAX_ANSWER_BYTES = 256 * 1024
const MAX_SOCKETS = 64

export interface Answer {
  readonly status: number
  /** The body as JSON; `undefined` if it is none. */
  readonly json: unknown
}

export interface IssuerConnection {
  /** @throws Error when no answer came in time, or one too large. Every status is an answer. */
  readonly ask: (method: 'GET' | 'POST', path: string, options?: { readonly authorized?: boolean; readonly body?: unknown }) => Promise<Answer>
  /** Opens a stream of events; calls back with the response once its headers are there. The socket does not keep the process alive. Returns the way to close it. */
  readonly open: (path: string, headers: Readonly<Record<string, string>>, handlers: StreamHandlers) => () => void
  readonly close: () => void
}

export interface StreamHandlers {
  readonly opened: (response: IncomingMessage) => void
  readonly failed: (error: Error) => void
}

/** @throws TypeError unless the issuer is an https URL without query, fragment or user, or plain http of this machine. */
export function checkIssuer(issuer: string): URL {
  if (typeof issuer !== 'string' || !URL.canParse(issuer))
    throw new TypeError('issuer: give the address of the auth server, such as "https://auth.example.com".')
  const url = new URL(issuer)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const local = host === 'localhost' || isLoopbackAddress(host)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) {
    throw new TypeError('issuer: must be https; plain http only for this machine (localhost, 127.0.0.1, [::1]).')
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') throw new TypeError('issuer: without query, fragment or user.')
  return url
}

export function connectToIssuer(issuer: URL, rootKey: Secret): IssuerConnection {
  const secure = issuer.protocol === 'https:'
  const agent = new (secure ? SecureAgent : PlainAgent)({ keepAlive: true, maxSockets: MAX_SOCKETS })
  const send = secure ? secureRequest : plainRequest
  const at = (path: string) => new URL(issuer.href.replace(/\/$/, '') + path)
  const authorization = () => ({ authorization: `Bearer ${rootKey.reveal()}` })

  const askOnce = (path: string, options: RequestOptions, body?: string) =>
    new Promise<Answer>((resolve, reject) => {
      const request = send(at(path), { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }, (response) => {
        readAnswer(response).then(resolve, reject)
      })
      // A kept connection that the other side closed at the same moment: nothing was answered, so once more on a new one.
      request.on('error', (error: NodeJS.ErrnoException) => reject(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection() : error))
      request.end(body)
    })

  return {
    ask: async (method, path, { authorized = false, body } = {}) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        accept: 'application/json',
        ...(authorized ? authorization() : {}),
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      // Look-ups come often and share kept connections; the key set is fetched too seldom for one.
      const options = { method, headers, agent: authorized ? agent : false }
      return askOnce(path, options, text).catch((error: unknown) => {
        if (error instanceof StaleConnection) return askOnce(path, options, text)
        throw error
      })
    },
    open: (path, headers, handlers) => {
      const options = { agent: false, headers: { accept: 'text/event-stream', 'cache-control': 'no-store', ...headers, ...authorization() } } as const
      const request = send(at(path), options, handlers.opened)
      request.on('socket', (socket) => socket.unref())
      request.on('error', handlers.failed)
      request.end()
      return () => request.destroy()
    },
    close: () => agent.destroy(),
  }
}

class StaleConnection extends Error {}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error(`the issuer's answer is over ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, json: parseJson(Buffer.concat(chunks).toString('utf8')) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
