/**
 * A lane beside the framework, for the few routes that every request of somebody else's API waits for. It takes what comes in the usual form, a POST of a short body of
 * the route's own type in one piece; everything else it hands on, unread, to the route of the same address, which has the same guard and gives the same answers.
 */

import type { IncomingMessage, RequestListener } from 'node:http'
import type { ManagementScope } from '@latchwork/api-keys'
import { type Principal, parseStrictJson, Refusal } from '@latchwork/kernel'
import type { FastifyBaseLogger } from 'fastify'
import type { ArrivedRequest } from '../arrived-request.ts'
import { provesRootKey } from '../guard.ts'
import { parseParameters } from '../parse-form.ts'
import { bytesAsText, prepareHead } from '../prepared-answer.ts'
import { oauthAnswer, problemAnswer } from '../render-refusal.ts'
import { reportRefusal } from '../report-refusal.ts'
import type { Site } from '../site.ts'
import { nextReference } from '../unreadable.ts'
import { type Exchange, nodeExchange } from './exchange.ts'
import type { LaneRules } from './lane-connections.ts'

export interface FastRoute {
  /** What a root key must carry to call it. */
  readonly scope: ManagementScope
  /** As in the configuration of the route. */
  readonly freeMember?: string
  /** The JSON of the answer, made of `bytesAsText`; `undefined` for a body that the route's schema refuses: nothing was done then. @throws Refusal, or rejects with one. */
  readonly answer: (body: unknown) => string | Promise<string> | undefined
}

/** A route for OAuth clients, who prove themselves in the form or beside it. */
export interface FastFormRoute {
  /** Sent with every answer, refusals included. */
  readonly fields: Readonly<Record<string, string>>
  /** Sent with what is no refusal. */
  readonly answerFields: Readonly<Record<string, string>>
  /** Whether the answer is JSON, as far as the head tells. */
  readonly isForJson: (headers: IncomingMessage['headers']) => boolean
  /** What is answered as JSON. Rejects with a Refusal. */
  readonly answer: (request: ArrivedRequest, form: URLSearchParams) => Promise<object>
}

export interface FastLane {
  readonly add: (path: string, route: FastRoute) => void
  readonly addForm: (path: string, route: FastFormRoute) => void
  /** What listens to requests: the lane, and `handler` for all that it does not take. */
  readonly before: (handler: RequestListener) => RequestListener
  /** Who answers a request that was read in another way, if that is the lane. */
  readonly takerOf: LaneRules['takerOf']
  /** Takes nothing more: the framework answers whoever still asks, and tells them that their connection ends. */
  readonly close: () => void
}

const LENGTH_OF_SHORT = /^[1-9]\d{0,3}$/

export function openFastLane(site: Site, log: FastifyBaseLogger): FastLane {
  const takers = new Map<string, Taker>()
  const takerOf: LaneRules['takerOf'] = ({ url, headers }) => {
    const taker = takers.get(url)
    return taker !== undefined && isUsual(headers, taker.type) ? taker.take : undefined
  }
  return {
    add: (path, route) => takers.set(path, { type: 'application/json', take: takerOfJson(site, log, path, route) }),
    addForm: (path, route) => takers.set(path, { type: 'application/x-www-form-urlencoded', take: takerOfForm(site, log, path, route) }),
    before: (handler) => (request, response) => {
      const take = request.method === 'POST' ? takerOf({ url: request.url ?? '', headers: request.headers }) : undefined
      if (take === undefined) handler(request, response)
      else take(nodeExchange(request, response, handler))
    },
    takerOf,
    close: () => takers.clear(),
  }
}

interface Taker {
  /** The media type of the bodies it takes. */
  readonly type: string
  readonly take: (exchange: Exchange) => void
}

function isUsual(headers: IncomingMessage['headers'], type: string): boolean {
  return (
    headers['content-type'] === type &&
    LENGTH_OF_SHORT.test(headers['content-length'] ?? '') &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] === undefined
  )
}

/** Transport → who calls, before the body is looked at → the body → the answer. */
function takerOfJson(site: Site, log: FastifyBaseLogger, path: string, { scope, freeMember, answer }: FastRoute): Taker['take'] {
  const prove = provesRootKey(site, scope)
  const head = prepareHead(site, 200, { 'content-type': 'application/json; charset=utf-8' })
  return (exchange) => {
    const request = arrived(exchange, path)
    const send = (json: string): void => exchange.send(head, json)
    let caller: Principal | undefined
    const fail = (error: unknown): void => sendRefusal(site, log, caller === undefined ? request : { ...request, caller }, exchange, error)
    const take = (piece: Buffer): boolean => {
      const told = answer(parseStrictJson(piece, freeMember))
      if (told instanceof Promise) told.then(send, fail)
      else if (told !== undefined) send(told)
      return told !== undefined
    }
    const read = (proven: Principal): void => {
      caller = proven
      exchange.readBody(take, fail)
    }
    if (!site.isSecure(request)) exchange.handOn()
    else meet(() => prove(request), read, fail)
  }
}

/** Transport → the form → who calls and what they get, in the one function that the route has too. */
function takerOfForm(site: Site, log: FastifyBaseLogger, path: string, { fields, answerFields, isForJson, answer }: FastFormRoute): Taker['take'] {
  const head = prepareHead(site, 200, { 'content-type': 'application/json; charset=utf-8', ...fields, ...answerFields })
  return (exchange) => {
    const request = arrived(exchange, path)
    const fail = (error: unknown): void => {
      const refusal = reportFault(site, log, request, error)
      const told = oauthAnswer(site, refusal, request, fields)
      exchange.send(told.head, told.body)
    }
    const take = (piece: Buffer): true => {
      const send = (told: object): void => exchange.send(head, bytesAsText(JSON.stringify(told)))
      answer(request, parseParameters(piece.toString())).then(send, fail)
      return true
    }
    if (!site.isSecure(request) || !isForJson(request.headers)) exchange.handOn()
    else exchange.readBody(take, fail)
  }
}

function arrived({ raw }: Exchange, path: string): ArrivedRequest {
  return { id: nextReference(), method: 'POST', headers: raw.headers, raw, routeOptions: { url: path } }
}

/** At once where it can be: a promise a request is too many. */
function meet<T>(prove: () => T | Refusal | Promise<T>, goOn: (proven: T) => void, fail: (error: unknown) => void): void {
  try {
    const proven = prove()
    if (proven instanceof Promise) proven.then(goOn, fail)
    else if (proven instanceof Refusal) fail(proven)
    else goOn(proven)
  } catch (error) {
    fail(error)
  }
}

function sendRefusal(site: Site, log: FastifyBaseLogger, request: ArrivedRequest, exchange: Exchange, error: unknown): void {
  const { head, body } = problemAnswer(site, reportFault(site, log, request, error), request.id)
  exchange.send(head, body)
}

function reportFault(site: Site, log: FastifyBaseLogger, request: ArrivedRequest, error: unknown): Refusal {
  const refusal = error instanceof Refusal ? error : new Refusal('internal', { cause: error })
  reportRefusal(site, log, refusal, request)
  return refusal
}
