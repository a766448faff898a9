import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorize, redeem } from '../kit/authorize.ts'
import { claimsOf, type Device, signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { type Answer, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { DAY, eventsOf, HOUR, known, make, works } from './calls.ts'

const iso = (time: number): string => new Date(time).toISOString()

describe('/v1/me/tokens', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  function as(device: Pick<Device, 'accessToken'>, method: string, path = '', body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return latchworkOf().call(method, `/v1/me/tokens${path}`, { bearer: device.accessToken, headers, ...(body === undefined ? {} : { body }) })
  }
  const wanted = (more: object = {}) => ({ name: 'Laptop', scopes: ['notes:read'], expiresAt: iso(latchworkOf().now() + 30 * DAY), ...more })
  async function made(device: Device, more: object = {}) {
    const answer = await as(device, 'POST', '', wanted(more))
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const countOf = async (latchwork: Latchwork) => (await latchwork.server.installation.store.apiKeys.listKeys({ limit: 100, kind: 'pat' })).items.length

  it('K18: a person makes, sees, rolls and revokes their tokens by the token of their session', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const { sub } = claimsOf(device.accessToken)
    const { key, secret } = await made(device, { networks: ['192.0.2.0/24'] })
    assert.match(secret, /^pat_live_lw_[0-9A-Za-z]{49}$/)
    assert.deepEqual([key.userId, key.kind, key.scopes, key.networks], [sub, 'pat', ['notes:read'], ['192.0.2.0/24']])
    assert.equal((await known(latchwork, secret)).record.principal.subject, sub)

    const listed = await as(device, 'GET')
    assert.deepEqual([listed.status, listed.body.items.map(({ id }: { readonly id: string }) => id)], [200, [key.id]])
    assert.ok(!JSON.stringify(listed.body).includes(secret.slice(12, 40)))
    assert.equal((await as(device, 'GET', `/${key.id}`)).body.fingerprint, key.fingerprint)

    const rolled = await as(device, 'POST', `/${key.id}/roll`, { overlapSeconds: 3600 })
    assert.deepEqual([rolled.status, rolled.body.key.networks, rolled.body.replaced.replacedBy], [201, key.networks, rolled.body.key.id])
    assert.deepEqual([await works(latchwork, secret), await works(latchwork, rolled.body.secret)], [true, true])
    assert.equal((await as(device, 'DELETE', `/${rolled.body.key.id}`)).status, 204)
    assert.equal(await works(latchwork, rolled.body.secret), false)
    assert.deepEqual(await eventsOf(latchwork, rolled.body.key.id), ['key.created', 'key.revoked'])
  })

  it('K18: a token has an end, a year ahead at most, and a name', async () => {
    const device = await signInDevice(latchworkOf())
    const { expiresAt: _, ...endless } = wanted()
    refuses(await as(device, 'POST', '', endless), 400, 'request_malformed')
    refuses(await as(device, 'POST', '', wanted({ expiresAt: iso(latchworkOf().now() + 365 * DAY + HOUR) })), 400, 'key_invalid', /365 days/)
    refuses(await as(device, 'POST', '', wanted({ expiresAt: iso(latchworkOf().now() - 1) })), 400, 'key_invalid', /future/)
    refuses(await as(device, 'POST', '', wanted({ expiresAt: 'tomorrow' })), 400, 'request_malformed')
    refuses(await as(device, 'POST', '', wanted({ name: ' ' })), 400, 'key_invalid')
    assert.deepEqual((await as(device, 'GET')).body.items, [])
  })

  it('K18 7.2: whose a token is, and what only an operator sets, cannot be said in the body', async () => {
    const latchwork = latchworkOf()
    const [ada, bob] = [await signInDevice(latchwork), await signInDevice(latchwork)]
    const userId = claimsOf(bob.accessToken).sub
    const before = await countOf(latchwork)
    refuses(await latchwork.call('POST', '/v1/me/tokens', { body: wanted({ userId }) }), 401, 'credential_missing')
    const beyond = [{ userId }, { accountId: 'acc_test' }, { kind: 'sk' }, { environment: 'test' }, { roles: ['x'] }, { credits: { remaining: 5 } }]
    const operators = [
      ...beyond,
      { limits: [{ name: 'a', count: 1, periodSeconds: 1 }] },
      { notBefore: iso(latchwork.now()) },
      { id: 'key_1' },
      { createdBy: userId },
    ]
    for (const more of operators) refuses(await as(ada, 'POST', '', wanted(more)), 400, 'request_malformed')
    assert.equal(await countOf(latchwork), before)
  })

  it('K7 K18 7.3: a token never has more than its person', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    for (const scope of ['*:*', 'admin:write', 'notes:*', 'keys:write']) {
      refuses(await as(device, 'POST', '', wanted({ scopes: ['notes:read', scope] })), 403, 'scope_exceeds_maker')
    }
    assert.deepEqual((await as(device, 'GET')).body.items, [])
  })

  it('K18 4.9: the token of a session alone opens it: no other credential, and no session that has ended', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const { secret: token } = await made(device)
    const { secret: key } = await make(latchwork, 'acc_test', { kind: 'rk', scopes: ['*:*'] })
    const granted = (await redeem(latchwork, await authorize(latchwork))).body
    for (const bearer of [token, key, latchwork.rootKey, granted.access_token, granted.refresh_token, granted.id_token])
      for (const [method, path] of [
        ['GET', ''],
        ['POST', ''],
        ['DELETE', '/key_1'],
        ['POST', '/key_1/roll'],
      ] as const)
        refuses(await latchwork.call(method, `/v1/me/tokens${path}`, { bearer }), 401, 'credential_invalid')
    const cookies = [...device.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    refuses(
      await latchwork.call('POST', '/v1/me/tokens', { headers: { cookie: cookies, origin: latchwork.issuer }, body: wanted() }),
      401,
      'credential_missing',
    )
    await device.post('/v1/sessions/sign-out')
    const before = await countOf(latchwork)
    refuses(await as(device, 'POST', '', wanted()), 401, 'credential_invalid')
    assert.deepEqual([await countOf(latchwork), await works(latchwork, token)], [before, true])
  })

  it('K18: another person’s token, and a key that is none, are not there', async () => {
    const latchwork = latchworkOf()
    const [ada, bob] = [await signInDevice(latchwork), await signInDevice(latchwork)]
    const theirs = await made(bob)
    const own = await made(ada)
    const plain = await make(latchwork, claimsOf(ada.accessToken).account_id, { kind: 'rk' })
    for (const id of [theirs.key.id, plain.key.id, 'key_none']) {
      refuses(await as(ada, 'GET', `/${id}`), 404, 'not_found')
      refuses(await as(ada, 'DELETE', `/${id}`), 404, 'not_found')
      refuses(await as(ada, 'POST', `/${id}/roll`, {}), 404, 'not_found')
      refuses(await as(ada, 'POST', `/${own.key.id}/roll`, { end: id }), 404, 'not_found')
    }
    for (const secret of [theirs.secret, own.secret, plain.secret]) assert.equal(await works(latchwork, secret), true)
    assert.equal((await as(ada, 'GET', `/${own.key.id}`)).body.replacedBy, undefined)
  })

  it('K18 R1: a call that is sent again makes one token; 100 tokens at most', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const body = wanted()
    const answers = await Promise.all(Array.from({ length: 20 }, () => as(device, 'POST', '', body, { 'idempotency-key': 'one' })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    assert.deepEqual([new Set(answers.map((answer) => answer.body.key.id)).size, answers.filter((answer) => answer.body.secret !== undefined).length], [1, 1])
    const outcomes = await Promise.all(Array.from({ length: 105 }, () => as(device, 'POST', '', body)))
    assert.equal(outcomes.filter(({ status }) => status === 201).length, 99)
    refuses(await as(device, 'POST', '', body), 409, 'key_limit_reached')
  })
})
