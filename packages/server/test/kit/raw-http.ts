/** Sends bytes as they are, where `fetch` would mend or refuse them, and reads one answer. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type Answer, type Latchwork, refuses } from './start-latchwork.ts'

const DEADLINE_MS = 10_000

/** The answer to the bytes; fails when none has come within ten seconds. */
export async function sendRaw(latchwork: Pick<Latchwork, 'issuer'>, bytes: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(latchwork.issuer)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  const deadline = setTimeout(() => socket.destroy(new Error(`no answer within ${DEADLINE_MS} ms`)), DEADLINE_MS)
  try {
    socket.write(bytes) // and not `end`: who hangs up half-way is not answered
    for await (const chunk of socket) chunks.push(chunk as Buffer)
  } catch (error) {
    if (chunks.length === 0) throw error
  } finally {
    clearTimeout(deadline)
    socket.destroy()
  }
  return parseAnswer(Buffer.concat(chunks).toString('utf8'))
}

/** The same over a connection that is kept. @param bytes of a request whose answer says its length. */
export async function sendKept(latchwork: Pick<Latchwork, 'issuer'>, bytes: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(latchwork.issuer)
  const socket = connect(Number(port), hostname)
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error(`no answer within ${DEADLINE_MS} ms`)))
  let read = ''
  try {
    socket.write(bytes)
    for await (const chunk of socket) {
      read += (chunk as Buffer).toString('latin1')
      const head = /^content-length: (\d+)\r\n(?:.+\r\n)*\r\n/im.exec(read)
      if (head !== null && read.length >= head.index + head[0].length + Number(head[1])) break
    }
  } finally {
    socket.destroy()
  }
  return parseAnswer(Buffer.from(read, 'latin1').toString())
}

function parseAnswer(text: string): Answer {
  const at = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, at).split('\r\n')
  const headers = new Headers(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
  const body = text.slice(at + 4)
  const isJson = /json/.test(headers.get('content-type') ?? '')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: isJson && body !== '' ? JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)) : body,
  }
}

/** A request line and headers, host included, ready to send. */
export function rawRequest(latchwork: Pick<Latchwork, 'issuer'>, line: string, headers: readonly string[] = [], body = ''): Buffer {
  const length =
    body === '' || headers.some((header) => /^(content-length|transfer-encoding):/i.test(header)) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return Buffer.from([line, `Host: ${new URL(latchwork.issuer).host}`, 'Connection: close', ...headers, ...length, '', body].join('\r\n'), 'latin1')
}

/** A problem document (RFC 9457) whose `type` opens a page and whose `reference` leads to the log. */
export async function isProblem(latchwork: Latchwork, answer: Answer, status: number, code: string): Promise<void> {
  refuses(answer, status, code)
  const { type, title, detail, reference } = answer.body
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(answer.body.status, status)
  assert.equal(type, `${latchwork.issuer}/errors/${code}`)
  assert.ok(typeof title === 'string' && typeof detail === 'string')
  assert.match(reference, /^ref_[0-9A-Za-z]{22}$/)
  const page = await fetch(type)
  assert.equal(page.status, 200)
  assert.match(await page.text(), new RegExp(`<code id="error-code">${code}</code>`))
}
