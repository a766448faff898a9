/**
 * Reads connections before Node's HTTP does. A whole plain request for the lane is answered here; with the first bytes that are anything else the connection goes, with them and for good, to Node's HTTP,
 * which may be given a connection at any time (`connection`, node:http). One request is answered after the other, so answers stand in order and a connection holds no more than one and a piece of the next.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { RawRequest } from '../arrived-request.ts'
import type { PreparedHead } from '../prepared-answer.ts'
import type { Exchange } from './exchange.ts'
import { type PlainRequest, readPlainRequest } from './plain-request.ts'

export interface LaneRules {
  /** Who answers it, if that is the lane. */
  readonly takerOf: (request: Pick<PlainRequest, 'url' | 'headers'>) => ((exchange: Exchange) => void) | undefined
  /** Tells of a request that is none, or did not come in time, and ends the connection. */
  readonly answerUnreadable: (error: NodeJS.ErrnoException, socket: Socket) => void
  /** How long the first request, or the rest of one, may take. */
  readonly requestMs: number
  /** How long a connection is kept between two requests, and what it is told of that. */
  readonly keepAliveMs: number
  /** How long the end of the server waits for those that are neither answered nor idle. */
  readonly lingerMs: number
}

export interface LaneConnections {
  /** Ends them all: those that wait for an answer when they have it, and with `lingerMs` whatever is left, such as a TLS handshake that does not get on. */
  readonly close: () => void
}

/** The head and the body of all that a lane takes. */
const MAX_BYTES = 20 * 1024
const LETTER_P = 'P'.charCodeAt(0)
/** As Node: who sends a request in the last moment is still answered. */
const KEEP_ALIVE_GRACE_MS = 1000

/** @param event which of the server's events gives its HTTP a connection. */
export function readBeforeNode(server: Server, event: 'connection' | 'secureConnection', rules: LaneRules): LaneConnections {
  const listeners = server.listeners(event)
  const open = new Set<LaneConnection>()
  const sockets = new Set<Socket>()
  let isClosing = false
  const goOn = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket)
  }
  server.removeAllListeners(event)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on(event, (socket: Socket) => {
    if (isClosing) return goOn(socket)
    const connection = new LaneConnection(socket, rules, goOn, () => open.delete(connection))
    open.add(connection)
  })
  return {
    close: () => {
      isClosing = true
      for (const connection of open) connection.close()
      setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, rules.lingerMs).unref()
    },
  }
}

class LaneConnection {
  readonly #socket: Socket
  readonly #rules: LaneRules
  readonly #goOn: (socket: Socket) => void
  readonly #left: () => void
  readonly #tail: string
  /** The beginning of a request; while an answer is awaited, what came of the next. */
  #held: Buffer | undefined
  #isAnswering = false
  #hasAnswered = false
  #isLast = false

