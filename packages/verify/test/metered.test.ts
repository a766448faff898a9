/** Keys bound to networks, and keys whose uses are counted: by this process's own port, and by the issuer over HTTP. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { type Metering, Refusal } from '@latchwork/kernel'
import { challengeFor, createVerifier, fromFetchRequest, type MeteredUse, protect, rateLimitFields } from '@latchwork/verify'
import { bearing, keyRecord, refused, startCore } from './core.ts'
import { startRemoteIssuer } from './remote-issuer.ts'

const networks = ['192.0.2.0/24', '2001:db8::/32']
const BURST = { name: 'burst', count: 3, periodSeconds: 60, remaining: 2, resetSeconds: 20 }
const DAILY = { name: 'daily', count: 1000, periodSeconds: 86_400, remaining: 998, resetSeconds: 173 }

describe('keys bound to networks', () => {
  it('K8: judged on every hit, by the address of the socket', async () => {
    const core = startCore()
    const key = core.addKey('key_1', {}, { networks })
    for (const remoteAddress of ['192.0.2.7', '::ffff:192.0.2.7', '2001:DB8::1'])
      assert.equal((await core.authenticate(bearing(key, { remoteAddress }))).subject, 'key_1')
    for (const remoteAddress of ['192.0.3.7', '::1', 'unknown']) {
      assert.equal((await refused(core.authenticate(bearing(key, { remoteAddress })), 'credential_wrong_address')).status, 403)
    }
    await refused(core.authenticate(bearing(key)), 'credential_wrong_address')
    assert.equal(core.reads(), 1)
  })

  it('K8 10.1: forwarding headers count from trusted proxies alone, from the right', async () => {
    const forwarded = (peer: string, chain: string, more = {}) => ({
      remoteAddress: peer,
      headers: {
        authorization: `Bearer ${key}`,
        'x-forwarded-for': chain,
        forwarded: 'for=192.0.2.7',
        'x-real-ip': '192.0.2.7',
        'cf-connecting-ip': '192.0.2.7',
        ...more,
      },
    })
    const trusting = startCore({ trustedProxies: ['10.0.0.0/8', '203.0.113.9'] })
    const strict = startCore()
    const key = trusting.addKey('key_1', {}, { networks })
    for (const [digest, found] of trusting.records) strict.records.set(digest, found)
    const passes = [forwarded('10.1.2.3', '192.0.2.7'), forwarded('::ffff:10.1.2.3', '198.51.100.1, 192.0.2.7, 203.0.113.9')]
    for (const shape of passes) assert.equal((await trusting.authenticate(bearing(key, shape))).subject, 'key_1')
    const spoofed = [
      forwarded('198.51.100.1', '192.0.2.7'),
      forwarded('10.1.2.3', '192.0.2.7, 198.51.100.1'),
      forwarded('10.1.2.3', '192.0.2.7, nonsense'),
      forwarded('10.1.2.3', ''),
    ]
    for (const shape of spoofed) await refused(trusting.authenticate(bearing(key, shape)), 'credential_wrong_address')
    for (const shape of [...passes, ...spoofed]) await refused(strict.authenticate(bearing(key, shape)), 'credential_wrong_address')
  })

  it('K8: a caller whom the trusted proxy does not name by an address has none, and not that of the proxy', async () => {
    const core = startCore({ trustedProxies: ['192.0.2.1', '2001:db8::1'] })
    const key = core.addKey('key_1', {}, { networks })
    const call = (peer: string, chain: string) =>
      core.authenticate(bearing(key, { remoteAddress: peer, headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': chain } }))
    for (const peer of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1']) {
      const outside = [
        '203.0.113.9:4711',
        '[2001:db9::9]:443',
        '[2001:db9::9]',
        'unknown',
        '_hidden',
        '192.0.2.7, unknown',
        '203.0.113.9,',
        '192.0.2.7,,203.0.113.9, ,',
      ]
      for (const chain of outside) await refused(call(peer, chain), 'credential_wrong_address')
      for (const chain of ['192.0.2.7:4711', '[2001:db8::9]:443', '192.0.2.7,', '::ffff:c000:0207'])
        assert.equal((await call(peer, chain)).subject, 'key_1', chain)
    }
  })

  it('V5 10.1: X-Forwarded-Proto counts from trusted proxies alone; a proxy on this machine does not make its callers local', async () => {
    const core = startCore({ trustedProxies: ['127.0.0.1'], development: true })
    const key = core.addKey('key_1')
    const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': '198.51.100.1' }
    const plain = { secure: false, loopback: true, remoteAddress: '127.0.0.1' }
    await refused(core.authenticate(bearing(key, { ...plain, headers })), 'transport_insecure')
    await core.authenticate(bearing(key, { ...plain, headers: { ...headers, 'x-forwarded-proto': 'https' } }))
    for (const hop of ['unknown', '198.51.100.1:4711'])
      await refused(core.authenticate(bearing(key, { ...plain, headers: { ...headers, 'x-forwarded-for': hop } })), 'transport_insecure')
    const elsewhere = { secure: false, loopback: false, remoteAddress: '198.51.100.1' }
    await refused(core.authenticate(bearing(key, { ...elsewhere, headers: { ...headers, 'x-forwarded-proto': 'https' } })), 'transport_insecure')
    await refused(core.authenticate(bearing(key, { ...plain, headers: { ...headers, 'x-forwarded-proto': ['https', 'http'] } })), 'transport_insecure')
  })

  it('K8: trustedProxies are checked when the verifier is made; nobody can trust everybody', () => {
    assert.throws(() => startCore({ trustedProxies: ['10.0.0.1/8'] }), Refusal)
    for (const everybody of ['0.0.0.0/0', '::/0']) assert.throws(() => startCore({ trustedProxies: [everybody] }), /trustedProxies/)
  })

  it('K8: a web-standard request has the address its server names', async () => {
    const core = startCore()
    const key = core.addKey('key_1', {}, { networks })
    const request = new Request('https://api.example.com/notes', { headers: { authorization: `Bearer ${key}` } })
    assert.equal((await core.authenticate(fromFetchRequest(request, { remoteAddress: '192.0.2.7' }))).subject, 'key_1')
    await refused(core.authenticate(fromFetchRequest(request)), 'credential_wrong_address')
  })
})

describe('keys with limits and credits', () => {
  it('K9: counted last, once per call that all else allows, with what the route costs', async () => {
    const uses: MeteredUse[] = []
    const metering: Metering = { limits: [BURST], credits: { remaining: 4 } }
    const count = (use: MeteredUse) => {
      uses.push(use)
      return metering
    }
    const core = startCore({}, { meter: count })
    const key = core.addKey('key_1', {}, { metered: true, networks })
    const from = { remoteAddress: '192.0.2.7' }
    await refused(core.authenticate(bearing(key)), 'credential_wrong_address')
    await refused(core.authenticate(bearing(key, from), { scopes: ['notes:write'] }), 'scope_insufficient')
    await refused(core.authenticate(bearing(key, from), { mechanisms: ['session'] }), 'credential_invalid')
    assert.equal(uses.length, 0)
    const costs = { limits: [{ name: 'burst', cost: 2 }], credits: 3 }
    for (let call = 0; call < 3; call++) assert.deepEqual((await core.authenticate(bearing(key, from), { scopes: ['notes:read'], costs })).metering, metering)
    assert.deepEqual(
      uses.map(({ text, address, scopes, costs }) => ({ text, address, scopes, costs })),
      Array(3).fill({ text: key, address: '192.0.2.7', scopes: ['notes:read'], costs }),
    )
  })

  it('K9 9.4: what cannot be counted does not pass', async () => {
    const uncounted = startCore()
    await refused(uncounted.authenticate(bearing(uncounted.addKey('key_1', {}, { metered: true }))), 'store_unavailable')
    const failing = startCore({}, { meter: () => Promise.reject(new Error('down')) })
    assert.equal((await refused(failing.authenticate(bearing(failing.addKey('key_1', {}, { metered: true }))), 'store_unavailable')).status, 503)
  })

  it('K9: header fields of several policies; after a refusal RateLimit names the violated, no later than Retry-After', () => {
    assert.deepEqual(rateLimitFields([BURST, DAILY]), {
      'ratelimit-policy': '"burst";q=3;w=60, "daily";q=1000;w=86400',
      ratelimit: '"burst";r=2;t=20, "daily";r=998;t=173',
    })
    const violated = { ...BURST, remaining: 0, resetSeconds: 60, retryAfterSeconds: 12 }
    const { status, headers, body } = challengeFor(new Refusal('rate_limited', { limits: [violated, DAILY], retryAfterSeconds: 12 }), {
      legacyRateLimitFields: true,
    })
    assert.deepEqual(
      [status, headers['retry-after'], headers['ratelimit'], headers['ratelimit-policy'], body['violated-policies']],
      [429, '12', '"burst";r=0;t=12', '"burst";q=3;w=60, "daily";q=1000;w=86400', ['burst']],
    )
    assert.deepEqual([headers['ratelimit-limit'], headers['ratelimit-remaining'], headers['ratelimit-reset']], ['3', '0', '12'])
    assert.deepEqual(rateLimitFields([]), {})
  })

  it('K9: over HTTP every use is counted by the issuer, with address and scopes; answers carry the fields', async (t) => {
    const issuer = await startRemoteIssuer(t)
    const key = issuer.addKey('key_1')
    issuer.records.set(key, { ...keyRecord(key, 'key_1'), metered: true })
    const verifier = createVerifier({ issuer: issuer.url, audience: 'https://api.example.com', rootKey: issuer.rootKey, development: true, log: () => {} })
    t.after(() => verifier.close())
    let remaining = 2
    issuer.instead.set('/v1/keys/verify', (response) => {
      const left = --remaining
      const answer =
        left >= 0
          ? { valid: true, code: 'VALID', limits: [{ ...BURST, remaining: left }], credits: { remaining: left } }
          : { valid: false, code: 'RATE_LIMITED', limits: [{ ...BURST, remaining: 0, retryAfterSeconds: 20 }], retryAfterSeconds: 20 }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    const server = createServer(protect(verifier, { scopes: ['notes:read'] }, (_, response) => void response.end('notes')))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const call = async () => {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`, {
        headers: { authorization: `Bearer ${key}`, connection: 'close' },
      })
      await answer.text()
      return [answer.status, answer.headers.get('ratelimit'), answer.headers.get('ratelimit-policy'), answer.headers.get('retry-after')]
    }
    const policy = '"burst";q=3;w=60'
    assert.deepEqual(await call(), [200, '"burst";r=1;t=20', policy, null])
    assert.deepEqual(await call(), [200, '"burst";r=0;t=20', policy, null])
    assert.deepEqual(await call(), [429, '"burst";r=0;t=20', policy, '20'])
    assert.equal(issuer.asked('/v1/keys/verify'), 3, 'no use is answered from memory')
    issuer.away.add('/v1/keys/verify')
    assert.equal((await call())[0], 503)
    issuer.away.delete('/v1/keys/verify')
    for (const nonsense of [
      { valid: true, code: 'REVOKED' },
      { valid: true },
      { valid: true, code: 'VALID', limits: [{ ...BURST, name: 'a"\r\nx: y' }] },
      [],
    ]) {
      issuer.instead.set('/v1/keys/verify', (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(nonsense)))
      assert.equal((await call())[0], 503, JSON.stringify(nonsense))
    }
  })
})
