import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { issueRootKey } from '@latchwork/api-keys'
import { make } from '../keys/calls.ts'
import { everyWay } from '../kit/lane-ways.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, type Latchwork, startLatchwork, system } from '../kit/start-latchwork.ts'

const FORM = 'application/x-www-form-urlencoded'
const PATHS = ['/v1/verify', '/v1/keys/verify'] as const

/** What must be the same: all but the reference, the moment and what becomes of the connection, and a charset, which says nothing of JSON (RFC 8259 §11). */
function plain({ status, headers, body }: Answer): unknown {
  const { reference: _reference, ...told } = body
  const same = [...headers]
    .filter(([name]) => !['date', 'content-length', 'connection', 'keep-alive'].includes(name))
    .map(([name, value]) => [name, value.replace('; charset=utf-8', '')])
  return { status, headers: Object.fromEntries(same.sort()), told }
}

describe('the lane of verification calls', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('R6: answers what the route of the same address answers, by status, fields and body, whoever calls and whatever is sent', async () => {
    const latchwork = latchworkOf()
    const { installation } = latchwork.server
    const known = await make(latchwork, 'acc_test', { kind: 'rk', scopes: ['notes:read'] })
    const revoked = await make(latchwork, 'acc_test', { kind: 'rk', scopes: ['notes:read'] })
    await latchwork.call('DELETE', `/v1/keys/${revoked.key.id}`, { bearer: latchwork.rootKey })
    const narrow = await issueRootKey(installation.apiKeys, { name: 'narrow', scopes: ['keys:read'] }, system, latchwork.now())
    const garbage = `${latchwork.rootKey.slice(0, -1)}${latchwork.rootKey.endsWith('a') ? 'b' : 'a'}`
    const callers = [
      `Bearer ${latchwork.rootKey}`,
      undefined,
      `Bearer ${garbage}`,
      `Bearer ${known.secret}`,
      `Bearer ${revoked.secret}`,
      `Bearer ${narrow.secret.reveal()}`,
      'Basic eDp5',
      'Bearer',
      'Bearer eyJhbGciOiJub25lIn0.e30.',
    ]
    const texts = (name: string) => [
      JSON.stringify({ [name]: known.secret }),
      JSON.stringify({ [name]: revoked.secret }),
      JSON.stringify({ [name]: garbage }),
      JSON.stringify({ [name]: 'none' }),
      JSON.stringify({ [name]: 'x'.repeat(600) }),
      JSON.stringify({ [name]: 'x'.repeat(3000) }),
      `{"${name}":"a\\u0000b"}`,
      `{ "${name}" : "\\ud800" }`,
      `{"${name}":"a","userAgent":"\\u0000"}`,
      `{"${name}":"a","limits":[{"name":"a","cost":5},{"name":"a","cost":0}]}`,
      `{"scopes":{"${name}":"\\u0000"},"${name}":"a"}`,
      `{"${name}\\u0000":"a"}`,
      JSON.stringify({ [name]: 7 }),
      JSON.stringify({ [name]: known.secret, more: true }),
      `{"${name}":"a","${name}":"b"}`,
      '{}',
      '[]',
      'null',
      '{',
      '\ufeff{}',
    ]
    let calls = 0
    for (const path of PATHS)
      for (const caller of callers)
        for (const body of texts(path === '/v1/verify' ? 'credential' : 'key')) {
          const fields = caller === undefined ? [] : [`Authorization: ${caller}`]
          const [byLane, byNode, byRoute] = await everyWay(latchwork, { path, type: 'application/json', fields, body })
          for (const answer of [byLane, byNode]) assert.deepEqual(plain(answer), plain(byRoute), `${path} ${caller?.slice(0, 20)} ${body.slice(0, 40)}`)
          assert.match(byLane.status === 200 ? 'ref_' : byLane.body.reference, /^ref_/)
          calls++
        }
    assert.equal(calls, PATHS.length * callers.length * texts('key').length)
  })

  it('R6: what clients send at every call is read without Node’s HTTP; what is no usual call is not', async (t) => {
    const latchwork = latchworkOf()
    const read: string[] = []
    const see = (message: unknown): void => void read.push((message as { readonly request: IncomingMessage }).request.url ?? '')
    subscribe('http.server.request.start', see)
    t.after(() => unsubscribe('http.server.request.start', see))
    const { hostname, port } = new URL(latchwork.issuer)
    const base = `http://${hostname === 'localhost' ? '127.0.0.1' : 'localhost'}:${port}` // to `fetch` another server: connections that have carried nothing else
    const headers = { authorization: `Bearer ${latchwork.rootKey}`, 'content-type': 'application/json' }
    const call = (path: string, body: unknown) => fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
    assert.equal((await call('/v1/verify', { credential: latchwork.rootKey })).status, 200)
    assert.equal((await call('/v1/keys/verify', { key: 'x' })).status, 200)
    const form = { method: 'POST', headers: { 'content-type': FORM }, body: 'grant_type=client_credentials' }
    assert.equal((await fetch(`${base}/token`, form)).status, 401)
    assert.deepEqual(read, [])
    assert.equal((await call('/v1/verify', { credential: 7 })).status, 400)
    assert.deepEqual(read, ['/v1/verify'])
  })

  it('R6: a body in pieces, two calls in one piece, and one that announces itself first are answered', async () => {
    const latchwork = latchworkOf()
    const { secret } = await make(latchwork, 'acc_test', { kind: 'rk', scopes: ['notes:read'] })
    const body = JSON.stringify({ credential: secret })
    const call = (last: boolean, more = ''): string =>
      `POST /v1/verify HTTP/1.1\r\nHost: ${new URL(latchwork.issuer).host}\r\nAuthorization: Bearer ${latchwork.rootKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}${last ? 'Connection: close\r\n' : ''}\r\n`
    assert.equal((await inPieces(latchwork, [call(true), body.slice(0, 20), body.slice(20)])).match(/"alive":true/g)?.length, 1)
    assert.equal((await inPieces(latchwork, [call(false) + body + call(true) + body])).match(/"alive":true/g)?.length, 2)
    const announced = await inPieces(latchwork, [call(true, 'Expect: 100-continue\r\n'), body])
    assert.match(announced, /^HTTP\/1\.1 100 /)
    assert.match(announced, /"alive":true/)
  })

  it('R6: who hangs up half-way, or announces more than comes, harms nobody after', async () => {
    const latchwork = latchworkOf()
    for (let turn = 0; turn < 20; turn++) {
      const { hostname, port } = new URL(latchwork.issuer)
      const socket = connect(Number(port), hostname)
      socket.write(
        `POST /v1/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${latchwork.rootKey}\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"cred`,
        () => socket.destroy(),
      )
      await new Promise((resolve) => socket.once('close', resolve))
    }
    const answer = await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: latchwork.rootKey } })
    assert.equal(answer.body.record.alive, true)
    assert.deepEqual(
      latchwork.log.filter((line) => JSON.parse(line).level >= 50),
      [],
    )
  })

  it('E1: a refusal in the lane is written down with its reference, its route and the fingerprint of what was presented', async (t) => {
    const latchwork = await startLatchwork(t) // its first refusal: later ones of a minute are only counted
    const narrow = await issueRootKey(latchwork.server.installation.apiKeys, { name: 'reader', scopes: ['keys:read'] }, system, latchwork.now())
    const refused = await latchwork.call('POST', '/v1/verify', { bearer: narrow.secret.reveal(), body: { credential: 'x' } })
    assert.equal(refused.status, 403)
    await latchwork.server.installation.refusals.flush()
    const { body } = await latchwork.call('GET', '/v1/events?type=request.refused&limit=100', { bearer: latchwork.rootKey })
    const event = body.items.find((item: { readonly data?: { readonly reference?: string } }) => item.data?.reference === refused.body.reference)
    assert.equal(event.reason, 'scope_insufficient')
    assert.equal(event.data.route, 'POST /v1/verify')
    assert.match(event.fingerprint, /^lw_root_…/)
    assert.ok(latchwork.log.some((line) => line.includes(refused.body.reference)))
  })
})

/** Writes the pieces one after the other, each when the one before has left, and reads until the server hangs up. */
async function inPieces(latchwork: Latchwork, pieces: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(latchwork.issuer)
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  const read = (async () => {
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  })()
  for (const piece of pieces) {
    await new Promise<void>((resolve, reject) => socket.write(piece, (error) => (error ? reject(error) : resolve())))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return read
}
