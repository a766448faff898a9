import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createGuardedFetch, OutboundError } from '../../src/outbound/guarded-fetch.ts'
import { isPublicAddress } from '../../src/outbound/public-address.ts'
import { selfSigned } from '../kit/self-signed.ts'

interface Peer {
  readonly port: number
  readonly requests: string[]
}

async function startPeer(t: TestContext, answer: RequestListener, tls?: { readonly cert: string; readonly key: string }): Promise<Peer> {
  const requests: string[] = []
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    answer(request, response)
  }
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

const refuses = (promise: Promise<unknown>, reason: OutboundError['reason']) =>
  assert.rejects(promise, (error) => error instanceof OutboundError && error.reason === reason)
const get = { method: 'GET' } as const

describe('the guarded way out', () => {
  const unreachable = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1'],
    ...['192.0.0.8', '192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::a00:1',
      'fc00::1',
      'fd12::1',
      'fe80::1',
      'ff02::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '2001::1',
      '3fff::1',
    ],
  ]
  it('9.5: knows which addresses are public', () => {
    for (const address of unreachable) assert.equal(isPublicAddress(address), false, address)
    for (const address of ['8.8.8.8', '172.15.255.255', '172.32.0.1', '192.167.255.255', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])
      assert.equal(isPublicAddress(address), true, address)
    for (const text of ['', 'localhost', '1', '0x7f000001']) assert.equal(isPublicAddress(text), false, text)
  })

  it('9.5: refuses private addresses in every spelling, and names that lead there, before anything is sent', async (t) => {
    const peer = await startPeer(t, (_, response) => response.end('reached'))
    const fetch = createGuardedFetch({ allow: [] })
    const hosts = ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '0', '[::1]', '[::ffff:127.0.0.1]', '[::]', 'localhost']
    for (const host of hosts) await refuses(fetch(`https://${host}:${peer.port}/`, get), 'address_refused')
    for (const address of unreachable) await refuses(fetch(`https://${address.includes(':') ? `[${address}]` : address}/`, get), 'address_refused')
    assert.deepEqual(peer.requests, [])
  })

  it('9.5: refuses plain http, other schemes, and names and passwords in the address', async () => {
    const fetch = createGuardedFetch({ allow: [] })
    const urls = [
      'http://example.com/',
      'http://8.8.8.8/',
      'ftp://example.com/',
      'file:///etc/passwd',
      'data:text/plain,x',
      'https://user:pass@example.com/',
      'nonsense',
      '',
    ]
    for (const url of urls) await refuses(fetch(url, get), 'address_refused')
  })

  it('9.5: reaches what is listed, host and port, and nothing beside it', async (t) => {
    const [peer, other] = [await startPeer(t, (_, response) => response.end('reached')), await startPeer(t, (_, response) => response.end('reached'))]
    const fetch = createGuardedFetch({ allow: [`127.0.0.1:${peer.port}`] })
    const { status, body } = await fetch(`http://127.0.0.1:${peer.port}/hook`, { method: 'POST', body: 'x' })
    assert.deepEqual([status, body.toString()], [200, 'reached'])
    await refuses(fetch(`http://127.0.0.1:${other.port}/`, get), 'address_refused')
    await refuses(fetch(`http://localhost:${peer.port}/`, get), 'address_refused')
    assert.deepEqual(other.requests, [])
  })

  it('9.5: follows no redirect', async (t) => {
    const inner = await startPeer(t, (_, response) => response.end('secret'))
    const peer = await startPeer(t, (_, response) => response.writeHead(302, { location: `http://127.0.0.1:${inner.port}/` }).end())
    const { status } = await createGuardedFetch({ allow: [`127.0.0.1:${peer.port}`, `127.0.0.1:${inner.port}`] })(`http://127.0.0.1:${peer.port}/`, get)
    assert.equal(status, 302)
    assert.deepEqual(inner.requests, [])
  })

  it('9.5: is bounded in size and time, however the peer dawdles', async (t) => {
    const large = await startPeer(t, (_, response) => response.end(Buffer.alloc(70_000)))
    const silent = await startPeer(t, () => {})
    const dripping = await startPeer(t, (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const fetch = createGuardedFetch({ allow: [large, silent, dripping].map(({ port }) => `127.0.0.1:${port}`) })
    await refuses(fetch(`http://127.0.0.1:${large.port}/`, get), 'too_large')
    await refuses(fetch(`http://127.0.0.1:${silent.port}/`, { ...get, timeoutMs: 200 }), 'too_slow')
    await refuses(fetch(`http://127.0.0.1:${dripping.port}/`, { ...get, timeoutMs: 300 }), 'too_slow')
  })

  it('9.5: always verifies TLS, and believes an authority of its own where one is given', async (t) => {
    const certificate = selfSigned('localhost')
    const peer = await startPeer(t, (_, response) => response.end('reached'), certificate)
    const allow = [`localhost:${peer.port}`, `127.0.0.1:${peer.port}`]
    await refuses(createGuardedFetch({ allow })(`https://localhost:${peer.port}/`, get), 'not_reached')
    const fetch = createGuardedFetch({ allow, extraCa: certificate.cert })
    assert.equal((await fetch(`https://localhost:${peer.port}/`, get)).status, 200)
    await refuses(fetch(`https://127.0.0.1:${peer.port}/`, get), 'not_reached') // the certificate is for another name
    assert.equal(peer.requests.length, 1)
  })

  it('9.5: a peer that is not there is not reached', async (t) => {
    const peer = await startPeer(t, (_, response) => response.destroy())
    const fetch = createGuardedFetch({ allow: [`127.0.0.1:${peer.port}`, '127.0.0.1:1'] })
    await refuses(fetch(`http://127.0.0.1:${peer.port}/`, get), 'not_reached')
    await refuses(fetch('http://127.0.0.1:1/', get), 'not_reached')
  })
})
