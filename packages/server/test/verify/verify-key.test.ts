/** `POST /v1/keys/verify`: every outcome, the order of the checks, and what a refusal leaves untouched. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { mintKey, mintToken } from '@latchwork/kernel'
import { asRoot, make, newAccount } from '../keys/calls.ts'
import { onEachEngine } from '../kit/shared.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { until } from '../kit/until.ts'

async function ask(latchwork: Latchwork, key: string, more: object = {}) {
  const { status, body } = await asRoot(latchwork, 'POST', '/v1/keys/verify', { key, ...more })
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.valid, body.code === 'VALID')
  return body
}

async function code(latchwork: Latchwork, key: string, more: object = {}): Promise<string> {
  return (await ask(latchwork, key, more)).code
}

const HOURLY = { name: 'hourly', count: 3, periodSeconds: 3600 }

onEachEngine('POST /v1/keys/verify', (rigOf) => {
  it('K7: a key that may, with what is known of it', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { key, secret } = await make(latchwork, accountId, { scopes: ['notes:read', 'files:*'], expiresAt: '2099-01-01T00:00:00Z' })
    assert.deepEqual(await ask(latchwork, secret, { environment: 'live', address: '192.0.2.1', scopes: ['notes:read'] }), {
      valid: true,
      code: 'VALID',
      keyId: key.id,
      accountId,
      environment: 'live',
      scopes: ['notes:read', 'files:*'],
      expiresAt: '2099-01-01T00:00:00.000Z',
    })
  })

  it('V3: a machine code for every outcome', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const soon = new Date(latchwork.now() + 60_000).toISOString()
    const far = new Date(latchwork.now() + 86_400_000).toISOString()
    const rk = (more: object) => make(latchwork, accountId, { kind: 'rk', scopes: ['notes:read'], ...more })
    const [plain, bound, early, ending, revoked, limited] = await Promise.all([
      rk({}),
      rk({ networks: ['192.0.2.0/24', '2001:db8::/32'] }),
      rk({ notBefore: far }),
      rk({ expiresAt: soon }),
      rk({}),
      rk({ limits: [HOURLY], credits: { remaining: 1 } }),
    ])
    await asRoot(latchwork, 'DELETE', `/v1/keys/${revoked.key.id}`)
    for (const garbage of ['', 'x', 'a'.repeat(512), `${plain.secret.slice(0, -1)}_`, `Bearer ${plain.secret}`])
      assert.equal(await code(latchwork, garbage), 'MALFORMED')
    assert.equal(await code(latchwork, mintKey('rk', 'live', 'lw').reveal()), 'NOT_FOUND')
    for (const kind of ['access_token', 'refresh_token', 'root_key'] as const) assert.equal(await code(latchwork, mintToken(kind).reveal()), 'NOT_FOUND')
    assert.equal(await code(latchwork, latchwork.rootKey), 'NOT_FOUND', 'a root key is no API key')
    assert.equal(await code(latchwork, revoked.secret), 'REVOKED')
    assert.equal(await code(latchwork, early.secret), 'NOT_YET_VALID')
    assert.equal(await code(latchwork, plain.secret, { environment: 'test' }), 'WRONG_ENVIRONMENT')
    assert.equal(await code(latchwork, bound.secret), 'ADDRESS_MISSING')
    assert.equal(await code(latchwork, bound.secret, { address: '192.0.3.1' }), 'WRONG_ADDRESS')
    assert.equal(await code(latchwork, bound.secret, { address: '192.0.2.255' }), 'VALID')
    assert.equal(await code(latchwork, bound.secret, { address: '::ffff:192.0.2.7' }), 'VALID')
    assert.equal(await code(latchwork, bound.secret, { address: '2001:DB8:0::1' }), 'VALID')
    assert.equal(await code(latchwork, plain.secret, { scopes: ['notes:write'] }), 'SCOPE_INSUFFICIENT')
    assert.equal(await code(latchwork, limited.secret, { limits: [{ name: 'daily', cost: 1 }] }), 'LIMIT_UNKNOWN')
    assert.equal(await code(latchwork, limited.secret, { limits: [{ name: 'hourly', cost: 4 }] }), 'LIMIT_UNKNOWN', 'more than could ever pass')
    assert.equal(await code(latchwork, plain.secret, { limits: [{ name: 'hourly', cost: 1 }] }), 'LIMIT_UNKNOWN', 'nothing asked for goes uncounted (9.4)')
    assert.equal(await code(latchwork, limited.secret), 'VALID')
    assert.equal(await code(latchwork, limited.secret), 'CREDITS_EXHAUSTED')
    assert.equal(await code(latchwork, ending.secret), 'VALID')
    latchwork.advance(60_000)
    assert.equal(await code(latchwork, ending.secret), 'EXPIRED')
  })

  it('K2: what can be no key is malformed, however long and whatever is in it', async () => {
    const latchwork = rigOf()
    const { secret } = await make(latchwork, await newAccount(latchwork), { kind: 'rk' })
    for (const text of ['a'.repeat(513), 'a'.repeat(50_000), `${secret}\u0000`, `\ud800${secret}`, '\u0000', 'é'.repeat(300)])
      assert.deepEqual(await ask(latchwork, text), { valid: false, code: 'MALFORMED' })
    refuses(await asRoot(latchwork, 'POST', '/v1/keys/verify', { key: 'a'.repeat(70_000) }), 413, 'body_too_large')
  })

  it('K7: scopes with and, or, and both', async () => {
    const latchwork = rigOf()
    const { secret } = await make(latchwork, await newAccount(latchwork), { scopes: ['a:read', 'b:*'] })
    const outcomes = await Promise.all(
      [
        ['a:read', 'b:write'],
        { all: ['a:read'] },
        { any: ['c:read', 'b:read'] },
        { all: ['a:read'], any: ['c:read', 'b:read'] },
        {},
        [],
        ['a:read', 'c:read'],
        { all: ['a:write'], any: ['b:read'] },
        { all: ['a:read'], any: ['c:read', 'd:read'] },
        { any: [] },
      ].map((scopes) => code(latchwork, secret, { scopes })),
    )
    assert.deepEqual(outcomes, [...Array(6).fill('VALID'), ...Array(4).fill('SCOPE_INSUFFICIENT')])
  })

  it('E1 K12: each refusal of a key leaves an event: which key, why, from where; never more than its fingerprint', async () => {
    const latchwork = rigOf()
    const { key, secret } = await make(latchwork, await newAccount(latchwork), { scopes: ['notes:read'], networks: ['203.0.113.0/24'] })
    const unknown = mintKey('rk', 'live', 'lw').reveal()
    const address = '198.51.100.77'
    for (const [text, more] of [
      [secret, {}],
      [unknown, {}],
      ['no key at all', {}],
      [secret, { address: '203.0.113.5', scopes: ['notes:write'] }],
    ] as const)
      assert.notEqual(await code(latchwork, text, { address, userAgent: 'probe/1', ...more }), 'VALID')
    await latchwork.server.installation.refusals.flush()
    const { items } = (await asRoot(latchwork, 'GET', '/v1/events?type=request.refused&limit=100')).body
    const ours = items.filter((event: { readonly userAgent?: string }) => event.userAgent === 'probe/1').toReversed()
    assert.deepEqual(
      // biome-ignore lint/suspicious/noExplicitAny: events as they are on the wire
      ours.map(({ reason, data, credentialId, accountId, fingerprint, address: from }: any) => [reason, data.why, credentialId, accountId, fingerprint, from]),
      [
        ['credential_wrong_address', 'WRONG_ADDRESS', key.id, key.accountId, key.fingerprint, address],
        ['credential_invalid', 'NOT_FOUND', undefined, undefined, `${unknown.slice(0, 8)}…${unknown.slice(-4)}`, address],
        ['credential_malformed', 'MALFORMED', undefined, undefined, undefined, address],
        ['scope_insufficient', 'SCOPE_INSUFFICIENT', key.id, key.accountId, key.fingerprint, '203.0.113.5'],
      ],
    )
    for (const text of [secret, unknown]) assert.ok(!JSON.stringify(items).includes(text.slice(11, 30)))
  })

  it('K9: a refusal at a step takes nothing of a later one', async () => {
    const latchwork = rigOf()
    const { secret } = await make(latchwork, await newAccount(latchwork), {
      scopes: ['notes:read'],
      networks: ['192.0.2.0/24'],
      limits: [HOURLY, { name: 'daily', count: 100, periodSeconds: 86_400 }],
      credits: { remaining: 5 },
    })
    const address = '192.0.2.1'
    const early = [{ environment: 'test' }, { address: '192.0.3.1' }, { scopes: ['notes:write'] }, { limits: [{ name: 'none', cost: 1 }] }]
    for (const more of early) for (let call = 0; call < 4; call++) assert.notEqual(await code(latchwork, secret, { address, ...more }), 'VALID')
    const first = await ask(latchwork, secret, { address })
    assert.deepEqual([first.credits, first.limits.map(({ remaining }: { readonly remaining: number }) => remaining)], [{ remaining: 4 }, [2, 99]])

    const poor = await ask(latchwork, secret, { address, credits: 50 })
    assert.deepEqual([poor.code, poor.credits], ['CREDITS_EXHAUSTED', { remaining: 4 }])
    const wait = poor.limits.map(({ resetSeconds }: { readonly resetSeconds: number }) => resetSeconds)
    assert.ok(wait[0] <= 1201 && wait[1] <= 865, `limits stand as if the call had not been: ${wait}`)
    const second = await ask(latchwork, secret, { address, limits: [{ name: 'hourly', cost: 2 }], credits: 0 })
    assert.deepEqual([second.code, second.credits], ['VALID', { remaining: 4 }], 'what limits gave came back when credits refused')
    assert.deepEqual(
      second.limits.map(({ remaining }: { readonly remaining: number }) => remaining),
      [0, 98],
    )

    const limited = await ask(latchwork, secret, { address })
    assert.equal(limited.code, 'RATE_LIMITED')
    assert.equal(limited.credits, undefined, 'credits were not come to')
    assert.equal(limited.limits[0].retryAfterSeconds, limited.retryAfterSeconds)
    assert.ok(limited.retryAfterSeconds > 1000 && limited.retryAfterSeconds <= 1200, `a third of an hour: ${limited.retryAfterSeconds}`)
    assert.equal(limited.limits[1].remaining, 98, 'the other limit lost nothing')
    assert.deepEqual(limited.headers, {
      'ratelimit-policy': '"hourly";q=3;w=3600, "daily";q=100;w=86400',
      ratelimit: `"hourly";r=0;t=${limited.retryAfterSeconds}`,
      'retry-after': String(limited.retryAfterSeconds),
    })
    assert.deepEqual(
      (await ask(latchwork, secret, { address, limits: [{ name: 'hourly', cost: 0 }] })).credits,
      { remaining: 3 },
      'and neither had the credits',
    )
  })

  it('K9 1.6 R1: ten credits and a limit of seven, a hundred at once: exactly ten, exactly seven', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const credited = await make(latchwork, accountId, { kind: 'rk', credits: { remaining: 10 } })
    const limited = await make(latchwork, accountId, { kind: 'rk', limits: [{ ...HOURLY, count: 7 }] })
    const both = await make(latchwork, accountId, { kind: 'rk', limits: [{ ...HOURLY, count: 100 }], credits: { remaining: 10 } })
    const race = async (secret: string) => (await Promise.all(Array.from({ length: 100 }, () => code(latchwork, secret)))).sort()
    const tally = (codes: readonly string[]) => Object.fromEntries([...new Set(codes)].map((one) => [one, codes.filter((other) => other === one).length]))
    assert.deepEqual(tally(await race(credited.secret)), { CREDITS_EXHAUSTED: 90, VALID: 10 })
    assert.deepEqual(tally(await race(limited.secret)), { RATE_LIMITED: 93, VALID: 7 })
    assert.deepEqual(tally(await race(both.secret)), { CREDITS_EXHAUSTED: 90, VALID: 10 })
    assert.equal((await ask(latchwork, both.secret, { credits: 0, limits: [{ name: 'hourly', cost: 90 }] })).code, 'VALID', 'ninety were given back')
    const [row] = await latchwork.query(`select credits from api_keys where id = '${credited.key.id}'`)
    assert.equal(Number(row?.['credits']), 0)
  })

  it('K9: credits are refilled, up to the most there may be', async () => {
    const latchwork = rigOf()
    const { key, secret } = await make(latchwork, await newAccount(latchwork), { credits: { remaining: 2, refill: { amount: 3, everySeconds: 3600, max: 5 } } })
    const shown = async () => (await asRoot(latchwork, 'GET', `/v1/keys/${key.id}`)).body.credits.remaining
    assert.deepEqual((await ask(latchwork, secret, { credits: 2 })).credits, { remaining: 0 })
    latchwork.advance(600_000)
    const { code: refused, retryAfterSeconds, headers } = await ask(latchwork, secret)
    assert.deepEqual([refused, retryAfterSeconds, headers], ['CREDITS_EXHAUSTED', 3000, { 'retry-after': '3000' }])
    assert.equal((await ask(latchwork, secret, { credits: 6 })).retryAfterSeconds, undefined, 'never will there be so many')
    latchwork.advance(2_999_000)
    assert.equal(await code(latchwork, secret), 'CREDITS_EXHAUSTED')
    assert.equal(await shown(), 0)
    latchwork.advance(1000)
    assert.equal(await shown(), 3, 'what has come due is shown before it is spent')
    assert.deepEqual((await ask(latchwork, secret)).credits, { remaining: 2 })
    latchwork.advance(10 * 3_600_000)
    assert.equal(await shown(), 5)
    assert.deepEqual((await ask(latchwork, secret)).credits, { remaining: 4 })
    assert.equal(await shown(), 4)
  })

  it('K6 K9: a key and its successor have one purse: by either it is shown and changed, and either is held to it', async () => {
    const latchwork = rigOf()
    const old = await make(latchwork, await newAccount(latchwork), { credits: { remaining: 10 } })
    const next = (await asRoot(latchwork, 'POST', `/v1/keys/${old.key.id}/roll`, {})).body
    const shown = async (id: string) => (await asRoot(latchwork, 'GET', `/v1/keys/${id}`)).body.credits?.remaining
    const change = async (id: string, credits: object | null) => (await asRoot(latchwork, 'PATCH', `/v1/keys/${id}`, { credits })).body.credits?.remaining
    const spent = async (secret: string) => (await ask(latchwork, secret)).credits?.remaining
    assert.deepEqual([next.key.credits.remaining, next.replaced.credits.remaining], [10, 10])
    assert.deepEqual([await spent(old.secret), await spent(next.secret)], [9, 8])
    assert.deepEqual([await shown(old.key.id), await shown(next.key.id)], [8, 8])

    assert.equal(await change(old.key.id, { remaining: 1000 }), 1000)
    assert.deepEqual([await spent(next.secret), await spent(old.secret)], [999, 998])
    assert.deepEqual([await shown(old.key.id), await shown(next.key.id)], [998, 998])

    assert.equal(await change(next.key.id, null), undefined)
    assert.deepEqual([await spent(old.secret), await spent(next.secret)], [undefined, undefined], 'neither is counted, and both were remembered as counted')
    assert.equal(await change(next.key.id, { remaining: 1 }), 1)
    assert.deepEqual(
      [await code(latchwork, old.secret), await code(latchwork, next.secret), await code(latchwork, old.secret)],
      ['VALID', 'CREDITS_EXHAUSTED', 'CREDITS_EXHAUSTED'],
    )
    assert.equal(await change(old.key.id, null), undefined)
    assert.deepEqual([await code(latchwork, old.secret), await code(latchwork, next.secret)], ['VALID', 'VALID'])
  })

  it('K6 K9 R1: no roll gives credits back: not one after a successor that was revoked, not two while calls are under way', async () => {
    const latchwork = rigOf()
    const first = await make(latchwork, await newAccount(latchwork), { kind: 'rk', credits: { remaining: 3 } })
    const roll = async (id: string, body: object = {}) => (await asRoot(latchwork, 'POST', `/v1/keys/${id}/roll`, body)).body
    const second = await roll(first.key.id)
    for (let use = 0; use < 3; use++) assert.equal(await code(latchwork, first.secret), 'VALID')
    await asRoot(latchwork, 'DELETE', `/v1/keys/${second.key.id}`)
    const third = await roll(first.key.id)
    assert.equal(third.key.credits.remaining, 0)
    assert.deepEqual([await code(latchwork, first.secret), await code(latchwork, third.secret)], ['CREDITS_EXHAUSTED', 'CREDITS_EXHAUSTED'])

    const line = [await make(latchwork, await newAccount(latchwork), { kind: 'rk', credits: { remaining: 200 } })]
    let valid = 0
    let isOver = false
    const caller = async () => {
      while (!isOver) {
        const secrets = line.slice(-2).map(({ secret }) => secret)
        for (const secret of secrets) {
          const answer = await code(latchwork, secret)
          if (answer === 'VALID') valid++
          if (answer === 'CREDITS_EXHAUSTED') isOver = true
        }
      }
    }
    const callers = Array.from({ length: 12 }, caller)
    for (let turn = 0; turn < 3; turn++) {
      const before = valid
      await until(() => valid >= before + 20 || isOver, 'keys were used')
      const [older, current] = [line.at(-2), line.at(-1)]
      assert.ok(current !== undefined)
      line.push(await roll(current.key.id, older === undefined ? {} : { end: older.key.id }))
    }
    await Promise.all(callers)
    assert.equal(valid, 200, 'each credit once')
  })

  it('K10: what was stopped and then revoked is revoked', async () => {
    const latchwork = rigOf()
    const { key, secret } = await make(latchwork, await newAccount(latchwork))
    await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { enabled: false })
    assert.equal(await code(latchwork, secret), 'DISABLED')
    await asRoot(latchwork, 'DELETE', `/v1/keys/${key.id}`)
    assert.equal(await code(latchwork, secret), 'REVOKED')
  })

  it('R8 K3: a credential that is sent where a word belongs is not said back whole', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { key } = await make(latchwork, accountId)
    const planted = mintKey('sk', 'live', 'lw').reveal()
    for (const [method, path, body] of [
      ['POST', '/v1/keys', { accountId, name: 'x', roles: [planted] }],
      ['POST', `/v1/keys/${key.id}/roll`, { end: planted }],
      ['PUT', `/v1/keys/${key.id}/rotation`, { target: planted, path: 'x', everyDays: 30 }],
    ] as const) {
      const answer = await asRoot(latchwork, method, path, body)
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`)
      assert.ok(!JSON.stringify(answer.body).includes(planted.slice(11, 30)), `${path}: ${JSON.stringify(answer.body)}`)
    }
  })

  it('K5: an end that is brought forward still lies after the begin', async () => {
    const latchwork = rigOf()
    const now = latchwork.now()
    const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString()
    const { key } = await make(latchwork, await newAccount(latchwork), { notBefore: at(5), expiresAt: at(10) })
    for (const expiresAt of [at(4), at(5)])
      refuses(await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { expiresAt }), 400, 'key_invalid', /after notBefore/)
    assert.equal((await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { expiresAt: at(6) })).body.expiresAt, at(6))
  })

  it('K10: served from memory; what narrows or ends a key is seen by the next call', async () => {
    const latchwork = rigOf()
    const { key, secret } = await make(latchwork, await newAccount(latchwork), { scopes: ['notes:read', 'notes:write'] })
    assert.equal(await code(latchwork, secret, { scopes: ['notes:write'] }), 'VALID')
    const narrowed = await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { scopes: ['notes:read'], networks: ['192.0.2.1'] })
    assert.equal(narrowed.status, 200, JSON.stringify(narrowed.body))
    assert.equal(await code(latchwork, secret, { address: '192.0.2.1', scopes: ['notes:write'] }), 'SCOPE_INSUFFICIENT')
    assert.equal(await code(latchwork, secret, { address: '192.0.2.2' }), 'WRONG_ADDRESS')
    await asRoot(latchwork, 'DELETE', `/v1/keys/${key.id}`)
    assert.equal(await code(latchwork, secret, { address: '192.0.2.1' }), 'REVOKED')
  })

  it('9.1: only for verifiers; what is no question is refused', async () => {
    const latchwork = rigOf()
    const { secret } = await make(latchwork, await newAccount(latchwork))
    refuses(await latchwork.call('POST', '/v1/keys/verify', { body: { key: secret } }), 401, 'credential_missing')
    refuses(await latchwork.call('POST', '/v1/keys/verify', { bearer: secret, body: { key: secret } }), 401, 'credential_invalid')
    for (const more of [
      { address: '192.0.2' },
      { environment: 'both' },
      { credits: -1 },
      { credits: 1.5 },
      { limits: [{ name: 'a', cost: -1 }] },
      {
        limits: [
          { name: 'a', cost: 5 },
          { name: 'a', cost: 0 },
        ],
      },
      { userAgent: 'a\u0000' },
      { limits: [{ name: '\ud800', cost: 1 }] },
      { other: 1 },
      { key: 7 },
    ]) {
      refuses(await asRoot(latchwork, 'POST', '/v1/keys/verify', { key: secret, ...more }), 400, 'request_malformed')
    }
    refuses(await asRoot(latchwork, 'POST', `/v1/keys/verify?key=${secret}`, { key: secret }), 400, 'credential_in_query')
  })

  it('K8 9.3: a malformed network is refused when it is written, and a list locks nobody out of the management of its own key', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    for (const network of ['10.0.0.5/8', '10.0.0', '2001:db8::1/32', 'office']) {
      refuses(await asRoot(latchwork, 'POST', '/v1/keys', { accountId, name: 'Bound', networks: [network] }), 400, 'network_invalid')
    }
    const { key } = await make(latchwork, accountId, { networks: ['203.0.113.7'] })
    assert.deepEqual(key.networks, ['203.0.113.7/32'])
    const widened = await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { networks: ['203.0.113.0/24'] })
    assert.deepEqual(widened.body.networks, ['203.0.113.0/24'])
  })
})
