/** `protect` behind real sockets: what `node:http` hides or joins is seen nevertheless. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { Refusal } from '@latchwork/kernel'
import { type Needs, type ProtectedHandler, protect } from '@latchwork/verify'
import { startCore } from './core.ts'

async function listen(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Sends the lines as they are. */
async function raw(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end([...lines, 'Host: x', 'Connection: close', '', ''].join('\r\n'))
  const chunks: Buffer[] = []
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function start(t: TestContext, needs: Needs = {}, handler?: ProtectedHandler, development = true) {
  const core = startCore({ development })
  const answer: ProtectedHandler = (_, response, { subject }) => void response.end(`Hello ${subject}`)
  const port = await listen(t, protect(core, needs, handler ?? answer, { realm: 'notes' }))
  return { core, port, key: core.addKey('key_1') }
}

describe('protect', () => {
  it('V2: lets a known caller through', async (t) => {
    const { port, key } = await start(t, { scopes: ['notes:read'] })
    assert.match(await raw(port, ['GET / HTTP/1.1', `Authorization: Bearer ${key}`]), /^HTTP\/1.1 200 [\s\S]*Hello key_1/)
    assert.match(await raw(port, ['GET / HTTP/1.1', `X-Api-Key: ${key}`]), /^HTTP\/1.1 200 [\s\S]*Hello key_1/)
  })

  it('V3: answers a refusal with its challenge', async (t) => {
    const { port, key } = await start(t, { scopes: ['notes:write'] })
    assert.match(await raw(port, ['GET / HTTP/1.1']), /^HTTP\/1.1 401 [\s\S]*www-authenticate: Bearer realm="notes"\r\n/)
    const answer = await raw(port, ['GET / HTTP/1.1', `Authorization: Bearer ${key}`])
    assert.match(answer, /^HTTP\/1.1 403 [\s\S]*error="insufficient_scope"[\s\S]*scope="notes:write"/)
    assert.match(answer, /cache-control: no-store/)
    assert.equal(JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)).code, 'scope_insufficient')
  })

  it('V1: sees a second Authorization header, which node:http drops', async (t) => {
    const { port, key } = await start(t)
    const answer = await raw(port, ['GET / HTTP/1.1', `Authorization: Bearer ${key}`, 'Authorization: Bearer other'])
    assert.match(answer, /^HTTP\/1.1 400 [\s\S]*credential_ambiguous/)
    assert.match(await raw(port, ['GET / HTTP/1.1', `X-API-Key: ${key}`, `X-API-Key: ${key}`]), /^HTTP\/1.1 400 [\s\S]*credential_ambiguous/)
  })

  it('V5: plain http is refused where development is off, whatever a header says', async (t) => {
    const { port, key } = await start(t, {}, undefined, false)
    const answer = await raw(port, ['GET / HTTP/1.1', `Authorization: Bearer ${key}`, 'X-Forwarded-Proto: https', 'Forwarded: proto=https'])
    assert.match(answer, /^HTTP\/1.1 400 [\s\S]*transport_insecure/)
  })

  it('R6: a handler that fails is 500, one that refuses is told as refused', async (t) => {
    const told = t.mock.method(console, 'error', () => {})
    const failing = await start(t, {}, () => Promise.reject(new Error('inner secret')))
    const answer = await raw(failing.port, ['GET / HTTP/1.1', `Authorization: Bearer ${failing.key}`])
    assert.match(answer, /^HTTP\/1.1 500 /)
    assert.doesNotMatch(answer, /inner secret/)
    assert.equal(told.mock.callCount(), 1)
    const refusing = await start(t, {}, () => {
      throw new Refusal('not_found')
    })
    assert.match(await raw(refusing.port, ['GET / HTTP/1.1', `Authorization: Bearer ${refusing.key}`]), /^HTTP\/1.1 404 /)
  })
})
