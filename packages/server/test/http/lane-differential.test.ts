/** Against the whole server: however requests stand on one connection, its answers are those to each of them alone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { CLIENT_RENEG_LIMIT, connect as connectTls } from 'node:tls'
import { chanceOf } from '../kit/chance.ts'
import { placeDataFolder } from '../kit/data-folders.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { shared } from '../kit/shared.ts'
import { freePort, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const ROUNDS = 250
const DEADLINE_MS = 10_000
const certificate = selfSigned()

interface Told {
  readonly status: number
  readonly body: string
}

interface Sent {
  readonly bytes: string
  /** The answers to it alone. */
  readonly told: readonly Told[]
  /** The server hangs up behind it. */
  readonly isLast: boolean
}

async function startWithTls(t: TestContext): Promise<Latchwork> {
  const data = mkdtempSync(join(tmpdir(), 'latchwork-'))
  t.after(() => rmSync(data, { recursive: true }))
  placeDataFolder(data)
  writeFileSync(join(data, 'cert.pem'), certificate.cert)
  writeFileSync(join(data, 'key.pem'), certificate.key)
  const port = await freePort()
  return startLatchwork(t, { data, port, http: { tls: { certFile: 'cert.pem', keyFile: 'key.pem' } }, config: { issuer: `https://localhost:${port}` } })
}

async function dial({ server }: Latchwork, isTls: boolean): Promise<Socket> {
  const to = { port: server.address.port, host: '127.0.0.1' }
  const socket = isTls ? connectTls({ ...to, ca: certificate.cert, checkServerIdentity: () => undefined }) : connect(to)
  socket.setNoDelay(true)
  await once(socket, isTls ? 'secureConnect' : 'connect')
  return socket
}

/** The answers in what came, and the rest of it. A 100 is none. @param heads which of the requests are answered without a body. */
function answersIn(text: string, heads: readonly boolean[]): { readonly told: readonly Told[]; readonly rest: string } {
  const told: Told[] = []
  let at = 0
  for (;;) {
    const bodyAt = text.indexOf('\r\n\r\n', at) + 4
    if (bodyAt === 3) return { told, rest: text.slice(at) }
    const head = text.slice(at, bodyAt)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? assert.fail(`no answer: ${JSON.stringify(head)}`))
    const lengths = [...head.matchAll(/^content-length: (\d+)\r$/gim)].map(([, length]) => Number(length))
    const isBodiless = status === 100 || status === 204 || heads[told.length] === true
    assert.ok(lengths.length === 1 || (isBodiless && lengths.length === 0), head)
    const end = bodyAt + (isBodiless ? 0 : (lengths[0] ?? 0))
    if (text.length < end) return { told, rest: text.slice(at) }
    if (status !== 100) told.push({ status, body: withoutNews(text.slice(bodyAt, end)) })
    at = end
  }
}

/** What is new each time. */
function withoutNews(body: string): string {
  return body
    .replace(/^eyJ.*/, 'a token')
    .replace(/ref_\w+/, '')
    .replace(/"access_token":"[^"]*"/, '')
}

/** Writes the pieces, the given numbers of turns of the loop apart, and reads until all answers have come or the server hangs up. */
async function exchange(socket: Socket, pieces: readonly string[], turns: (at: number) => number, isAll: (text: string) => boolean): Promise<string> {
  let text = ''
  const deadline = setTimeout(() => socket.destroy(), DEADLINE_MS)
  const done = new Promise<void>((resolve) => {
    socket.on('data', (piece: Buffer) => {
      text += piece.toString('latin1')
      if (isAll(text)) resolve()
    })
    socket.on('error', () => {}).on('close', () => resolve())
  })
  for (const [at, piece] of pieces.entries()) {
    socket.write(piece, 'latin1')
    for (let left = turns(at); left > 0; left--) await turn()
  }
  await done
  clearTimeout(deadline)
  socket.destroy()
  return text
}

