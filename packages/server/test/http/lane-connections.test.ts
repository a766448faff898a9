import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { CLIENT_RENEG_LIMIT, connect as connectTls } from 'node:tls'
import type { Exchange } from '../../src/http/lane/exchange.ts'
import { type LaneConnections, type LaneRules, readBeforeNode } from '../../src/http/lane/lane-connections.ts'
import { PreparedHead } from '../../src/http/prepared-answer.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { until } from '../kit/until.ts'

const head = new PreparedHead(200, ['content-type', 'text/plain'])

interface Parts {
  /** What the lane does with a body; what `echo` does unless said otherwise. */
  readonly answer?: (exchange: Exchange, body: string) => boolean
  readonly times?: Partial<Pick<LaneRules, 'requestMs' | 'keepAliveMs' | 'lingerMs'>>
  readonly isTls?: boolean
}

interface Served {
  readonly server: Server
  readonly lane: LaneConnections
  /** Paths that Node's HTTP has read. */
  readonly readByNode: string[]
  readonly unreadable: string[]
  readonly dial: () => Caller
}

interface Caller {
  readonly socket: Socket
  readonly read: () => string
  /** Resolves when the server has had it as a piece of its own. */
  readonly write: (bytes: string) => Promise<void>
  /** All that came until the server hung up. */
  readonly ended: () => Promise<string>
}

function echo(exchange: Exchange, body: string): boolean {
  exchange.send(head, `lane ${body}`)
  return true
}

/** What is asked `late` is answered when the test says so. */
function someLate(): { readonly answers: readonly (() => void)[]; readonly answer: typeof echo } {
  const answers: (() => void)[] = []
  return { answers, answer: (exchange, body) => (body === 'late' ? answers.push(() => echo(exchange, body)) > 0 : echo(exchange, body)) }
}

