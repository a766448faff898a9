import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { mintKey } from '@latchwork/kernel'
import { hideInAddress, hideInHeader, hideInText } from '../../src/request/hide-secrets.ts'
import { pretty } from '../../src/request/show.ts'
import { run } from '../../src/run.ts'
import { folder } from '../latchwork.ts'
import { personAt } from './person.ts'

async function startApi(t: TestContext) {
  const server = createServer(async (request, response): Promise<unknown> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    if (request.url === '/image') return response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([0, 1, 2, 255, 254, 10]))
    if (request.url === '/echo') return response.end(JSON.stringify({ seen: request.headers['x-auth'] }))
    if (request.url === '/hostile') return response.end('\u001b]0;title\u0007plain')
    if (request.url === '/slow') return undefined
    if (request.url === '/token')
      return response.writeHead(200, { 'set-cookie': 'sid=abc123; HttpOnly' }).end('{"access_token":"very-secret-1","id": 12345678901234567890}')
    return response.end(
      JSON.stringify({
        method: request.method,
        type: request.headers['content-type'] ?? null,
        sha256: createHash('sha256').update(body).digest('hex'),
        length: body.length,
      }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

async function onTerminal(words: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    paint: (style: unknown, text: string) => `<${style}>${text}</>`,
    env: {},
    cwd: '/',
    isTerminal: true,
    isOutTerminal: true,
    readStdin: async () => '',
  }
  return { code: await run(words, terminal), out: out.join('\n'), err: err.join('\n') }
}

describe('latchwork request, what is sent', () => {
  it('C1: text, JSON, forms, files and standard input, each with its type, to the last byte', async (t) => {
    const url = await startApi(t)
    const person = await personAt(t)
    const sent = async (words: readonly string[], stdin = '') => JSON.parse((await person.run(['POST', url, ...words], { stdin })).out)
    assert.equal((await sent(['--data', '{"a":1}'])).type, 'application/json')
    assert.equal((await sent(['--data', 'hello'])).type, 'text/plain; charset=utf-8')
    assert.equal((await sent(['--form', 'a=1', '--form', 'b=&'])).type, 'application/x-www-form-urlencoded')
    assert.equal((await sent(['--data', '{"a":1}', '--header', 'Content-Type: application/vnd.x+json'])).type, 'application/vnd.x+json')
    const long = 'x'.repeat(300_000)
    assert.equal((await sent(['--data', '@-'], long)).length, 300_000)
    person.file('body', long)
    assert.equal((await sent(['--data', '@body'])).sha256, createHash('sha256').update(long).digest('hex'))
    assert.equal((await sent([])).type, null)
  })

  it('C1: no credential from an argument; from a file of headers, yes', async (t) => {
    const url = await startApi(t)
    const person = await personAt(t)
    for (const header of ['Authorization: Bearer x', 'cookie: a=b', 'X-API-Key: x', `X-Mine: ${mintKey('sk', 'live', 'lw').reveal()}`]) {
      const { code, err } = await person.run(['GET', url, '--header', header])
      assert.equal(code, 2)
      assert.match(err, /argument/)
    }
    person.file('headers', 'Authorization: Bearer from-a-file\nAccept: text/csv\n')
    const { code, err } = await person.run(['GET', url, '--header', '@headers'])
    assert.equal(code, 0)
    assert.match(err, /^> authorization: Bearer \[hidden\]$/m)
    assert.match(err, /^> accept: text\/csv$/m)
  })

  it('C1: wrong usage, no answer and no such file end with 2', async (t) => {
    const person = await personAt(t)
    const url = await startApi(t)
    for (const words of [
      ['GET', 'nowhere'],
      ['G ET', url],
      ['GET', 'http://api.example.com/'],
      ['GET', 'http://127.0.0.1:1/'],
      ['GET', `${url}/slow`, '--timeout', '1'],
      ['GET', url, '--timeout', '0'],
      ['GET', url, '--data', 'x'],
      ['TRACE', url],
      ['GET', url, '--profile', '../x'],
    ])
      assert.equal((await person.run(words)).code, 2, words.join(' '))
  })
})

describe('latchwork request, what is shown', () => {
  it('C1: the body alone on standard output; pretty and in colour on a terminal only; numbers as they are', async (t) => {
    const url = await startApi(t)
    const person = await personAt(t)
    const piped = await person.run(['GET', `${url}/token`, '--show-secrets'])
    assert.equal(piped.out, '{"access_token":"very-secret-1","id": 12345678901234567890}\n')
    assert.ok(!piped.err.includes('\u001b'))
    const seen = await onTerminal(['request', 'GET', `${url}/token`])
    assert.match(seen.out, /^\{\n {2}"access_token": "\[hidden\]",\n {2}"id": 12345678901234567890\n\}$/)
    assert.match(seen.err, /<green>200 OK<\/>/)
    assert.match(seen.err, /set-cookie<\/>: sid=\[hidden\]; HttpOnly/)
    assert.equal(pretty('{"a":1.0,"b":1e400}'), '{\n  "a": 1.0,\n  "b": 1e400\n}')
    assert.equal(pretty('no json'), 'no json')
  })

  it('C1: an answer steers no terminal; bytes go into a file only, as they came, mode 600', async (t) => {
    const url = await startApi(t)
    const seen = await onTerminal(['request', 'GET', `${url}/hostile`])
    assert.equal(seen.out, '\\u001b]0;title\\u0007plain')
    const image = await onTerminal(['request', 'GET', `${url}/image`])
    assert.equal(image.out, '')
    const path = join(folder(t), 'image.png')
    assert.equal((await onTerminal(['request', 'GET', `${url}/image`, '--out', path])).code, 0)
    assert.deepEqual([...readFileSync(path)], [0, 1, 2, 255, 254, 10])
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.notEqual((await onTerminal(['request', 'GET', `${url}/image`, '--out', path])).code, 0, 'never over a file')
  })

  it('C1: a key in a header of its own is hidden too, also where the API echoes it', async (t) => {
    const url = await startApi(t)
    const person = await personAt(t)
    const words = ['login', 'own', '--type', 'api-key', '--api', url, '--key-file', '-']
    assert.equal((await person.run([...words, '--header-name', 'X: y'], { stdin: 'abc' })).code, 2)
    assert.equal((await person.run(words, { stdin: 'two words' })).code, 1)
    assert.equal((await person.run([...words, '--header-name', 'X-Auth'], { stdin: 'key-of-another-vendor' })).code, 0)
    const echoed = await person.run(['GET', `${url}/echo`, '--profile', 'own'])
    assert.match(echoed.err, /^> x-auth: \[hidden\]$/m)
    assert.equal(echoed.out, '{"seen":"[hidden]"}\n')
    assert.ok(!(await person.run(['GET', `${url}/echo`, '--profile', 'own', '--json'])).out.includes('another-vendor'))
    assert.match((await person.run(['GET', `${url}/echo`, '--profile', 'own', '--show-secrets'])).out, /another-vendor/)
  })

  it('C1: a file that is not what was written hides no other profile', async (t) => {
    const person = await personAt(t)
    await person.run(['login', 'good', '--type', 'api-key', '--api', 'https://a.example', '--key-file', '-'], { stdin: 'abc' })
    person.file('.config/latchwork/profiles/bad.json', '{"version":1}')
    const { code, out, err } = await person.run(['profiles'])
    assert.equal(code, 0)
    assert.match(out, /^good /m)
    assert.match(err, /bad\.json is not what was written/)
  })

  it('C1: secrets are hidden in headers, bodies and addresses', () => {
    assert.deepEqual(hideInHeader(['authorization', 'DPoP abc.def']), ['authorization', 'DPoP [hidden]'])
    assert.deepEqual(hideInHeader(['X-Api-Key', 'abc']), ['X-Api-Key', '[hidden]'])
    assert.deepEqual(hideInHeader(['cookie', 'a=b']), ['cookie', '[hidden]'])
    assert.deepEqual(hideInHeader(['content-type', 'text/plain']), ['content-type', 'text/plain'])
    assert.equal(hideInText('{"refresh_token" : "a\\"b"}'), '{"refresh_token" : "[hidden]"}')
    assert.equal(hideInText('x eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln y'), 'x [hidden] y')
    const key = mintKey('sk', 'live', 'lw').reveal()
    assert.ok(!hideInText(`a${key}b`).includes(key))
    assert.equal(hideInAddress('https://a.example/cb?state=1&code=abc#x'), 'https://a.example/cb?state=1&code=[hidden]#x')
  })
})