const HOST = 'Host: localhost'
const JSON_TYPE = 'Content-Type: application/json'
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded'
const CHUNKED = 'Transfer-Encoding: chunked'
const basic = `Authorization: Basic ${Buffer.from(`machine:${testSecret}`).toString('base64')}`

/** Those that the lane takes come first: they are drawn more often. */
function requestsOf({ rootKey }: Latchwork): { readonly plain: readonly string[]; readonly others: readonly string[] } {
  const root = `Authorization: Bearer ${rootKey}`
  const known = JSON.stringify({ credential: rootKey })
  const grant = 'grant_type=client_credentials'
  const inOne = (line: string, fields: readonly string[], body: string): string => [`${line} HTTP/1.1`, HOST, ...fields, '', body].join('\r\n')
  const post = (path: string, body: string, ...fields: readonly string[]): string =>
    inOne(`POST ${path}`, [...fields, `Content-Length: ${Buffer.byteLength(body)}`], Buffer.from(body).toString('latin1'))
  const inChunks = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  const verify = (...fields: readonly string[]): string => post('/v1/verify', known, JSON_TYPE, root, ...fields)
  return {
    plain: [
      verify(),
      post('/v1/verify', '{"credential":"x"}', JSON_TYPE, root),
      post('/v1/verify', '{"credential":"é"}', JSON_TYPE, root),
      post('/v1/verify', '{"credential":7}', JSON_TYPE, root),
      post('/v1/verify', '{', JSON_TYPE, root),
      post('/v1/verify', known, JSON_TYPE),
      post('/v1/verify', known, JSON_TYPE, 'Authorization: Bearer lw_root_wrong'),
      post('/v1/keys/verify', '{"key":"x"}', JSON_TYPE, root),
      post('/token', grant, FORM_TYPE, basic),
      post('/token', `${grant}&scope=ü`, FORM_TYPE, basic),
      post('/token', grant, FORM_TYPE, 'Authorization: Basic eDp5'),
      post('/introspect', 'token=x', FORM_TYPE, basic),
      post('/introspect', `token=lw_at_${'0'.repeat(49)}`, FORM_TYPE, root),
    ],
    others: [
      post('/v1/verify', known, `${JSON_TYPE}; charset=utf-8`, root),
      post('/v1/verify', 'x'.repeat(12_000), JSON_TYPE, root),
      post('/introspect', 'token=x', FORM_TYPE, basic, 'Accept: application/token-introspection+jwt'),
      post('/revoke', 'token=x', FORM_TYPE, basic),
      post('/nothing', 'x', JSON_TYPE),
      inOne('GET /health/live', [], ''),
      inOne('HEAD /health/live', [], ''),
      inOne('HEAD /token', [], ''),
      inOne('GET /token', [], ''),
      inOne('OPTIONS /token', [], ''),
      inOne('PUT /v1/verify', [root, JSON_TYPE, 'Content-Length: 2'], '{}'),
      inOne('POST /v1/verify', [root, JSON_TYPE, CHUNKED], inChunks(known)),
      inOne('POST /token', [basic, FORM_TYPE, CHUNKED], inChunks(grant)),
      inOne('POST /token', [basic, FORM_TYPE], ''),
      verify('Expect: 100-continue'),
      `\r\n${verify()}`,
      verify('X-A:  two spaces'),
      verify('Connection: close'),
      verify('Host: twice'),
      verify('Transfer-Encoding: identity'),
      verify('Content-Length: 3'),
      verify('X-A: a\rb'),
      inOne('POST /v1/verify', [root, JSON_TYPE, CHUNKED, 'Content-Length: 5'], '0\r\n\r\n'),
      'POST no HTTP\r\n\r\n',
      '\0\0\0\0',
    ],
  }
}

const isHead = (bytes: string): boolean => bytes.startsWith('HEAD')

/** What is answered to a request, and whether one behind it is, after its answer. */
async function sendAlone(socket: Socket, bytes: string): Promise<Sent> {
  const behind = `GET /health/live HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\n`
  const { told, rest } = answersIn(
    await exchange(
      socket,
      [bytes, behind],
      () => 60,
      () => false,
    ),
    [isHead(bytes)],
  )
  assert.equal(rest, '', bytes)
  const isLast = told.length < 2
  return { bytes, told: isLast ? told : told.slice(0, -1), isLast }
}

