import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseLeakReport, reactionTo } from '@latchwork/api-keys'
import { credentialFormats, digestOf, mintKey, mintToken } from '@latchwork/kernel'
import { authorize, isActive, person, redeem, signUp } from '../kit/authorize.ts'
import { loginCookie, signInDevice } from '../kit/front-end.ts'
import { leaksIn } from '../kit/leaks.ts'
import { onEachEngine, shared } from '../kit/shared.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import { until } from '../kit/until.ts'
import { isAlive, makeKey, report, settled, told, toldOf } from './leaked.ts'

onEachEngine('POST /v1/leaks', (latchworkOf) => {
  it('K15 14.5: a live key is revoked, its owner told of it once, by id and fingerprint, and the key is nowhere', async () => {
    const latchwork = latchworkOf()
    const key = await makeKey(latchwork, { kind: 'sk' })
    const lookUp = () => latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: key.text } })
    assert.equal((await lookUp()).body.record.alive, true)
    const answer = await report(latchwork, key.text, { url: `https://example.com/?k=${key.text}`, source: 'a gist' })
    assert.equal(answer.status, 202)
    assert.deepEqual(answer.body, { accepted: true })
    await until(async () => (await lookUp()).body.record.alive === false, 'the key is dead to verifiers')
    const event = await told(latchwork, key.fingerprint)
    assert.deepEqual([event.credentialId, event.accountId, event.reason, event.actor.kind], [key.id, 'acc_test', 'revoke', 'anonymous'])
    assert.deepEqual([event.data?.['kind'], event.data?.['channel'], event.data?.['source']], ['sk', 'report', 'a gist'])
    assert.equal(event.data?.['url'], `https://example.com/?k=${key.fingerprint}`)
    const [revoked] = await toldOf(latchwork, 'key.revoked', `&credentialId=${key.id}`)
    assert.equal(revoked?.reason, 'leaked')
    assert.deepEqual(leaksIn((await latchwork.dump()) + latchwork.log.join('\n'), new Map([['key', key.text]])), [])
  })

  it('K15 14.5: reported again and again, at once and later, it is one act and one notice', async () => {
    const latchwork = latchworkOf()
    const key = await makeKey(latchwork)
    const answers = await Promise.all(Array.from({ length: 10 }, () => report(latchwork, key.text)))
    for (const { status } of answers) assert.equal(status, 202)
    await told(latchwork, key.fingerprint)
    await settled(latchwork)
    assert.equal((await report(latchwork, key.text)).status, 202)
    await settled(latchwork)
    assert.equal((await toldOf(latchwork, 'key.leaked', `&credentialId=${key.id}`)).length, 1)
    assert.equal((await toldOf(latchwork, 'key.revoked', `&credentialId=${key.id}`)).length, 1)
  })

  it('K15: known, unknown, revoked, another brand, any kind: one status, one body, one set of headers; nothing is kept of what is not ours', async () => {
    const latchwork = latchworkOf()
    const key = await makeKey(latchwork)
    const gone = await makeKey(latchwork)
    assert.equal((await latchwork.call('DELETE', `/v1/keys/${gone.id}`, { bearer: latchwork.rootKey })).status, 204)
    const credentials = [
      key.text,
      gone.text,
      mintKey('sk', 'live', 'lw').reveal(),
      mintKey('pat', 'test', 'acme').reveal(),
      mintToken('access_token').reveal(),
      mintToken('one_time_link').reveal(),
    ]
    const shapes = new Set<string>()
    for (const credential of credentials) {
      const { status, body, headers } = await report(latchwork, credential)
      const names = [...headers].map(([name, value]) => (name === 'date' ? name : `${name}: ${value}`))
      shapes.add(JSON.stringify([status, body, names.sort()]))
    }
    assert.equal(shapes.size, 1, [...shapes].join('\n'))
    await settled(latchwork)
    await told(latchwork, key.fingerprint)
    const dump = await latchwork.query('select digest from leaks')
    const digests = dump.map((row) => row['digest'])
    assert.ok(digests.includes(digestOf(key.text)))
    for (const unknown of credentials.slice(2)) assert.ok(!digests.includes(digestOf(unknown)))
  })

  it('K15: a key that had ended is told of, and nothing is done', async () => {
    const latchwork = latchworkOf()
    const gone = await makeKey(latchwork)
    await latchwork.call('DELETE', `/v1/keys/${gone.id}`, { bearer: latchwork.rootKey })
    await report(latchwork, gone.text)
    const event = await told(latchwork, gone.fingerprint)
    assert.equal(event.reason, 'none')
    assert.equal((await toldOf(latchwork, 'key.revoked', `&credentialId=${gone.id}`)).length, 1)
  })

  it('K15: a key that is only stopped, or whose account is, is revoked all the same: let go on, it would be known to others', async () => {
    const latchwork = latchworkOf()
    const asRoot = (method: string, path: string, body?: unknown) =>
      latchwork.call(method, path, { bearer: latchwork.rootKey, ...(body === undefined ? {} : { body }) })
    const { id: accountId } = (await asRoot('POST', '/v1/accounts', { name: 'Stopped' })).body
    const made = async () => (await asRoot('POST', '/v1/keys', { accountId, kind: 'rk', name: 'x' })).body as { key: { id: string }; secret: string }
    const [stopped, ofStopped] = [await made(), await made()]
    await asRoot('PATCH', `/v1/keys/${stopped.key.id}`, { enabled: false })
    await asRoot('POST', `/v1/accounts/${accountId}/disable`)
    for (const { key, secret } of [stopped, ofStopped]) {
      assert.equal((await report(latchwork, secret)).status, 202)
      await until(async () => (await asRoot('GET', `/v1/keys/${key.id}`)).body.revokedReason === 'leaked', 'it is revoked')
    }
    await asRoot('POST', `/v1/accounts/${accountId}/enable`)
    assert.equal((await asRoot('POST', '/v1/keys/verify', { key: ofStopped.secret })).body.code, 'REVOKED')
  })

  it('K15: tokens and a login session of an account that is only stopped end all the same', async () => {
    const latchwork = latchworkOf()
    const asRoot = (method: string, path: string) => latchwork.call(method, path, { bearer: latchwork.rootKey })
    const someone = { ...person, email: 'stopped@example.com' }
    const authorization = await authorize(latchwork, { scope: 'openid notes:read offline_access' }, await signUp(latchwork, someone))
    const { body } = await redeem(latchwork, authorization)
    const login = authorization.browser.cookies.get(loginCookie) ?? ''
    const accountId = (await asRoot('GET', `/v1/people?email=${encodeURIComponent(someone.email)}`)).body.items[0].accountId
    assert.equal((await asRoot('POST', `/v1/accounts/${accountId}/disable`)).status, 204)
    for (const credential of [body.access_token, body.refresh_token, login]) assert.equal((await report(latchwork, credential)).status, 202)
    const ends = async (type: string) => (await toldOf(latchwork, type)).filter(({ reason }) => reason === 'leaked').length
    await until(async () => (await ends('token.revoked')) > 0 && (await ends('grant.ended')) > 0 && (await ends('session.ended')) > 0, 'each has ended')
    assert.equal((await asRoot('POST', `/v1/accounts/${accountId}/enable`)).status, 204)
    assert.equal(await isActive(latchwork, body.access_token), false)
    assert.equal(await isAlive(latchwork, 'refresh_token', body.refresh_token), false)
    assert.equal(await isAlive(latchwork, 'login_session', login), false)
  })

  it('K15: a test key is only told of, unless the configuration says otherwise', async () => {
    const latchwork = latchworkOf()
    const key = await makeKey(latchwork, { environment: 'test' })
    await report(latchwork, key.text)
    assert.equal((await told(latchwork, key.fingerprint)).reason, 'notify')
    await settled(latchwork)
    assert.ok(await isAlive(latchwork, 'rk', key.text))
  })

  it('K15: a root key, an access token and a refresh token are ended each by its own act; a client secret is told of', async () => {
    const latchwork = latchworkOf()
    const root = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'x', scopes: ['keys:read'] } })
    const first = await redeem(latchwork, await authorize(latchwork, { scope: 'openid notes:read offline_access' }))
    assert.equal(first.status, 200, JSON.stringify(first.body))
    const { access_token: access, refresh_token: renewal } = first.body
    for (const credential of [root.body.secret, access, testSecret]) assert.equal((await report(latchwork, credential)).status, 202)
    const fingerprint = (text: string) => `${text.slice(0, 8)}…${text.slice(-4)}`
    await until(async () => (await latchwork.call('GET', '/v1/keys', { bearer: root.body.secret })).status === 401, 'the root key opens nothing')
    await until(async () => !(await isActive(latchwork, access)), 'the access token opens nothing')
    assert.ok(await isAlive(latchwork, 'refresh_token', renewal), 'its grant lives on')
    await report(latchwork, renewal)
    await until(async () => !(await isAlive(latchwork, 'refresh_token', renewal)), 'the grant has ended')
    const aboutGrant = await told(latchwork, fingerprint(renewal))
    assert.ok(aboutGrant.grantId !== undefined && aboutGrant.userId !== undefined && aboutGrant.clientId === 'app')
    const [ended] = await toldOf(latchwork, 'grant.ended')
    assert.deepEqual([ended?.grantId, ended?.reason, ended?.actor.id], [aboutGrant.grantId, 'leaked', 'leaks'])
    const aboutSecret = await told(latchwork, fingerprint(testSecret))
    assert.equal(aboutSecret.reason, 'notify')
    assert.ok(await isAlive(latchwork, 'client_secret', testSecret))
  })
})

