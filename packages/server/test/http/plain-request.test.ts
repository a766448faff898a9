import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { readPlainRequest } from '../../src/http/lane/plain-request.ts'
import { faultOfHead } from '../../src/http/readable.ts'
import { chanceOf } from '../kit/chance.ts'

const ROUNDS = 6000
const BODY = '{"credential":"x"}'
const FIELDS = ['Host: auth.example.com', 'Content-Type: application/json', `Content-Length: ${BODY.length}`]

function request(fields: readonly string[] = FIELDS, body = BODY, line = 'POST /v1/verify HTTP/1.1'): string {
  return [line, ...fields, '', body].join('\r\n')
}

interface Reading {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: unknown
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly fault: string | undefined
}

const NEXT = 'GET /next HTTP/1.1\r\nHost: auth.example.com\r\n\r\n'

/** Everything that Node's HTTP finds in the bytes, up to the request that follows on the same connection: to miss that one, or to find it changed, is to read these wrongly. */
async function readByNode(bytes: string): Promise<readonly Reading[]> {
  const readings: Promise<Reading>[] = []
  await new Promise<void>((resolve, reject) => {
    const server = createServer({ requireHostHeader: false }, (incoming, response) => {
      readings.push(readingOf(incoming))
      incoming.once('end', () => response.end(() => incoming.url === '/next' && resolve()))
    })
    server.on('clientError', reject)
    const connection = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done(), final: (done) => done() })
    server.emit('connection', connection)
    connection.push(Buffer.from(bytes + NEXT, 'latin1'))
  })
  return (await Promise.all(readings)).slice(0, -1)
}

async function readingOf(incoming: IncomingMessage): Promise<Reading> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { method, url, headers, rawHeaders } = incoming
  return { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('latin1'), fault: faultOfHead(incoming) }
}

async function isReadAlike(bytes: string): Promise<void> {
  const plain = readPlainRequest(bytes) ?? assert.fail()
  const { url, headers, rawHeaders, bodyAt } = plain
  const reading = { method: 'POST', url, headers: { ...headers }, rawHeaders, body: bytes.slice(bodyAt), fault: undefined }
  assert.deepEqual(await readByNode(bytes), [reading], JSON.stringify(bytes))
}