async function serve(t: TestContext, { answer = echo, times = {}, isTls = false }: Parts = {}): Promise<Served> {
  const readByNode: string[] = []
  const unreadable: string[] = []
  const take = (exchange: Exchange): void =>
    exchange.readBody(
      (piece) => answer(exchange, piece.toString()),
      (error) => assert.fail(String(error)),
    )
  const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    readByNode.push(request.url ?? '')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.end(`node ${Buffer.concat(chunks)}`)
  }
  const certificate = selfSigned()
  const server = isTls ? createTlsServer({ cert: certificate.cert, key: certificate.key }, handler) : createServer(handler)
  const lane = readBeforeNode(server, isTls ? 'secureConnection' : 'connection', {
    takerOf: ({ url }) => (url === '/lane' ? take : undefined),
    answerUnreadable: (error, socket) => {
      unreadable.push(error.code ?? error.message)
      socket.end()
    },
    requestMs: 30_000,
    keepAliveMs: 72_000,
    lingerMs: 600_000,
    ...times,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    lane.close()
    server.close().closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const sockets = new Map<number | undefined, Socket>()
  server.on('connection', (socket: Socket) => sockets.set(socket.remotePort, socket))
  const dial = (): Caller => {
    const socket = isTls ? connectTls({ port, host: '127.0.0.1', ca: certificate.cert, checkServerIdentity: () => undefined }) : connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.setNoDelay(true)
    let text = ''
    socket.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
    socket.on('error', () => {})
    const ready = once(socket, isTls ? 'secureConnect' : 'connect')
    const closed = once(socket, 'close')
    const there = ready.then(async () => {
      const { localPort } = socket
      await until(() => sockets.has(localPort), 'the connection')
      return sockets.get(localPort) as Socket
    })
    const write = async (bytes: string): Promise<void> => {
      const atServer = await there
      const before = atServer.bytesRead
      socket.write(bytes)
      await until(() => atServer.destroyed || atServer.bytesRead >= before + bytes.length, `${bytes.length} bytes more`)
    }
    return { socket, read: () => text, write, ended: () => closed.then(() => text) }
  }
  return { server, lane, readByNode, unreadable, dial }
}

const post = (path: string, body: string, more = ''): string => `POST ${path} HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
const bodies = (text: string): readonly string[] => text.match(/(?:lane|node) [a-z\d]*/g) ?? []

describe('connections that the lane reads', () => {
  for (const isTls of [false, true])
    it(`R6: plain requests are answered without Node’s HTTP until one comes that is none: then it reads all that follows (${isTls ? 'TLS' : 'no TLS'})`, async (t) => {
      const { dial, readByNode } = await serve(t, { isTls })
      const caller = dial()
      const requests = [post('/lane', 'a1'), post('/lane', 'a2'), post('/other', 'a3'), post('/lane', 'a4'), post('/lane', 'a5', 'Connection: close\r\n')]
      for (const [at, request] of requests.entries()) {
        await caller.write(request)
        await until(() => bodies(caller.read()).length === at + 1, `answer ${at + 1}`)
      }
      assert.deepEqual(bodies(await caller.ended()), ['lane a1', 'lane a2', 'node a3', 'node a4', 'node a5'])
      assert.deepEqual(readByNode, ['/other', '/lane', '/lane'])
    })

  it('R6: an answer is framed as Node frames it', async (t) => {
    const { dial } = await serve(t)
    const caller = dial()
    await caller.write(post('/lane', 'abc'))
    await until(() => caller.read().endsWith('lane abc'), 'an answer')
    const [statusLine, ...fields] = caller.read().split('\r\n\r\n')[0]?.split('\r\n') ?? []
    assert.equal(statusLine, 'HTTP/1.1 200 OK')
    const date = fields.find((field) => field.startsWith('Date: '))?.slice(6) ?? ''
    assert.equal(new Date(date).toUTCString(), date)
    const others = fields.filter((field) => !field.startsWith('Date: '))
    assert.deepEqual(others, ['content-type: text/plain', 'content-length: 8', 'Connection: keep-alive', 'Keep-Alive: timeout=72'])
  })

  it('R6: a field of an answer that would end its line, or is none, is not written', () => {
    const wrong = [
      ['x', 'a\r\nb: c'],
      ['x\r\n', 'a'],
      ['x', 'a\0'],
      ['', 'a'],
    ]
    for (const fields of wrong) assert.throws(() => new PreparedHead(200, fields).text, { name: 'TypeError' })
  })

  it('R6: cut in two at any place, or into bytes, a request is answered once and with its whole body; what comes behind the head is waited for once', async (t) => {
    const { dial } = await serve(t)
    const request = post('/lane', 'abcdef')
    const answerOf = async (pieces: readonly string[]): Promise<readonly string[]> => {
      const caller = dial()
      for (const piece of pieces) await caller.write(piece)
      await until(() => caller.read().includes(' abcdef'), 'the answer')
      caller.socket.destroy()
      return bodies(caller.read())
    }
    const bodyAt = request.length - 6
    for (let cut = 1; cut < request.length; cut++)
      assert.deepEqual(await answerOf([request.slice(0, cut), request.slice(cut)]), [cut < bodyAt ? 'node abcdef' : 'lane abcdef'], `cut at ${cut}`)
    assert.deepEqual(await answerOf([...request]), ['node abcdef'])
    assert.deepEqual(await answerOf([request.slice(0, bodyAt), 'ab', 'cdef']), ['node abcdef'])
  })

  it('R6: requests that come before the answers to others are answered in order, whether they came together or apart', async (t) => {
    const answers: (() => void)[] = []
    const { dial, readByNode } = await serve(t, { answer: (exchange, body) => answers.push(() => echo(exchange, body)) > 0 })
    const caller = dial()
    await caller.write(post('/lane', 'a1'))
    await caller.write(post('/lane', 'a2'))
    caller.socket.write(post('/lane', 'a3') + post('/other', 'a4'))
    for (let at = 0; at < 2; at++) {
      await until(() => answers.length === at + 1 && bodies(caller.read()).length === at, `request ${at + 1}`)
      answers[at]?.()
    }
    await until(() => bodies(caller.read()).length === 4, 'all answers')
    assert.deepEqual(bodies(caller.read()), ['lane a1', 'lane a2', 'node a3', 'node a4'])
    assert.deepEqual(readByNode, ['/lane', '/other'])
    const together = dial()
    await together.write(post('/lane', 'b1') + post('/lane', 'b2') + post('/lane', 'b3').slice(0, -1))
    await together.write('3')
    await until(() => bodies(together.read()).length === 3, 'all answers')
    assert.deepEqual(bodies(together.read()), ['node b1', 'node b2', 'node b3'])
  })

  it('R6: what the lane hands on reaches Node whole, with what came behind it meanwhile', async (t) => {
    const handOn: (() => void)[] = []
    const { dial } = await serve(t, {
      answer: (exchange, body) => {
        if (body === 'no') return false
        handOn.push(exchange.handOn.bind(exchange))
        return true
      },
    })
    const [refused, later] = [dial(), dial()]
    await refused.write(post('/lane', 'no'))
    await until(() => bodies(refused.read()).length === 1, 'the answer')
    assert.deepEqual(bodies(refused.read()), ['node no'])
    await later.write(post('/lane', 'c1'))
    await later.write(post('/other', 'c2'))
    handOn[0]?.()
    await until(() => bodies(later.read()).length === 2, 'both answers')
    assert.deepEqual(bodies(later.read()), ['node c1', 'node c2'])
  })

  it('R6: who says nothing, or not all, is told so in time; who has been answered may be silent for longer; an answer that takes longer is waited for', async (t) => {
    const { answers, answer } = someLate()
    const { dial, unreadable, server } = await serve(t, { answer, times: { requestMs: 3000, keepAliveMs: 0 } })
    const late = dial()
    await late.write(post('/lane', 'late'))
    const answered = dial()
    await answered.write(post('/lane', 'a1'))
    const [silent, half] = [dial(), dial()]
    await half.write(post('/lane', 'abc').slice(0, -1))
    assert.equal(await silent.ended(), '')
    assert.equal(await half.ended(), '')
    assert.deepEqual(unreadable, ['ERR_HTTP_REQUEST_TIMEOUT', 'ERR_HTTP_REQUEST_TIMEOUT'])
    assert.deepEqual(bodies(await answered.ended()), ['lane a1']) // a second after its answer
    answers[0]?.()
    assert.deepEqual(bodies(await late.ended()), ['lane late'])
    await until(() => connectionsOf(server).then((count) => count === 0), 'no connection is left')
    assert.equal(unreadable.length, 2)
  })

  it('R6: who hangs up, half-way, while an answer is made, or after, harms nobody and leaves nothing', async (t) => {
    const { answers, answer } = someLate()
    const { dial, server, unreadable } = await serve(t, { answer })
    const [gone, ended, half, idle] = [dial(), dial(), dial(), dial()]
    await gone.write(post('/lane', 'late'))
    await ended.write(post('/lane', 'late'))
    gone.socket.destroy()
    ended.socket.end()
    await half.write(post('/lane', 'abc').slice(0, -1))
    half.socket.end()
    await half.ended()
    assert.equal(unreadable.length, 1)
    await idle.write(post('/lane', 'a1'))
    idle.socket.end()
    assert.deepEqual(bodies(await idle.ended()), ['lane a1'])
    await until(() => connectionsOf(server).then((count) => count === 2), 'whoever waits is left')
    for (const answer of answers) answer()
    assert.deepEqual(bodies(await ended.ended()), ['lane late']) // its answer comes all the same
    await until(() => connectionsOf(server).then((count) => count === 0), 'no connection is left')
    const reset = dial()
    await reset.write(post('/lane', 'a1'))
    reset.socket.resetAndDestroy()
    await until(() => connectionsOf(server).then((count) => count === 0), 'no connection is left')
  })

  it('R6: who asks and does not read is not read either, until they do', async (t) => {
    const bodiesAsked: string[] = []
    const { dial } = await serve(t, {
      answer: (exchange, body) => {
        bodiesAsked.push(body)
        exchange.send(head, body.startsWith('a') ? `lane ${body}${'.'.repeat(32 << 20)}` : `lane ${body}`)
        return true
      },
    })
    const [caller, other] = [dial(), dial()]
    caller.socket.pause()
    await caller.write(post('/lane', 'a1'))
    await caller.write(post('/lane', 'a2'))
    for (let turn = 0; turn < 20; turn++) {
      await other.write(post('/lane', 'b'))
      await until(() => bodies(other.read()).length === turn + 1, 'the answer to who reads')
    }
    assert.deepEqual(
      bodiesAsked.filter((body) => body !== 'b'),
      ['a1'],
    )
    caller.socket.resume()
    await until(() => bodiesAsked.includes('a2'), 'the second is read')
  })

  it('R6: when the server closes, who waits gets the answer and is told that it is the last, and nobody else holds the server up', async (t) => {
    const { answers, answer } = someLate()
    const { dial, server, lane } = await serve(t, { answer })
    const [late, idle, half, silent] = [dial(), dial(), dial(), dial()]
    await late.write(post('/lane', 'late'))
    await idle.write(post('/lane', 'a1'))
    await late.write(post('/lane', 'late'))
    await half.write(post('/lane', 'abc').slice(0, -1))
    await silent.write('')
    lane.close()
    const after = dial()
    await after.write(post('/lane', 'b1'))
    await until(() => bodies(after.read()).length === 1, 'the answer')
    assert.deepEqual(bodies(after.read()), ['node b1'])
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    assert.deepEqual([bodies(await idle.ended()), await half.ended(), await silent.ended()], [['lane a1'], '', ''])
    answers[0]?.()
    assert.match(await late.ended(), /\r\nConnection: close\r\n\r\nlane late$/)
    assert.equal(answers.length, 1) // what came behind was not begun
    await closed
  })

  it('R6: when the server closes, answers that are written and not taken yet are waited for', async (t) => {
    const text = '.'.repeat(60_000)
    const { dial, lane, server } = await serve(t, {
      answer: (exchange) => {
        exchange.send(head, text)
        return true
      },
    })
    const atServer = once(server, 'connection') as Promise<[Socket]>
    const caller = dial()
    caller.socket.pause()
    const [socket] = await atServer
    let asked = 0
    while (socket.writableLength === 0) {
      await caller.write(post('/lane', 'a'))
      asked++
    }
    lane.close()
    caller.socket.resume()
    assert.equal((await caller.ended()).split(text).length - 1, asked)
  })

  it('R6: who renegotiates TLS again and again is hung up on, as by Node’s HTTP (tls.CLIENT_RENEG_LIMIT)', async (t) => {
    const { server } = await serve(t, { isTls: true })
    const { port } = server.address() as AddressInfo
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' }) // 1.3 has no such thing
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    const closed = once(socket, 'close')
    await once(socket, 'secureConnect')
    for (let times = 0; times < 3 * CLIENT_RENEG_LIMIT && !socket.destroyed; times++)
      await Promise.race([closed, new Promise((resolve) => socket.renegotiate({ rejectUnauthorized: false }, resolve))])
    assert.equal(socket.destroyed, true)
  })

  it('R6: when the server closes, an answer that does not come and a TLS handshake that does not get on hold it up for a while only', async (t) => {
    const { dial, server, lane } = await serve(t, { answer: () => true, times: { lingerMs: 0 }, isTls: true })
    await dial().write(post('/lane', 'never'))
    const silent = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    t.after(() => silent.destroy())
    await until(() => connectionsOf(server).then((count) => count === 2), 'both are there')
    server.close().closeAllConnections()
    lane.close()
    await until(() => connectionsOf(server).then((count) => count === 0), 'no connection is left')
  })

  it('R6: after an answer that was told to be the last nothing is read, and whoever goes on sending holds nobody up (RFC 9112 §9.6)', async (t) => {
    const answers: (() => void)[] = []
    const { dial, server, lane } = await serve(t, { answer: (exchange, body) => answers.push(() => echo(exchange, body)) > 0 })
    const [one, many] = [dial(), dial()]
    for (const caller of [one, many]) await caller.write(post('/lane', 'a1'))
    for (const body of ['a2', 'a3', 'a4']) await many.write(post('/lane', body)) // the last of them wait in the socket
    lane.close()
    one.socket.pause() // has not read yet that it was the last
    for (const answer of answers) answer()
    await one.write(post('/lane', 'b2'))
    one.socket.resume()
    for (const caller of [one, many]) assert.deepEqual(bodies(await caller.ended()), ['lane a1'])
    assert.equal(answers.length, 2)
    await until(() => connectionsOf(server).then((count) => count === 0), 'both are seen to hang up')
  })
})

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))))
}