describe('leaked cookies', () => {
  it('K15: a session ends by the cookie that leaked, be it that of the login or the one that refreshes', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await signInDevice(latchwork)
    const login = device.browser.cookies.get(loginCookie) ?? ''
    const renewal = device.refreshToken()
    await report(latchwork, renewal)
    await until(async () => (await device.post('/v1/sessions/refresh')).status !== 200, 'it refreshes no more')
    assert.ok(await isAlive(latchwork, 'login_session', login))
    await report(latchwork, login)
    await until(async () => !(await isAlive(latchwork, 'login_session', login)), 'the login session has ended')
    const ends = await toldOf(latchwork, 'session.ended')
    assert.deepEqual(
      ends.map(({ reason }) => reason),
      ['leaked', 'leaked'],
    )
  })
})

describe('what may be reported, and how often', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('K15: what is malformed is refused before any look-up and takes nothing of the limit', async () => {
    const latchwork = latchworkOf()
    const real = mintKey('sk', 'live', 'lw').reveal()
    const [format] = credentialFormats('lw')
    const wrong = [
      real.slice(0, -1),
      `${real.slice(0, -1)}${real.endsWith('0') ? '1' : '0'}`,
      real.replace('_lw_', '_LW_'),
      '',
      'x',
      `sk_live_${'a'.repeat(24)}`,
    ]
    for (let round = 0; round < 20; round++) for (const credential of wrong) refuses(await report(latchwork, credential), 400, 'request_malformed')
    refuses(await report(latchwork, 'a'.repeat(513)), 400, 'request_malformed')
    refuses(await latchwork.call('POST', '/v1/leaks', { body: {} }), 400, 'request_malformed')
    refuses(await latchwork.call('POST', '/v1/leaks', { body: { credential: real, more: 1 } }), 400, 'request_malformed')
    assert.equal((await report(latchwork, format?.examples[0] ?? '')).status, 202, 'an example is well-formed, and nobody’s')
    assert.equal((await toldOf(latchwork, 'key.leaked')).length, 0)
  })

  it('K15: one network may report 60 at once, then one a second; known or unknown, the limit is the same', async (t) => {
    const latchwork = await startLatchwork(t)
    const key = await makeKey(latchwork)
    const statuses: number[] = []
    for (let count = 0; count < 70; count++) statuses.push((await report(latchwork, count % 2 === 0 ? key.text : mintKey('sk', 'live', 'lw').reveal())).status)
    const passed = statuses.filter((status) => status === 202).length
    assert.ok(passed >= 60 && passed < 70, String(passed))
    const refused = await report(latchwork, key.text)
    refuses(refused, 429, 'rate_limited')
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    latchwork.advance(Number(refused.headers.get('retry-after')) * 1000)
    assert.equal((await report(latchwork, key.text)).status, 202)
  })
})