for (const isTls of [false, true])
  describe(`requests on one connection (${isTls ? 'TLS' : 'no TLS'})`, () => {
    const latchworkOf = shared((t) => (isTls ? startWithTls(t) : startLatchwork(t)))

    it('R6: whatever stands on it and however it is cut, the answers are those to each request alone, in order', async () => {
      const latchwork = latchworkOf()
      const chance = chanceOf(47)
      const one = <T>(of: readonly T[]): T => of[chance(of.length)] as T
      const { plain, others } = requestsOf(latchwork)
      const alone = new Map<string, Sent>()
      for (const bytes of [...plain, ...others]) alone.set(bytes, await sendAlone(await dial(latchwork, isTls), bytes))
      for (let round = 0; round < ROUNDS; round++) {
        const sequence: Sent[] = []
        for (let left = 1 + chance(6); left > 0 && sequence.at(-1)?.isLast !== true; left--)
          sequence.push(alone.get(one(chance(4) > 0 ? plain : others)) ?? assert.fail())
        const bytes = (isLast: boolean): string[] => sequence.filter((sent) => sent.isLast === isLast).map((sent) => sent.bytes)
        // What the server hangs up behind is sent whole: a piece that meets a closed connection can take the answers along (RFC 9112 §9.6).
        const pieces = [...cut(bytes(false), chance), ...bytes(true)]
        const slowness = one([0, 1, 3, 40])
        const expected = sequence.flatMap(({ told }) => told)
        const heads = sequence.map(({ bytes }) => isHead(bytes))
        const isAll = (text: string): boolean => sequence.at(-1)?.isLast === false && answersIn(text, heads).told.length >= expected.length
        const text = await exchange(await dial(latchwork, isTls), pieces, () => chance(slowness + 1), isAll)
        assert.deepEqual(answersIn(text, heads), { told: expected, rest: '' }, `round ${round}: ${JSON.stringify(pieces)}`)
      }
      assert.deepEqual(
        latchwork.log.filter((line) => JSON.parse(line).level >= 50),
        [],
      )
    })
  })

describe('a connection with an answer without an end (TLS)', () => {
  const latchworkOf = shared(startWithTls)

  it('R6: who renegotiates TLS again and again is hung up on (tls.CLIENT_RENEG_LIMIT)', async (t) => {
    const { server, rootKey } = latchworkOf()
    const to = { port: server.address.port, host: '127.0.0.1', ca: certificate.cert, checkServerIdentity: () => undefined }
    const socket = connectTls({ ...to, maxVersion: 'TLSv1.2' }) // 1.3 has no such thing
    t.after(() => socket.destroy())
    const closed = once(
      socket.on('error', () => {}),
      'close',
    )
    socket.write(`GET /v1/revocations HTTP/1.1\r\n${HOST}\r\nAuthorization: Bearer ${rootKey}\r\n\r\n`)
    await once(socket, 'data')
    for (let times = 0; times < 3 * CLIENT_RENEG_LIMIT && !socket.destroyed; times++)
      await Promise.race([closed, new Promise((resolve) => socket.renegotiate({ rejectUnauthorized: false }, resolve))])
    assert.equal(socket.destroyed, true)
  })
})

/** All at once, request by request, head and body apart, or anywhere. */
function cut(requests: readonly string[], chance: (below: number) => number): readonly string[] {
  const all = requests.join('')
  const way = chance(5)
  if (way === 0) return all === '' ? [] : [all]
  if (way === 1) return requests
  if (way === 2) return requests.flatMap((request) => request.split(/(?<=\r\n\r\n)/))
  const pieces: string[] = []
  for (let at = 0; at < all.length; at += pieces.at(-1)?.length ?? 0) pieces.push(all.slice(at, at + 1 + chance(way === 3 ? 90 : 700)))
  return pieces
}
