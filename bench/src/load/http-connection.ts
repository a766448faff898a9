/**
 * One keep-alive HTTP/1.1 connection that sends prepared bytes and reads one answer at a time. Much cheaper than any HTTP client, so that on a machine of two cores
 * the server under test is what sets the pace.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

const HEAD_END = Buffer.from('\r\n\r\n')

export class HttpConnection {
  readonly #origin: string
  readonly #host: string
  readonly #port: number
  #socket: Socket | undefined
  #received: Buffer = Buffer.alloc(0)
  #other: HttpConnection | undefined
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined

  constructor(origin: string) {
    this.#origin = origin
    const url = new URL(origin)
    this.#host = url.hostname
    this.#port = Number(url.port)
  }

  /** Sends one whole request and waits for its answer. */
  send(request: string): Promise<Answer> {
    if (this.#waiting !== undefined) throw new Error('a connection sends one request at a time')
    const socket = this.#openSocket()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      socket.write(request, 'latin1')
    })
  }

  /** A second one to the same server, which ends with this: somebody else's. */
  other(): HttpConnection {
    this.#other ??= new HttpConnection(this.#origin)
    return this.#other
  }

  close(): void {
    this.#other?.close()
    this.#drop()
  }

  #drop(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #openSocket(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true })
    // What an old socket still says is no answer to a request on the new one.
    socket.on('data', (chunk) => this.#socket === socket && this.#receive(chunk))
    socket.on('error', (error) => this.#socket === socket && this.#fail(error))
    socket.on('close', () => this.#socket === socket && this.#fail(new Error('the server closed the connection before it answered')))
    this.#received = Buffer.alloc(0)
    this.#socket = socket
    return socket
  }

  #fail(error: Error): void {
    this.#socket = undefined
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(error)
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const answer = readAnswer(this.#received)
    if (answer === undefined) return
    this.#received = Buffer.alloc(0)
    if (/^connection: close\r?$/im.test(answer.head)) this.#drop()
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(answer)
  }
}

/** The answer, once all of it is there. */
function readAnswer(bytes: Buffer): Answer | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const status = Number(head.slice(9, 12))
  const bodyStart = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const end = bodyStart + Number(length)
    return bytes.length < end ? undefined : { status, head, body: bytes.toString('utf8', bodyStart, end) }
  }
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const body = readChunks(bytes, bodyStart)
    return body === undefined ? undefined : { status, head, body }
  }
  return { status, head, body: '' }
}

/** A chunked body (RFC 9112 §7.1), once its last chunk is there. */
function readChunks(bytes: Buffer, start: number): string | undefined {
  let at = start
  let body = ''
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (bytes.length < end + 2) return undefined
    if (size === 0) return body
    body += bytes.toString('utf8', lineEnd + 2, end)
    at = end + 2
  }
}
