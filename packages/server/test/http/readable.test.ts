import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { newEmail, password } from '../kit/front-end.ts'
import { isProblem, sendRaw } from '../kit/raw-http.ts'
import { shared } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

describe('HTTP that others could read as another request', () => {
  const latchworkOf = shared((t) => startLatchwork(t))
  const host = () => `Host: ${new URL(latchworkOf().issuer).host}`
  const ask = (line: string, lines: readonly string[], body = '') => sendRaw(latchworkOf(), [line, ...lines, 'Connection: close', '', body].join('\r\n'))
  const lane = (lines: readonly string[], body: string) =>
    ask('POST /v1/verify HTTP/1.1', [`Authorization: Bearer ${latchworkOf().rootKey}`, 'Content-Type: application/json', ...lines], body)

  it('R6: more or less than one good Host, another version, a fragment, or a coding of transfer beside chunked: 400, in and beside the lanes (RFC 9112 §3.2, §6.1)', async () => {
    const latchwork = latchworkOf()
    const body = JSON.stringify({ credential: latchwork.rootKey })
    const length = `Content-Length: ${body.length}`
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const hosts: readonly (readonly string[])[] = [
      [],
      [host(), host()],
      [host(), 'HOST: evil.example'],
      ['Host: a b'],
      ['Host: a@b'],
      ['Host: a/b'],
      ['Host: a:b'],
      ['Host: [::1'],
    ]
    for (const lines of hosts) {
      await isProblem(latchwork, await lane([...lines, length], body), 400, 'request_malformed')
      await isProblem(latchwork, await ask('GET /health/live HTTP/1.1', lines), 400, 'request_malformed')
    }
    for (const line of ['GET /health/live HTTP/2.0', 'GET /health/live', 'GET * HTTP/1.1', 'GET /health/live#x HTTP/1.1', 'CONNECT a:443 HTTP/1.1'])
      await isProblem(latchwork, await ask(line, [host()]), 400, 'request_malformed')
    for (const coding of ['gzip, chunked', 'identity', 'xchunked', 'chunked, chunked'])
      await isProblem(latchwork, await lane([host(), `Transfer-Encoding: ${coding}`], chunked), 400, 'request_malformed')
    for (const good of [host(), 'Host:', 'Host: [::1]:8420', 'Host: auth.example.com:', 'Host: 127.0.0.1'])
      assert.equal((await lane([good, length], body)).body.record.alive, true, good)
    assert.equal((await lane([host(), 'Transfer-Encoding: Chunked'], chunked)).body.record.alive, true)
    assert.equal((await ask('GET /health/live HTTP/1.0', [])).status, 200)
  })

  it('R6: after such a request nothing on its connection is answered, and the answer is one', async () => {
    const { hostname, port } = new URL(latchworkOf().issuer)
    const next = `GET /health/live HTTP/1.1\r\n${host()}\r\n\r\n`
    for (const bad of [
      `GET /health/live HTTP/1.1\r\n${host()}\r\nHost: x\r\n\r\n`,
      `POST /v1/verify HTTP/1.1\r\n${host()}\r\nTransfer-Encoding: identity\r\n\r\n1\r\n`,
    ]) {
      const socket = connect(Number(port), hostname)
      socket.write(bad + next)
      const read: Buffer[] = []
      for await (const chunk of socket) read.push(chunk as Buffer)
      const statuses = Buffer.concat(read)
        .toString()
        .match(/HTTP\/1\.1 \d+/g)
      assert.deepEqual(statuses, ['HTTP/1.1 400'], bad)
    }
  })

  it('R6: what cannot be read is answered after the requests before it on its connection, and never in their place', async () => {
    const { hostname, port } = new URL(latchworkOf().issuer)
    const form = JSON.stringify({ email: newEmail(), password })
    await latchworkOf().call('POST', '/v1/sessions/sign-up', { body: form })
    const slow = `POST /v1/sessions/sign-in HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\nContent-Length: ${form.length}\r\n\r\n${form}`
    const twoHosts = 'GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'
    const broken = (type: string) =>
      `POST /v1/verify HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${latchworkOf().rootKey}\r\n${type}Transfer-Encoding: chunked\r\n\r\nzz\r\n`
    for (const [rest, expected] of [
      ['no HTTP\r\n\r\n', ['200', '400']],
      [`${slow}no HTTP\r\n\r\n`, ['200', '200', '400']],
      [`${slow}${twoHosts}no HTTP\r\n\r\n`, ['200', '200', '400']],
      [`${slow}${twoHosts}CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n`, ['200', '200', '400']],
      [broken(''), ['200', '415', '400']],
      [broken('Content-Type: application/json\r\n'), []],
    ] as const) {
      const socket = connect(Number(port), hostname)
      socket.write(slow + rest)
      const read: Buffer[] = []
      for await (const chunk of socket) read.push(chunk as Buffer)
      assert.deepEqual(
        Buffer.concat(read)
          .toString()
          .match(/(?<=HTTP\/1\.1 )\d+/g) ?? [],
        expected,
        rest.slice(0, 20),
      )
    }
    assert.match(
      (
        await ask(
          'POST /v1/verify HTTP/1.1',
          [host(), `Authorization: Bearer ${latchworkOf().rootKey}`, 'Content-Type: application/json', 'Transfer-Encoding: chunked'],
          'zz\r\n',
        )
      ).body.code,
      /malformed/,
    )
  })

  it('R6: an answer without a known end does not wait behind others, where nothing would tell it that whoever asked has gone', async (t) => {
    const { issuer, rootKey, log } = latchworkOf()
    const { hostname, port } = new URL(issuer)
    const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${rootKey}\r\n\r\n`
    const socket = connect(Number(port), hostname)
    t.after(() => socket.destroy())
    socket.write(get('/v1/revocations') + get('/v1/revocations') + get('/v1/events?format=jsonl'))
    const refused = () => log.filter((line) => line.includes('request_malformed') && /\/v1\/(?:revocations|events)/.test(line))
    await until(() => refused().length >= 2, 'both that wait are refused')
    const [head] = (await once(socket, 'data')) as [Buffer]
    assert.match(head.toString(), /^HTTP\/1.1 200 /)
  })

  it('R6: what cannot be read and goes on coming behind an answer that has no end waits for it once', async (t) => {
    const { issuer, rootKey } = latchworkOf()
    const warnings: Error[] = []
    const hear = (warning: Error) => void warnings.push(warning)
    process.on('warning', hear)
    t.after(() => process.off('warning', hear))
    const socket = connect(Number(new URL(issuer).port), new URL(issuer).hostname)
    t.after(() => socket.destroy())
    socket.write(`GET /v1/revocations HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${rootKey}\r\n\r\n`)
    await once(socket, 'data')
    for (let times = 0; times < 40; times++) {
      socket.write('no HTTP\r\n\r\n')
      assert.equal((await latchworkOf().call('GET', '/health/live')).status, 200) // the server has had its turn
    }
    assert.deepEqual(
      warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
      [],
    )
  })

  it('R6: a connection carries a thousand requests at most; what comes behind the last is not begun', async () => {
    const { issuer, rootKey } = latchworkOf()
    const { hostname, port } = new URL(issuer)
    const name = `last of ${rootKey.slice(-6)}`
    const body = JSON.stringify({ name })
    const make = `POST /v1/accounts HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${rootKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const socket = connect(Number(port), hostname)
    socket.write(`GET /health/live HTTP/1.1\r\n${host()}\r\n\r\n`.repeat(1000) + make)
    let text = ''
    for await (const chunk of socket) {
      text += (chunk as Buffer).toString()
      if (/ 503 .*\r\n(?:.+\r\n)*\r\n/.test(text)) break
    }
    const statuses = text.match(/(?<=HTTP\/1\.1 )\d+/g) ?? []
    assert.deepEqual([statuses.length, new Set(statuses.slice(0, 1000)), statuses[1000]], [1001, new Set(['200']), '503'])
    assert.equal(text.slice(0, text.indexOf(' 503 ')).split('Connection: close').length, 2) // the thousandth answer says so
    const { items } = (await latchworkOf().call('GET', '/v1/accounts?limit=100', { bearer: rootKey })).body
    assert.ok(items.every((account: { readonly name: string }) => account.name !== name))
  })

  it('R6: a request for a whole address is one for its path, whatever name stands in it (RFC 9112 §3.2.2)', async () => {
    const { issuer } = latchworkOf()
    for (const [target, status] of [
      [`${issuer}/health/live`, 200],
      ['https://elsewhere.example/health/live?x=1', 200],
      ['HTTP://a', 200],
      ['http://a?x=1', 200],
      ['http://a/nothing', 404],
    ] as const)
      assert.equal((await ask(`GET ${target} HTTP/1.1`, [host()])).status, status, target)
    const preflight = await ask(`OPTIONS ${issuer}/token HTTP/1.1`, [host()])
    assert.deepEqual([preflight.status, preflight.headers.get('allow')], [204, 'OPTIONS, POST'])
  })

  it('R6: an encoded body is refused as such, in and beside the lanes: nothing is decoded (RFC 9110 §8.4)', async () => {
    const latchwork = latchworkOf()
    const headers = { 'content-encoding': 'gzip' }
    const bearer = latchwork.rootKey
    for (const path of ['/v1/verify', '/v1/keys/verify', '/v1/accounts'])
      refuses(await latchwork.call('POST', path, { bearer, headers, body: { credential: bearer } }), 415, 'media_type_unsupported', /Content-Encoding/)
    refuses(await latchwork.form('/token', { grant_type: 'client_credentials' }, headers), 415, 'invalid_request', /Content-Encoding/)
    assert.equal(
      (await latchwork.call('POST', '/v1/verify', { bearer, headers: { 'content-encoding': 'identity' }, body: { credential: bearer } })).status,
      200,
    )
  })

  it('R6: JSON that says a thing twice, or what no store keeps, is told apart from what is none; a time that is none is told what one is', async () => {
    const latchwork = latchworkOf()
    const bearer = latchwork.rootKey
    for (const body of ['{"name":"a\\u0000"}', '{"name":"\\ud800"}', '{"name":"a","name":"b"}'])
      refuses(await latchwork.call('POST', '/v1/accounts', { bearer, body }), 400, 'request_malformed', /each member once.*no null character.*surrogate/)
    for (const path of ['/v1/accounts?createdSince=yesterday', '/v1/keys?createdBefore=2027-02-30T00:00:00Z', '/v1/events?since=1'])
      refuses(await latchwork.call('GET', path, { bearer }), 400, 'request_malformed', /^query\/\w+ is a date and time such as 2027-01-31T12:00:00Z\.$/)
  })

  it('R6: a method that an address does not take is refused as that, though the address could be read as an id, or the body is of no type', async () => {
    const latchwork = latchworkOf()
    const bearer = latchwork.rootKey
    for (const [method, path, allow] of [
      ['GET', '/v1/keys/verify', 'POST'],
      ['DELETE', '/v1/keys/use', 'POST'],
      ['DELETE', '/v1/keys/unused', 'GET, HEAD'],
      ['OPTIONS', '/v1/keys/import', 'POST'],
      ['QUERY', '/v1/accounts', 'GET, HEAD, POST'],
      ['QUERY', '/v1/keys/unused', 'GET, HEAD'],
    ] as const) {
      const answer = await latchwork.call(method, path, { bearer })
      refuses(answer, 405, 'method_not_allowed')
      assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`)
    }
    refuses(await latchwork.call('QUERY', '/v1/nothing', { bearer }), 404, 'not_found')
    refuses(await latchwork.call('GET', '/v1/keys/key_none', { bearer }), 404, 'not_found')
  })
})
