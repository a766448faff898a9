import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as secureRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { mintKey } from '@latchwork/kernel'
import { isLoopbackAddress } from '@latchwork/verify'
import { clientAddress, isEncrypted, isFromHere, trustedProxies } from '../../src/http/client-address.ts'
import { loginCookie, newEmail, password } from '../kit/front-end.ts'
import { isProblem } from '../kit/raw-http.ts'
import { selfSigned } from '../kit/self-signed.ts'
import { shared } from '../kit/shared.ts'
import { type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const LOOPBACK = ['127.0.0.0/8', '::1']
const OURS = 'https://auth.example.test'

/** Behind a proxy on this machine: every peer of the server is the proxy, which says who came and how. */
const behindProxy = (t: TestContext, mode: 'development' | 'production'): Promise<Latchwork> =>
  startLatchwork(t, { http: { trustedProxies: LOOPBACK }, config: mode === 'production' ? { mode, issuer: OURS } : { mode } })

const carriers = (latchwork: Latchwork): readonly (readonly [string, string, Readonly<Record<string, string>>])[] => [
  ['GET', '/v1/keys', { authorization: `Bearer ${latchwork.rootKey}` }],
  ['GET', '/v1/keys', { 'x-api-key': latchwork.rootKey }],
  ['POST', '/v1/sessions/refresh', { cookie: '__Host-lw_refresh=x' }],
  ['GET', '/account', { cookie: `${loginCookie}=x` }],
  ['POST', '/token', { authorization: 'Basic YTpi' }],
  ['GET', '/userinfo', { authorization: 'Bearer x' }],
  ['GET', '/login', {}],
  ['GET', '/nothing', {}],
]

describe('a credential that could have been read on its way', () => {
  for (const mode of ['development', 'production'] as const) {
    describe(mode, () => {
      const latchworkOf = shared((t) => behindProxy(t, mode))

      it('V5 K13: plain http from somewhere else is refused at every route, with the reason, before the credential is looked at', async () => {
        const latchwork = latchworkOf()
        for (const [method, path, headers] of carriers(latchwork)) {
          const answer = await latchwork.call(method, path, { headers: { ...headers, 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'http' } })
          assert.equal(answer.status, 400, `${method} ${path}`)
          const code = answer.body.code ?? (/error-code">([a-z_]+)</.exec(answer.body)?.[1] || answer.body.error_uri?.split('/').at(-1))
          assert.equal(code, 'transport_insecure', `${method} ${path}: ${JSON.stringify(answer.body)}`)
          assert.deepEqual(answer.headers.getSetCookie(), [])
        }
        assert.equal((await latchwork.call('GET', '/health/live', { headers: { 'x-forwarded-for': '203.0.113.5' } })).status, 200)
      })

      it('V5: https as the trusted proxy says it is taken', async () => {
        const latchwork = latchworkOf()
        const headers = { 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'https' }
        assert.equal((await latchwork.call('GET', '/v1/keys', { bearer: latchwork.rootKey, headers })).status, 200)
        for (const proto of ['HTTPS ', 'http, https', 'https, http', 'https,https', '', 'wss'])
          refuses(
            await latchwork.call('GET', '/v1/keys', { bearer: latchwork.rootKey, headers: { ...headers, 'x-forwarded-proto': proto } }),
            400,
            'transport_insecure',
          )
      })

      it('10.1: the event names the client that the proxy saw, whatever the client itself wrote further left', async () => {
        const latchwork = latchworkOf()
        const forged = {
          'x-forwarded-for': '10.9.8.7, 198.51.100.1, 203.0.113.77',
          forwarded: 'for=10.9.8.7',
          'x-real-ip': '10.9.8.7',
          'cf-connecting-ip': '10.9.8.7',
          'x-forwarded-proto': 'https',
        }
        const made = await latchwork.call('POST', '/v1/accounts', { bearer: latchwork.rootKey, body: { name: 'x' }, headers: forged })
        assert.equal(made.status, 201)
        const { items } = (await latchwork.call('GET', '/v1/events?type=account.created', { bearer: latchwork.rootKey, headers: forged })).body
        assert.equal(items[0].accountId, made.body.id)
        assert.equal(items[0].address, '203.0.113.77')
      })

      it('K8: whom the proxy does not name by an address has none: not in the proxy’s network, not this machine, in no event', async () => {
        const latchwork = latchworkOf()
        const asked = { kind: 'rk', environment: 'live', name: 'Here alone', scopes: ['notes:read'], networks: LOOPBACK } as const
        const { secret } = await latchwork.server.issueKey({ accountId: 'acc_test', ...asked })
        const userInfo = (forwardedFor: string, proto = 'https') =>
          latchwork.call('GET', '/userinfo', { bearer: secret.reveal(), headers: { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': proto } })
        for (const hop of ['127.0.0.1', '127.0.0.1:4711', '::ffff:7f00:1']) refuses(await userInfo(hop), 401, 'invalid_token')
        for (const hop of ['unknown', '203.0.113.9:4711', '[2001:db8::9]:443', '203.0.113.9,', '127.0.0.9, _hidden']) {
          const refused = await userInfo(hop)
          assert.deepEqual([refused.status, refused.body.error_uri.split('/').at(-1)], [403, 'credential_wrong_address'], hop)
          assert.equal((await userInfo(hop, 'http')).status, 400, hop)
        }
        const headers = { 'x-forwarded-for': '203.0.113.9, unknown', 'x-forwarded-proto': 'https' }
        const made = await latchwork.call('POST', '/v1/accounts', { bearer: latchwork.rootKey, body: { name: 'x' }, headers })
        assert.equal(made.status, 201)
        const { items } = (await latchwork.call('GET', '/v1/events?type=account.created', { bearer: latchwork.rootKey, headers })).body
        const [event] = items.filter(({ accountId }: { readonly accountId: string }) => accountId === made.body.id)
        assert.ok(event !== undefined && !('address' in event), JSON.stringify(event))
      })

      it('K8 K15: callers without an address are one network to a limit', async () => {
        const latchwork = latchworkOf()
        const report = (forwardedFor: string) =>
          latchwork.call('POST', '/v1/leaks', {
            body: { credential: mintKey('sk', 'live', 'lw').reveal() },
            headers: { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': 'https' },
          })
        const statuses = new Set<number>()
        for (let count = 0; count < 80; count++) statuses.add((await report(`_caller${count}`)).status)
        assert.deepEqual([...statuses], [202, 429])
        assert.equal((await report('203.0.113.9')).status, 202)
      })
    })
  }

  it('V5: in production plain http is refused from this machine too; in development it is taken from here alone', async (t) => {
    const production = await startLatchwork(t, { config: { mode: 'production', issuer: OURS } })
    refuses(await production.call('GET', '/v1/keys', { bearer: production.rootKey }), 400, 'transport_insecure')
    assert.match(production.server.warnings.join(), /trustedProxies/)
    const development = await startLatchwork(t)
    assert.equal((await development.call('GET', '/v1/keys', { bearer: development.rootKey })).status, 200)
  })

  it('10.1 10.5 V5: nobody is a proxy unless configured: forwarding headers change neither transport, nor address, nor issuer', async (t) => {
    const production = await startLatchwork(t, { config: { mode: 'production', issuer: OURS } })
    const spoofed = {
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.5',
      forwarded: 'proto=https;for=203.0.113.5',
      'x-forwarded-ssl': 'on',
      'front-end-https': 'on',
      'x-forwarded-host': 'evil.example',
    }
    refuses(await production.call('GET', '/v1/keys', { bearer: production.rootKey, headers: spoofed }), 400, 'transport_insecure')
    const development = await startLatchwork(t)
    const body = { email: newEmail(), password }
    assert.equal((await development.call('POST', '/v1/sessions/sign-up', { body, headers: spoofed })).status, 201)
    const [event] = (await development.call('GET', '/v1/events?type=user.created', { bearer: development.rootKey })).body.items
    assert.ok(isLoopbackAddress(event.address), event.address)
    const metadata = await development.call('GET', '/.well-known/openid-configuration', { headers: { ...spoofed, host: 'evil.example' } })
    assert.equal(metadata.body.issuer, development.issuer)
    assert.ok(!JSON.stringify(metadata.body).includes('evil'))
    await isProblem(development, await development.call('GET', '/v1/keys', { headers: { host: 'evil.example' } }), 401, 'credential_missing')
  })

  it('E7: speaks TLS by itself: certificate, HSTS, and plain text on its port is no request', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchwork-tls-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const { cert, key } = selfSigned()
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
    const latchwork = await startLatchwork(t, { http: { tls: { certFile, keyFile } }, config: { mode: 'production', issuer: 'https://localhost' } })
    const { port } = latchwork.server.address
    const answer = await new Promise<{ readonly status: number | undefined; readonly hsts: unknown; readonly protocol: string | null }>((resolve, reject) => {
      const options = { host: 'localhost', port, path: '/v1/keys', ca: cert, headers: { authorization: `Bearer ${latchwork.rootKey}` } }
      secureRequest(options, (response) => {
        const protocol = (response.socket as TLSSocket).getProtocol()
        response.resume().on('end', () => resolve({ status: response.statusCode, hsts: response.headers['strict-transport-security'], protocol }))
      })
        .on('error', reject)
        .end()
    })
    assert.deepEqual(answer, { status: 200, hsts: 'max-age=31536000', protocol: 'TLSv1.3' })
    await assert.rejects(fetch(`http://localhost:${port}/v1/keys`))
  })
})

describe('the client’s address', () => {
  const request = (peer: string, forwardedFor?: string | string[], more: object = {}) =>
    ({ raw: { socket: { remoteAddress: peer } }, headers: { ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }), ...more } }) as never

  it('10.1 K8: the last address that no trusted proxy vouches for', () => {
    const proxies = trustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])
    const rows: readonly [string, string | string[] | undefined, string | undefined][] = [
      ['203.0.113.5', '1.1.1.1', '203.0.113.5'],
      ['10.0.0.1', '1.1.1.1', '1.1.1.1'],
      ['10.0.0.1', '8.8.8.8, 1.1.1.1', '1.1.1.1'],
      ['10.0.0.1', '8.8.8.8, 1.1.1.1, 10.2.3.4', '1.1.1.1'],
      ['10.0.0.1', ['8.8.8.8', '1.1.1.1'], '1.1.1.1'],
      ['10.0.0.1', undefined, '10.0.0.1'],
      ['10.0.0.1', '', '10.0.0.1'],
      ['10.0.0.1', 'unknown', undefined],
      ['10.0.0.1', '1.1.1.1, junk', undefined],
      ['10.0.0.1', '1.1.1.1:4711', '1.1.1.1'],
      ['10.0.0.1', '[2001:db9::9]:443', '2001:db9::9'],
      ['10.0.0.1', '1.1.1.1,', '1.1.1.1'],
      ['10.0.0.1', '::ffff:c000:0205', '192.0.2.5'],
      ['::FFFF:192.0.2.5', undefined, '192.0.2.5'],
      ['10.0.0.1', 'junk, 1.1.1.1', '1.1.1.1'],
      ['10.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
      ['::ffff:10.0.0.1', '::ffff:1.1.1.1', '1.1.1.1'],
      ['2001:db8::1', '2001:db9::1', '2001:db9::1'],
      ['192.0.2.1', '127.0.0.1', '127.0.0.1'],
      ['192.0.2.2', '127.0.0.1', '192.0.2.2'],
    ]
    for (const [peer, forwardedFor, expected] of rows) assert.equal(clientAddress(request(peer, forwardedFor), proxies), expected, `${peer} ← ${forwardedFor}`)
  })

  it('10.3: an empty list trusts nobody, not even this machine', () => {
    const nobody = trustedProxies([])
    assert.equal(clientAddress(request('127.0.0.1', '1.1.1.1'), nobody), '127.0.0.1')
    assert.equal(isEncrypted(request('127.0.0.1', '1.1.1.1', { 'x-forwarded-proto': 'https' }), nobody), false)
    assert.equal(isEncrypted(request('127.0.0.1', '1.1.1.1', { 'x-forwarded-proto': 'https' }), trustedProxies(['127.0.0.1'])), true)
  })

  it('V5: what counts as this machine', () => {
    const proxies = trustedProxies(['127.0.0.1'])
    const isHere = (forwardedFor?: string) => isFromHere(request('127.0.0.1', forwardedFor), proxies)
    assert.deepEqual([isHere(), isHere('::1'), isHere('unknown'), isHere('1.1.1.1:4711')], [true, true, false, false])
    for (const address of ['127.0.0.1', '127.9.9.9', '::1']) assert.ok(isLoopbackAddress(address), address)
    for (const address of ['', '128.0.0.1', '10.0.0.1', '::2', 'localhost', '0.0.0.0', '::', '127.0.0.1.evil']) assert.ok(!isLoopbackAddress(address), address)
  })
})
