/**
 * A lane beside the framework, for the few routes that every request of somebody else's API waits for. It takes what comes in the usual form, a POST of a short JSON
 * body in one piece; everything else it hands on, unread, to the route of the same address, which has the same guard and gives the same answers.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ManagementScope } from '@latchwork/api-keys'
import { parseStrictJson, Refusal } from '@latchwork/kernel'
import type { FastifyBaseLogger } from 'fastify'
import type { ArrivedRequest } from './arrived-request.ts'
import { provesRootKey } from './guard.ts'
import { prepareHead, writePrepared } from './prepared-answer.ts'
import { problemAnswer } from './render-refusal.ts'
import { reportRefusal } from './report-refusal.ts'
import type { Site } from './site.ts'
import { nextReference } from './unreadable.ts'

export interface FastRoute {
  /** What a root key must carry to call it. */
  readonly scope: ManagementScope
  /** The JSON of the answer, made of `bytesAsText`; `undefined` for a body that the route's schema refuses: nothing was done then. @throws Refusal, or rejects with one. */
  readonly answer: (body: unknown) => string | Promise<string> | undefined
}

export interface FastLane {
  readonly add: (path: string, route: FastRoute) => void
  /** What listens to requests: the lane, and `handler` for all that it does not take. */
  readonly before: (handler: RequestListener) => RequestListener
}

const LENGTH_OF_SHORT = /^[1-9]\d{0,3}$/

export function openFastLane(site: Site, log: FastifyBaseLogger): FastLane {
  const takers = new Map<string, (request: IncomingMessage, response: ServerResponse, handler: RequestListener) => void>()
  return {
    add: (path, route) => takers.set(path, takerOf(site, log, path, route)),
    before: (handler) => (request, response) => {
      const take = request.method === 'POST' ? takers.get(request.url ?? '') : undefined
      if (take === undefined || !isUsual(request.headers)) handler(request, response)
      else take(request, response, handler)
    },
  }
}

function isUsual(headers: IncomingMessage['headers']): boolean {
  return headers['content-type'] === 'application/json' && LENGTH_OF_SHORT.test(headers['content-length'] ?? '') && headers['transfer-encoding'] === undefined
}

/** Transport → who calls, before a byte of the body is read → the body → the answer. */
function takerOf(site: Site, log: FastifyBaseLogger, path: string, { scope, answer }: FastRoute) {
  const prove = provesRootKey(site, scope)
  const head = prepareHead(site, 200, { 'content-type': 'application/json; charset=utf-8' })
  return (raw: IncomingMessage, response: ServerResponse, handler: RequestListener): void => {
    const request: ArrivedRequest = { id: nextReference(), method: 'POST', headers: raw.headers, raw, routeOptions: { url: path } }
    const handOn = (): void => handler(raw, response)
    const send = (json: string): void => writePrepared(response, head, json)
    const fail = (error: unknown): void => sendRefusal(site, log, request, response, error)
    const take = (body: unknown): boolean => {
      const told = answer(body)
      if (told instanceof Promise) told.then(send, fail)
      else if (told !== undefined) send(told)
      return told !== undefined
    }
    const read = (): void => readShort(raw, take, handOn, fail)
    if (!site.isSecure(request)) handOn()
    else meet(() => prove(request), read, fail)
  }
}

/** At once where it can be: a promise a request is too many. */
function meet(prove: () => unknown, goOn: () => void, fail: (error: unknown) => void): void {
  try {
    const proven = prove()
    if (proven instanceof Promise) proven.then(goOn, fail)
    else if (proven instanceof Refusal) fail(proven)
    else goOn()
  } catch (error) {
    fail(error)
  }
}

/** Reads a body that comes in one piece. What `take` does not take is put back, as if nobody had looked. */
function readShort(request: IncomingMessage, take: (value: unknown) => boolean, otherwise: () => void, fail: (error: unknown) => void): void {
  request.once('data', (piece: Buffer) => {
    try {
      const isWhole = String(piece.length) === request.headers['content-length']
      if (isWhole && take(parseStrictJson(piece))) return
    } catch (error) {
      return fail(error)
    }
    request.pause()
    request.unshift(piece)
    otherwise()
  })
}

function sendRefusal(site: Site, log: FastifyBaseLogger, request: ArrivedRequest, response: ServerResponse, error: unknown): void {
  const refusal = error instanceof Refusal ? error : new Refusal('internal', { cause: error })
  reportRefusal(site, log, refusal, request)
  const { head, body } = problemAnswer(site, refusal, request.id)
  writePrepared(response, head, body)
}
