/** Answers what could not be read as HTTP: too large, too slow, or no HTTP at all. */
import type { RequestListener, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { base62OfBytes, Refusal, type RefusalCode, takeRandomBytes } from '@latchwork/kernel'
import { PreparedHead, writePrepared } from './prepared-answer.ts'
import { faultOfHead } from './readable.ts'
import { problemAnswer, problemOf } from './render-refusal.ts'
import type { Site } from './site.ts'

const LINGER_MS = 1000
/** What has its last answer on the way. */
const told = new WeakSet<Duplex>()
/** What waits for the answers before. */
const waiting = new WeakSet<Duplex>()
/** The newest answer of each connection. */
const newest = new WeakMap<Duplex, ServerResponse>()
const codes: Readonly<Record<string, RefusalCode>> = { HPE_HEADER_OVERFLOW: 'headers_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow' }

/** Node made no request of it, so the answer is written to the socket; after those to the requests before it, of which one could be taken for it. */
export function answerUnreadable(site: Site, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (told.has(socket) && !isOfConnection(error)) return // what comes behind must not take the answers along
  if (isOfConnection(error) || !socket.writable) {
    socket.destroy(error)
    return
  }
  const before = newest.get(socket)
  if (before !== undefined && isOfAnother(before)) {
    if (waiting.has(socket)) return // Node tells of each further piece
    waiting.add(socket)
    before.once('finish', () => answerUnreadable(site, error, socket))
    return
  }
  if (before?.socket === null && !before.writableFinished) {
    socket.destroy(error) // it is the body of a request that stands behind others
    return
  }
  const refusal = new Refusal(codes[error.code ?? ''] ?? 'request_malformed', { reason: 'not HTTP' })
  const body = JSON.stringify(problemOf(site, refusal, nextReference()))
  const headers = { ...site.headers, 'content-type': 'application/problem+json', 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  told.add(socket)
  socket.end(`HTTP/1.1 ${refusal.status} ${refusal.title}\r\n${head.join('')}\r\n${body}`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref() // time to read the answer: a socket destroyed at once can take it along
}

/** Whether it tells of the connection, not of what was sent or of how slowly: Node's codes for that begin so (`ECONNRESET`, `ERR_TLS_…`), those of its parser with HPE. */
function isOfConnection({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('E') && codes[code] === undefined
}

/** Whether what could not be read came after the whole request of this answer, or after the answer itself, and that is not all sent. */
function isOfAnother({ req, headersSent, writableFinished }: ServerResponse): boolean {
  return (req.complete || headersSent) && !writableFinished
}

/** `handler`, for requests of which Node took more than we do. After another the connection ends: what follows on it may be no request. */
export function beforeReadable(site: Site, handler: RequestListener): RequestListener {
  return (request, response) => {
    const detail = faultOfHead(request)
    newest.set(request.socket, response)
    if (detail === undefined) return handler(request, response)
    told.add(request.socket)
    const { head, body } = problemAnswer(site, new Refusal('request_malformed', { detail, reason: 'not HTTP' }), nextReference())
    writePrepared(response, new PreparedHead(head.status, [...head.fields, 'connection', 'close']), body)
  }
}

/** Of this process: no other has the same. */
const begun = base62OfBytes(takeRandomBytes(10), 14).slice(1)
let given = 0

/** Leads from an answer to the log and the event. Every request has one, so it is a number with the process's own mark before it. */
export function nextReference(): string {
  return `ref_${begun}${(++given).toString(36).padStart(9, '0')}`
}