  constructor(socket: Socket, rules: LaneRules, goOn: (socket: Socket) => void, left: () => void) {
    this.#socket = socket
    this.#rules = rules
    this.#goOn = goOn
    this.#left = left
    this.#tail = `Connection: keep-alive\r\nKeep-Alive: timeout=${rules.keepAliveMs / 1000}\r\n\r\n`
    socket.setTimeout(rules.requestMs)
    socket.on('data', this.#onData).on('end', this.#onEnd).on('timeout', this.#onTimeout).on('error', hangUp).on('close', left)
  }

  close(): void {
    this.#isLast = true
    if (!this.#isAnswering) this.#readNoMore().destroySoon() // behind answers that are not taken yet
  }

  send(head: PreparedHead, body: string): void {
    const socket = this.#socket
    if (!socket.writable) return // whoever asked has gone
    const tail = this.#isLast ? 'Connection: close\r\n\r\n' : this.#tail
    const isTaken = socket.write(`${head.text}content-length: ${body.length}\r\nDate: ${date()}\r\n${tail}${body}`, 'latin1')
    if (isTaken) this.#next()
    else socket.once('drain', this.#next)
  }

  /** Everything from `bytes` on is Node's to read, as if nobody had looked. */
  handOver(bytes: Buffer): void {
    const socket = this.#socket
    const behind = this.#held
    socket.off('data', this.#onData).off('end', this.#onEnd).off('timeout', this.#onTimeout).off('error', hangUp).off('close', this.#left)
    this.#left()
    if (this.#isLast || socket.destroyed) {
      socket.on('error', hangUp).destroy()
      return
    }
    socket.setTimeout(0)
    socket.pause()
    this.#goOn(socket)
    socket.unshift(behind === undefined ? bytes : Buffer.concat([bytes, behind]))
    socket.resume()
  }

  readonly #onData = (piece: Buffer): void => {
    const held = this.#held
    const bytes = held === undefined ? piece : Buffer.concat([held, piece])
    if (this.#isAnswering) {
      this.#held = bytes
      this.#socket.pause()
    } else {
      this.#held = undefined
      this.#read(bytes, held !== undefined)
    }
  }

  /** The rest of a body may come in one more piece, as from clients that write head and body apart. */
  #read(bytes: Buffer, isSecond: boolean): void {
    const request = bytes.length <= MAX_BYTES && bytes[0] === LETTER_P ? readPlainRequest(bytes.toString('latin1')) : undefined
    const take = request && this.#rules.takerOf(request)
    if (take === undefined || request === undefined || request.end < bytes.length) this.handOver(bytes)
    else if (request.end === bytes.length) {
      this.#isAnswering = true
      if (isSecond || !this.#hasAnswered) this.#socket.setTimeout(this.#rules.keepAliveMs + KEEP_ALIVE_GRACE_MS)
      take(new LaneExchange(this, rawOf(request, this.#socket), bytes, request.bodyAt))
    } else if (isSecond) this.handOver(bytes)
    else {
      this.#held = bytes
      this.#socket.setTimeout(this.#rules.requestMs)
    }
  }

  readonly #next = (): void => {
    this.#isAnswering = false
    this.#hasAnswered = true
    const held = this.#held
    if (this.#isLast) this.#readNoMore().end()
    if (this.#isLast || held === undefined) return
    this.#held = undefined
    process.nextTick(this.#goOnWith, held) // its own business, not that of whoever answers here
  }

  readonly #goOnWith = (held: Buffer): void => {
    if (this.#isLast) return
    this.#socket.resume()
    this.#read(held, false)
  }

  readonly #onEnd = (): void => {
    this.#isLast = true
    if (this.#isAnswering) return
    if (this.#held === undefined) this.#socket.end()
    else this.#giveUp(new Error('the request ends before its end'))
  }

  readonly #onTimeout = (): void => {
    const isIdle = this.#hasAnswered && this.#held === undefined
    if (this.#socket.writableLength > 0 || (isIdle && !this.#isAnswering)) this.#socket.destroy()
    else if (!this.#isAnswering) this.#giveUp(Object.assign(new Error('the request is too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }))
  }

  #giveUp(error: NodeJS.ErrnoException): void {
    this.#rules.answerUnreadable(error, this.#readNoMore().off('timeout', this.#onTimeout))
  }

  /** What still comes is thrown away (RFC 9112 §9.6). */
  #readNoMore(): Socket {
    return this.#socket.off('data', this.#onData).off('end', this.#onEnd).resume()
  }
}

class LaneExchange implements Exchange {
  readonly raw: RawRequest
  readonly #connection: LaneConnection
  readonly #bytes: Buffer
  readonly #bodyAt: number

  constructor(connection: LaneConnection, raw: RawRequest, bytes: Buffer, bodyAt: number) {
    this.raw = raw
    this.#connection = connection
    this.#bytes = bytes
    this.#bodyAt = bodyAt
  }

  readBody(take: (piece: Buffer) => boolean, fail: (error: unknown) => void): void {
    let isTaken = true
    try {
      isTaken = take(this.#bytes.subarray(this.#bodyAt))
    } catch (error) {
      fail(error)
    }
    if (!isTaken) this.handOn()
  }

  send(head: PreparedHead, body: string): void {
    this.#connection.send(head, body)
  }

  handOn(): void {
    this.#connection.handOver(this.#bytes)
  }
}

function rawOf({ url, headers, rawHeaders }: PlainRequest, socket: Socket): RawRequest {
  return { method: 'POST', url, headers, rawHeaders: rawHeaders as string[], socket }
}

/** Most errors come of a connection that closes; a client that renegotiates TLS again and again makes one, too, and is not cut off by Node itself (`tls.CLIENT_RENEG_LIMIT`). */
function hangUp(this: Socket): void {
  this.destroy()
}

let second = 0
let dateOfSecond = ''

/** RFC 9110 §6.6.1. */
function date(): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    dateOfSecond = new Date(now * 1000).toUTCString()
  }
  return dateOfSecond
}
