import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onEachEngine } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

onEachEngine('use of keys over HTTP', (rigOf) => {
  let made = 0
  const makeKey = async (): Promise<string> => {
    const { call, rootKey } = rigOf()
    const answer = await call('POST', '/v1/keys', {
      bearer: rootKey,
      body: { accountId: 'acc_test', kind: 'rk', name: `key ${++made}`, scopes: ['notes:read'] },
    })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return String(answer.body.key.id)
  }
  const get = (path: string) => rigOf().call('GET', path, { bearer: rigOf().rootKey })
  const report = (body: unknown, bearer = rigOf().rootKey) => rigOf().call('POST', '/v1/keys/use', { bearer, body })
  let reports = 0
  const numbered = () => ({ reporter: 'reporter', sequence: ++reports })
  const iso = (time: number): string => new Date(time).toISOString()
  const thisHour = (): string => iso(rigOf().now() - (rigOf().now() % HOUR))
  const settle = async (): Promise<void> => assert.equal(await rigOf().server.installation.keyUse.flush(), true)

  it('R6: a number that no sequence reaches and addresses that are none are refused, on both engines alike', async () => {
    const keyId = await makeKey()
    const use = { keyId, minute: iso(rigOf().now()), counts: { valid: 1 } }
    for (const sequence of [9.3e18, 1e19, 1e308, 2 ** 53, 0, 1.5])
      refuses(await report({ reporter: 'reporter', sequence, uses: [use] }), 400, 'request_malformed', /sequence/)
    for (const more of [{ addresses: ['x'] }, { addresses: ['192.0.2.1', '300.0.0.1'] }, { lastAddress: 'x' }])
      refuses(await report({ ...numbered(), uses: [{ ...use, ...more }] }), 400, 'request_malformed', /ddress/)
    assert.equal((await report({ ...numbered(), uses: [{ ...use, addresses: ['192.0.2.1', '2001:db8::1'] }] })).status, 200)
  })

  it('K11: what is noted on the node is read as hourly counts, networks and last use; a key that is no key makes nothing', async () => {
    const keyId = await makeKey()
    const { onVerified } = rigOf().server.installation.keyUse
    const at = rigOf().now()
    for (let index = 0; index < 1000; index++)
      onVerified({ keyId, outcome: 'valid', address: index % 2 === 0 ? '192.0.2.1' : '2001:db8::1', userAgent: 'curl/8', at })
    for (let index = 0; index < 7; index++) onVerified({ keyId, outcome: 'rate_limited', address: '192.0.2.9', at })
    onVerified({ keyId: 'key_unknown', outcome: 'valid', at })
    await settle()
    const { status, body } = await get(`/v1/keys/${keyId}/use`)
    assert.equal(status, 200)
    assert.deepEqual(body, {
      keyId,
      lastUsedAt: iso(at),
      lastUsedAddress: '2001:db8::1',
      lastUsedUserAgent: 'curl/8',
      items: [
        { hour: iso(at - (at % HOUR)), outcome: 'rate_limited', count: 7 },
        { hour: iso(at - (at % HOUR)), outcome: 'valid', count: 1000 },
      ],
    })
    const networks = (await get(`/v1/keys/${keyId}/networks`)).body
    assert.deepEqual(networks.items.map(({ network }: { network: string }) => network).sort(), ['192.0.2.1', '2001:db8:0:0::/64'])
    assert.equal(networks.beyond, 0)
    assert.equal(Number((await rigOf().query("select count(*) as n from key_habits where key_id = 'key_unknown'"))[0]?.['n']), 0)
  })

  it('K11: every outcome of POST /v1/keys/verify is counted, with where the caller is and what it says it is', async () => {
    const { call, rootKey } = rigOf()
    const made = await call('POST', '/v1/keys', { bearer: rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'verified', scopes: ['notes:read'] } })
    const { key, secret } = made.body
    const verify = (more: object) =>
      call('POST', '/v1/keys/verify', { bearer: rootKey, body: { key: secret, address: '203.0.113.9', userAgent: 'curl/8', ...more } })
    for (let count = 0; count < 5; count++) assert.equal((await verify({})).body.code, 'VALID')
    assert.equal((await verify({ scopes: ['notes:write'], address: '203.0.113.10' })).body.code, 'SCOPE_INSUFFICIENT')
    assert.equal((await verify({ environment: 'test' })).body.code, 'WRONG_ENVIRONMENT')
    await call('DELETE', `/v1/keys/${key.id}`, { bearer: rootKey })
    assert.equal((await verify({})).body.code, 'REVOKED')
    await settle()
    const { items, lastUsedAddress, lastUsedUserAgent } = (await get(`/v1/keys/${key.id}/use`)).body
    assert.deepEqual(
      items.map(({ outcome, count }: Readonly<Record<string, unknown>>) => [outcome, count]),
      [
        ['revoked', 1],
        ['scope_insufficient', 1],
        ['valid', 5],
        ['wrong_environment', 1],
      ],
    )
    assert.deepEqual([lastUsedAddress, lastUsedUserAgent], ['203.0.113.9', 'curl/8'])
  })

  it('K11: is written by itself within a second', async () => {
    const keyId = await makeKey()
    rigOf().server.installation.keyUse.onVerified({ keyId, outcome: 'valid', at: rigOf().now() })
    const deadline = Date.now() + 5000
    let counted = 0
    while (counted === 0 && Date.now() < deadline) counted = (await get(`/v1/keys/${keyId}/use`)).body.items.length
    assert.equal(counted, 1)
  })

  it('K11: verifiers elsewhere report once a second; a report that comes twice counts once', async () => {
    const keyId = await makeKey()
    const at = iso(rigOf().now())
    const body = {
      ...numbered(),
      uses: [
        {
          keyId,
          minute: at,
          counts: { valid: 120, expired: 2, credential_expired: 1, some_new_code: 2 },
          lastUsedAt: at,
          lastAddress: '198.51.100.7',
          lastUserAgent: 'sdk',
          addresses: ['198.51.100.8'],
        },
        { keyId: 'key_nobody', minute: at, counts: { valid: 1 } },
      ],
    }
    assert.deepEqual((await report(body)).body, { counted: 1, repeated: false })
    assert.deepEqual((await report(body)).body, { counted: 0, repeated: true })
    const { items, lastUsedAddress } = (await get(`/v1/keys/${keyId}/use`)).body
    assert.deepEqual(items, [
      { hour: thisHour(), outcome: 'expired', count: 3 },
      { hour: thisHour(), outcome: 'refused', count: 2 },
      { hour: thisHour(), outcome: 'valid', count: 120 },
    ])
    assert.equal(lastUsedAddress, '198.51.100.7')
    assert.equal((await get(`/v1/keys/${keyId}/networks`)).body.items.length, 2)
  })

  it('K11: another machine cannot date use into the future, nor long ago', async () => {
    const keyId = await makeKey()
    const future = iso(rigOf().now() + 400 * DAY)
    await report({ ...numbered(), uses: [{ keyId, minute: future, counts: { valid: 1 }, lastUsedAt: future }] })
    const { lastUsedAt } = (await get(`/v1/keys/${keyId}/use`)).body
    assert.ok(Date.parse(lastUsedAt) <= rigOf().now())
    const past = iso(rigOf().now() - 400 * DAY)
    await report({ ...numbered(), uses: [{ keyId, minute: past, counts: { valid: 1 } }] })
    const from = iso(rigOf().now() - 2 * DAY)
    assert.equal((await get(`/v1/keys/${keyId}/use?from=${encodeURIComponent(from)}`)).body.items.length, 2)
  })

  it('K11: reports are refused as a whole when they are not well-formed, and need the scope of verifiers', async () => {
    const keyId = await makeKey()
    const minute = iso(rigOf().now())
    const use = { keyId, minute, counts: { valid: 1 } }
    const wrong: readonly unknown[] = [
      { uses: [use] },
      { sequence: 1000, uses: [use] },
      { reporter: 'short', sequence: 1000, uses: [use] },
      { reporter: 'reporter', sequence: 0, uses: [use] },
      { ...numbered(), uses: [] },
      { ...numbered(), uses: [use, use] },
      { ...numbered(), uses: [{ ...use, counts: { valid: -1 } }] },
      { ...numbered(), uses: [{ ...use, counts: { valid: 1.5 } }] },
      { ...numbered(), uses: [{ ...use, minute: 'yesterday' }] },
      { ...numbered(), uses: [{ ...use, addresses: Array.from({ length: 21 }, (_, index) => `192.0.2.${index}`) }] },
      { ...numbered(), uses: Array.from({ length: 201 }, (_, index) => ({ ...use, keyId: `key_${index}` })) },
    ]
    for (const body of wrong) refuses(await report(body), 400, 'request_malformed')
    assert.deepEqual((await get(`/v1/keys/${keyId}/use`)).body.items, [])
    const { body } = await rigOf().call('POST', '/v1/root-keys', { bearer: rigOf().rootKey, body: { name: 'reader', scopes: ['keys:read'] } })
    refuses(await report({ ...numbered(), uses: [use] }, body.secret), 403, 'scope_insufficient')
    const verifier = await rigOf().call('POST', '/v1/root-keys', { bearer: rigOf().rootKey, body: { name: 'verifier', scopes: ['credentials:verify'] } })
    assert.equal((await report({ ...numbered(), uses: [use] }, verifier.body.secret)).status, 200)
  })

  it('K12: the last address of a report is an address', async () => {
    const keyId = await makeKey()
    const use = { keyId, minute: iso(rigOf().now()), counts: { valid: 1 } }
    for (const lastAddress of ['', 'unknown', '192.0.2.1\n', '192.0.2.1\u202e', '\u200b', '010.0.0.1', 'fe80::1%\u200b'])
      refuses(await report({ ...numbered(), uses: [{ ...use, lastAddress }] }), 400, 'request_malformed', /lastAddress/)
    for (const lastAddress of ['192.0.2.1', 'fe80::1%eth0', '::ffff:192.0.2.1'])
      assert.equal((await report({ ...numbered(), uses: [{ ...use, lastAddress }] })).status, 200)
  })

  it('K11: a user agent that holds a credential or strange characters is kept without them', async () => {
    const keyId = await makeKey()
    const { body } = await rigOf().call('POST', '/v1/keys', {
      bearer: rigOf().rootKey,
      body: { accountId: 'acc_test', kind: 'rk', name: 'carried', scopes: [] },
    })
    const { onVerified } = rigOf().server.installation.keyUse
    onVerified({ keyId, outcome: 'valid', userAgent: `agent ${body.secret} \u0000\ud800 ${'x'.repeat(9000)}`, at: rigOf().now() })
    await settle()
    const { lastUsedUserAgent } = (await get(`/v1/keys/${keyId}/use`)).body
    assert.ok(lastUsedUserAgent.length <= 256 && !lastUsedUserAgent.includes(body.secret) && !/\p{Cc}/u.test(lastUsedUserAgent))
    assert.ok(!(await rigOf().dump()).includes(body.secret))
  })

  it('K5: active keys that were not used for so many days, nor made since, are listed', async () => {
    const [used, old, revoked] = [await makeKey(), await makeKey(), await makeKey()]
    await rigOf().call('DELETE', `/v1/keys/${revoked}`, { bearer: rigOf().rootKey })
    rigOf().advance(40 * DAY)
    const fresh = await makeKey()
    rigOf().server.installation.keyUse.onVerified({ keyId: used, outcome: 'valid', at: rigOf().now() })
    rigOf().server.installation.keyUse.onVerified({ keyId: old, outcome: 'expired', at: rigOf().now() })
    await settle()
    const ids = ((await get('/v1/keys/unused?days=30&limit=100')).body.items as readonly { readonly id: string }[]).map(({ id }) => id)
    assert.ok(ids.includes(old), 'a refusal is no use')
    assert.ok(!ids.includes(used) && !ids.includes(fresh) && !ids.includes(revoked))
    assert.equal((await get('/v1/keys/unused?days=300')).body.items.length, 0)
    refuses(await get('/v1/keys/unused?days=0'), 400, 'request_malformed')
  })

  it('K11: keys that are not there, and times that are none, are refused', async () => {
    const keyId = await makeKey()
    refuses(await get('/v1/keys/key_nobody/use'), 404, 'not_found')
    refuses(await get('/v1/keys/key_nobody/networks'), 404, 'not_found')
    for (const query of ['from=1', 'to=never', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from=2020-01-01T00:00:00Z'])
      refuses(await get(`/v1/keys/${keyId}/use?${query}`), 400, 'request_malformed')
  })
})
