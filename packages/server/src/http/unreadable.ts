/** Answers what Node could not read as HTTP: too large, too slow, or no HTTP at all. There is no request yet, so the answer is written to the socket. */
import type { Socket } from 'node:net'
import { base62OfBytes, Refusal, type RefusalCode, takeRandomBytes } from '@latchwork/kernel'
import { problemOf } from './render-refusal.ts'
import type { Site } from './site.ts'

const LINGER_MS = 1000
const codes: Readonly<Record<string, RefusalCode>> = { HPE_HEADER_OVERFLOW: 'headers_too_large', ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow' }

export function answerUnreadable(site: Site, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error)
    return
  }
  const refusal = new Refusal(codes[error.code ?? ''] ?? 'request_malformed', { reason: 'not HTTP' })
  const body = JSON.stringify(problemOf(site, refusal, nextReference()))
  const headers = { ...site.headers, 'content-type': 'application/problem+json', 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${refusal.status} ${refusal.title}\r\n${head.join('')}\r\n${body}`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref() // time to read the answer: a socket destroyed at once can take it along
}

/** Of this process: no other has the same. */
const begun = base62OfBytes(takeRandomBytes(10), 14).slice(1)
let given = 0

/** Leads from an answer to the log and the event. Every request has one, so it is a number with the process's own mark before it. */
export function nextReference(): string {
  return `ref_${begun}${(++given).toString(36).padStart(9, '0')}`
}