describe('policy of leaks', () => {
  it('K15: by environment and kind, the last exception that fits; publishable keys and what had ended are never revoked', () => {
    const policy = {
      live: 'revoke',
      test: { revokeAfterMinutes: 30 },
      exceptions: [
        { kind: 'pat', environment: 'live', reaction: 'notify' },
        { kind: 'root_key', reaction: 'notify' },
        { kind: 'root_key', environment: 'live', reaction: { revokeAfterMinutes: 5 } },
      ],
    } as const
    const reaction = (kind: Parameters<typeof reactionTo>[1]['kind'], environment: 'live' | 'test', isAlive = true) =>
      reactionTo(policy, { kind, environment, isAlive, id: 'x' }, 1000)
    assert.deepEqual(reaction('sk', 'live'), { action: 'revoke', dueAt: 1000 })
    assert.deepEqual(reaction('sk', 'test'), { action: 'revoke', dueAt: 1000 + 30 * 60_000 })
    assert.deepEqual(reaction('pat', 'live'), { action: 'notify' })
    assert.deepEqual(reaction('pat', 'test'), { action: 'revoke', dueAt: 1000 + 30 * 60_000 })
    assert.deepEqual(reaction('root_key', 'live'), { action: 'revoke', dueAt: 1000 + 5 * 60_000 })
    assert.deepEqual(reaction('pk', 'live'), { action: 'notify' })
    assert.deepEqual(reaction('client_secret', 'live'), { action: 'notify' })
    assert.deepEqual(reaction('sk', 'live', false), { action: 'none' })
    assert.deepEqual(reactionTo(policy, { kind: 'root_key', environment: 'live', isAlive: true, isBeyondReach: true, id: 'x' }, 1000), { action: 'notify' })
    const bold = { ...policy, exceptions: [{ kind: 'client_secret', reaction: 'revoke' }] } as const
    assert.deepEqual(reactionTo(bold, { kind: 'client_secret', environment: 'live', isAlive: true, id: 'x' }, 1000), { action: 'revoke', dueAt: 1000 })
  })

  it('K15, K12: what a reporter writes beside the credential is cut, redacted and made visible before it is kept', () => {
    const credential = mintKey('sk', 'live', 'lw').reveal()
    const from = { channel: 'report', origin: { address: '192.0.2.1' }, acceptsForeign: false } as const
    const made = parseLeakReport({ credential, url: `https://x/${credential}\u202e${'y'.repeat(2000)}`, source: 'a\u0007b' }, from, 5)
    assert.ok(made?.url !== undefined && made.url.length <= 1000)
    assert.ok(!made.url.includes(credential) && !made.url.includes('\u202e'))
    assert.equal(made.source, 'a\ufffdb')
    assert.equal(made.fingerprint, `${credential.slice(0, 8)}…${credential.slice(-4)}`)
    assert.equal(parseLeakReport({ credential: `${credential}x` }, from, 5), undefined)
  })

  it('K15: a client secret is taken away where the policy says so, and a root key of the configuration is told of', async (t) => {
    const declared = mintToken('root_key')
    const latchwork = await startLatchwork(t, {
      config: {
        leaks: { exceptions: ['live client_secret revoke'] },
        rootKeys: [{ digest: digestOf(declared.reveal()), scopes: ['keys:read'], name: 'deployment' }],
      },
    })
    const made = await latchwork.call('POST', '/v1/clients', {
      bearer: latchwork.rootKey,
      body: {
        name: 'Nightly',
        redirectUris: [],
        grantTypes: ['client_credentials'],
        scopes: ['notes:read'],
        audiences: ['https://api.example.test'],
        authenticationMethod: 'client_secret_basic',
      },
    })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { secret, client } = made.body
    const token = () =>
      latchwork.form('/token', { grant_type: 'client_credentials' }, { authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}` })
    assert.equal((await token()).status, 200)
    await report(latchwork, secret)
    await until(async () => (await token()).status === 401, 'the secret is no longer good')
    const [changed] = await toldOf(latchwork, 'client.changed')
    assert.deepEqual([changed?.clientId, changed?.reason], [client.id, 'leaked'])
    await report(latchwork, declared.reveal())
    assert.equal((await told(latchwork, declared.fingerprint)).reason, 'notify')
    assert.equal((await latchwork.call('GET', '/v1/keys', { bearer: declared.reveal() })).status, 200)
  })
})