describe('a request that can be read in one way only', () => {
  it('R6: is read as Node reads it', async () => {
    for (const fields of [
      FIELDS,
      [...FIELDS, 'Authorization: Bearer a b', 'Connection: keep-alive', 'X-Forwarded-For: 192.0.2.1, ::1', 'Cookie: a=b; c=d', 'accept:*/*'],
      [
        'HOST:[::1]:8420',
        'content-type:application/json',
        `CONTENT-LENGTH: ${BODY.length}`,
        'connection: Keep-Alive',
        'Keep-Alive: timeout=5',
        'X-1: ~!"(),;=',
      ],
    ])
      await isReadAlike(request(fields))
  })

  it('R6: says where the whole of it ends, and what is beyond is not looked at', () => {
    const whole = request()
    const { bodyAt, end } = readPlainRequest(whole) ?? assert.fail()
    assert.deepEqual([whole.slice(bodyAt), end], [BODY, whole.length])
    assert.equal(readPlainRequest(whole.slice(0, bodyAt))?.end, end)
    assert.equal(readPlainRequest(`${whole}\0`)?.end, end)
    for (let cut = 0; cut < bodyAt; cut++) assert.equal(readPlainRequest(whole.slice(0, cut)), undefined)
  })

  it('R6: what two readers could take for different requests is left to Node’s HTTP, which answers for it', () => {
    const more = (...fields: readonly string[]): string => request([...FIELDS, ...fields])
    const without = (name: string): string => request(FIELDS.filter((field) => !field.startsWith(name)))
    const instead = (name: string, field: string): string => request(FIELDS.map((each) => (each.startsWith(name) ? field : each)))
    const odd = [
      more('Transfer-Encoding: chunked'),
      more('transfer-encoding: identity'),
      more('Content-Length: 18'),
      more('content-length: 0'),
      more('Host: auth.example.com'),
      more('X-A: 1', 'x-a: 1'),
      more('Authorization: Bearer a', 'authorization: Bearer b'),
      more('Expect: 100-continue'),
      more('Upgrade: h2c'),
      more('Trailer: X'),
      more('Content-Encoding: gzip'),
      more('Connection: close'),
      more('Connection: keep-alive, host'),
      more('Connection: Transfer-Encoding'),
      more('Proxy-Connection: keep-alive'),
      more('Set-Cookie: a'),
      more('constructor: x'),
      more('X-A: a\0b'),
      more('X-A: a\tb'),
      more('X-A: a\rb'),
      more('X-A: a\nb'),
      more('X-A: a\r\n folded'),
      more('X-A: \xe9'),
      more('X-A: a '),
      more('X-A:  a'),
      more('X-A:\ta'),
      more('X-A:'),
      more('X-A : a'),
      more(' X-A: a'),
      more('X_A: a'),
      more('X-\xc4: a'),
      more(': a'),
      more('X-A'),
      more(`X-A: ${'a'.repeat(9000)}`),
      without('Host'),
      without('Content-Length'),
      instead('Host', 'Host: a b'),
      instead('Host', 'Host: a/b'),
      instead('Host', 'Host:'),
      ...['0', '018', '+18', '-1', '18, 18', '0x12', '1e1', '18 ', '99999'].map((length) => instead('Content-Length', `Content-Length: ${length}`)),
      request(FIELDS, BODY, 'POST /v1/verify HTTP/1.0'),
      request(FIELDS, BODY, 'POST /v1/verify HTTP/1.2'),
      request(FIELDS, BODY, 'POST /v1/verify  HTTP/1.1'),
      request(FIELDS, BODY, 'POST  /v1/verify HTTP/1.1'),
      request(FIELDS, BODY, 'post /v1/verify HTTP/1.1'),
      request(FIELDS, BODY, 'PUT /v1/verify HTTP/1.1'),
      request(FIELDS, BODY, 'POST http://a/v1/verify HTTP/1.1'),
      request(FIELDS, BODY, 'POST /v1/verify?a HTTP/1.1'),
      request(FIELDS, BODY, 'POST /v1/verify#a HTTP/1.1'),
      request(FIELDS, BODY, 'POST /v1%2fverify HTTP/1.1'),
      request(FIELDS, BODY, 'POST /v1/verify HTTP/1.1\r'),
      `\r\n${request()}`,
      ` ${request()}`,
      request().replaceAll('\r\n', '\n'),
      request().replace('\r\n\r\n', '\r\n\n'),
      request().replace('\r\n\r\n', '\n\r\n'),
      request().replace('\r\n\r\n', '\r\r\n\r\n'),
    ]
    for (const bytes of odd) assert.equal(readPlainRequest(bytes), undefined, JSON.stringify(bytes))
  })

  it('R6: whatever chance makes of one, it is read as Node reads it, or not here', async () => {
    const chance = chanceOf(47)
    // biome-ignore format: a list of odd things
    const pieces = [
      '', '', '\r', '\n', '\r\n', '\r\n\r\n', ' ', '  ', '\t', ':', ': ', ',', ';', '\0', '\x7f', '\xe9', '\xff', '"', '0', '1', '9', 'a', 'Z', '-', '_', '/', '?', '#', '%', '*', '@', '[', ']',
      'chunked', 'close', 'keep-alive', 'gzip', 'HTTP/1.1', 'POST ', 'GET / HTTP/1.1\r\n', '\r\nX: y', '\r\nHost: b', '\r\nTransfer-Encoding: chunked', '\r\nContent-Length: 3', '\r\nConnection: close',
      '\r\nExpect: 100-continue', '\r\nTrailer: a', '\r\nUpgrade: websocket', '\r\n x', 'Content-Length', 'content-length: 18', 'constructor', '__proto__', 'x'.repeat(200),
    ]
    const part = (): string => pieces[chance(pieces.length)] as string
    let plain = 0
    for (let round = 0; round < ROUNDS; round++) {
      let bytes = request(FIELDS.filter(() => chance(20) > 0).concat(chance(3) > 0 ? ['Authorization: Bearer a', 'X-A: b'] : []))
      for (let edits = chance(4); edits > 0; edits--) {
        const at = chance(bytes.length + 1)
        bytes = bytes.slice(0, at) + part() + bytes.slice(at + chance(3))
      }
      const read = readPlainRequest(bytes)
      if (read === undefined || read.end > bytes.length) continue
      plain++
      await isReadAlike(bytes.slice(0, read.end))
    }
    assert.ok(plain > ROUNDS / 10 && plain < (9 * ROUNDS) / 10, `${plain} of ${ROUNDS} were plain`)
  })
})
