import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { mintToken } from '@latchwork/kernel'
import { claimsOf, type Device, refreshCookie, signInDevice } from '../kit/front-end.ts'
import { onEachEngine, shared } from '../kit/shared.ts'
import { type Answer, API, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'

const refreshWith = (latchwork: Latchwork, token: string): Promise<Answer> =>
  latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${token}`, origin: latchwork.issuer } })

const eventsOf = async (latchwork: Latchwork, type: string, userId: string) =>
  (await latchwork.call('GET', `/v1/events?type=${type}&userId=${userId}`, { bearer: latchwork.rootKey })).body.items

const userOf = (device: Device): string => claimsOf(device.accessToken).sub

onEachEngine('refreshing a session', (rigOf) => {
  it('J5: every use rotates: a new token each time, the access token is of the same session', async () => {
    const device = await signInDevice(rigOf())
    const seen = new Set([device.refreshToken()])
    for (let round = 0; round < 5; round++) {
      const answer = await device.post('/v1/sessions/refresh')
      assert.equal(answer.status, 200, answer.text)
      assert.equal(claimsOf(answer.body.accessToken).sid, claimsOf(device.accessToken).sid)
      assert.notEqual(claimsOf(answer.body.accessToken).jti, claimsOf(device.accessToken).jti)
      seen.add(device.refreshToken())
    }
    assert.equal(seen.size, 6)
  })

  it('J5 2.3: an old token ends its family, with event and feed entry; the other device goes on', async () => {
    const latchwork = rigOf()
    const device = await signInDevice(latchwork)
    const other = await signInDevice(latchwork, device.email)
    const old = device.refreshToken()
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
    refuses(await refreshWith(latchwork, old), 400, 'refresh_replayed')
    const after = await device.post('/v1/sessions/refresh')
    assert.equal(after.status, 400)
    assert.equal(after.body.code, 'refresh_unknown')
    assert.equal((await other.post('/v1/sessions/refresh')).status, 200)
    const [event, ...more] = await eventsOf(latchwork, 'session.reuse_detected', userOf(device))
    assert.deepEqual(more, [])
    const { sid, grant_id: grantId, sub } = claimsOf(device.accessToken)
    assert.deepEqual(
      [event.actor.kind, event.sessionId, event.grantId, event.userId, event.reason, event.data.generation],
      ['anonymous', sid, grantId, sub, 'refresh_reuse', 0],
    )
    assert.ok(event.address)
    const entries = await latchwork.server.installation.store.feed.read(0, 1000)
    assert.equal(entries.filter(({ lifeline }) => lifeline === `grant:${grantId}`).length, 1)
    refuses(await refreshWith(latchwork, old), 400, 'refresh_unknown')
    assert.equal((await eventsOf(latchwork, 'session.reuse_detected', userOf(device))).length, 1, 'a second replay ends nothing and says so once')
  })

  it('J5 2.7: a refresh that loses carries no Set-Cookie, so that it cannot take the winner’s away', async () => {
    const latchwork = rigOf()
    const device = await signInDevice(latchwork)
    const old = device.refreshToken()
    await device.post('/v1/sessions/refresh')
    const losers = [old, old, mintToken('refresh_token').reveal(), 'junk', '']
    for (const token of losers) {
      const answer = await refreshWith(latchwork, token)
      assert.ok(answer.status === 400 || answer.status === 401, `${answer.status}`)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
  })

  it('R1 2.1: 100 parallel refreshes of one token: one 200, no 5xx, and the family has ended', async () => {
    const latchwork = rigOf()
    const device = await signInDevice(latchwork)
    const token = device.refreshToken()
    const answers = await Promise.all(Array.from({ length: 100 }, () => refreshWith(latchwork, token)))
    const counts = Object.groupBy(answers, ({ status }) => status)
    assert.deepEqual(Object.keys(counts), ['200', '400'], JSON.stringify(answers.find(({ status }) => status >= 500)?.body))
    assert.equal(counts[200]?.length, 1)
    assert.equal(answers.filter(({ headers }) => headers.getSetCookie().length > 0).length, 1)
    const successor = /__Host-lw_refresh=([^;]+)/.exec(counts[200]?.[0]?.headers.get('set-cookie') ?? '')?.[1] ?? ''
    refuses(await refreshWith(latchwork, successor), 400, 'refresh_unknown')
    assert.equal((await eventsOf(latchwork, 'session.reuse_detected', userOf(device))).length, 1)
  })
})

describe('refresh tokens in the wrong hands', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('V1 4.4: every other kind of credential in the refresh cookie is refused as unknown', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const kinds = ['access_token', 'authorization_code', 'client_secret', 'root_key', 'login_session', 'one_time_link', 'device_code'] as const
    const tokens = [
      ...kinds.map((kind) => mintToken(kind).reveal()),
      latchwork.rootKey,
      device.browser.cookies.get('__Host-lw_login') ?? '',
      device.accessToken,
    ]
    for (const token of tokens) refuses(await refreshWith(latchwork, token), 400, 'refresh_unknown')
    for (const cut of [1, 10, 49]) refuses(await refreshWith(latchwork, device.refreshToken().slice(0, -cut)), 400, 'refresh_unknown')
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
  })

  it('J5: no cookie: 401; the cookie twice: 400', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    refuses(await latchwork.call('POST', '/v1/sessions/refresh'), 401, 'session_ended')
    const cookie = `${refreshCookie}=${device.refreshToken()}; ${refreshCookie}=${device.refreshToken()}`
    refuses(await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie } }), 400, 'request_malformed', /twice/)
    const beside = `x${refreshCookie}=other; ${refreshCookie}=${device.refreshToken()}; a=b`
    assert.equal(
      (await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: beside } })).status,
      200,
      'a cookie of a similar name is another cookie',
    )
  })

  it('J5: a session’s token is not taken at /token, nor a client’s in the cookie', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const answer = await latchwork.form('/token', { grant_type: 'refresh_token', refresh_token: device.refreshToken(), client_id: 'cli-app' })
    refuses(answer, 400, 'invalid_grant')
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
  })

  it('J5 O10: carries no scope that the configuration has taken from your own front ends since the sign-in, and is for the APIs of now', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'latchwork-'))
    t.after(() => rm(data, { recursive: true, force: true }))
    const before = await startLatchwork(t, { data })
    const device = await signInDevice(before)
    assert.equal(claimsOf(device.accessToken).scope, 'notes:read notes:write')
    await before.stop()
    const scopes = [{ name: 'notes:read', description: 'Read your notes' }]
    const api = (identifier: string) => ({ identifier, name: identifier, firstParty: true, scopes })
    const apis = [api('https://new.example.test'), api(API)]
    await startLatchwork(t, { data, http: { port: Number(new URL(before.issuer).port) }, config: { issuer: before.issuer, apis, clients: [] } })
    const { body } = await device.post('/v1/sessions/refresh')
    assert.deepEqual([claimsOf(body.accessToken).scope, claimsOf(body.accessToken).aud], ['notes:read', ['https://new.example.test', API]])
  })

  it('J5 R5: idle for 30 days, or 90 days old however much used: over', async (t) => {
    const latchwork = await startLatchwork(t)
    const day = 24 * 60 * 60 * 1000
    const idle = await signInDevice(latchwork)
    const used = await signInDevice(latchwork, idle.email)
    for (let round = 0; round < 3; round++) {
      latchwork.advance(29 * day)
      assert.equal((await used.post('/v1/sessions/refresh')).status, 200, `round ${round}`)
    }
    refuses(await refreshWith(latchwork, idle.refreshToken()), 400, 'refresh_expired')
    latchwork.advance(3.1 * day)
    refuses(await refreshWith(latchwork, used.refreshToken()), 400, 'refresh_expired')
  })
})
