import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { claimsOf, signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { API, refuses, startLatchwork } from '../kit/start-latchwork.ts'

describe('the access token of a session', () => {
  const latchworkOf = shared((t) => startLatchwork(t))

  it('J1 J3 J4: jose verifies it from /jwks: ES256, typ, issuer, audience, ten minutes', async () => {
    const latchwork = latchworkOf()
    const { accessToken, email } = await signInDevice(latchwork)
    const keys = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(accessToken, keys, {
      algorithms: ['ES256'],
      typ: 'session+jwt',
      issuer: latchwork.issuer,
      audience: API,
      requiredClaims: ['sub', 'iat', 'exp', 'jti', 'sid', 'auth_time', 'scope'],
    })
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600)
    assert.equal(protectedHeader.alg, 'ES256')
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ'])
    assert.equal(payload['scope'], 'notes:read notes:write')
    assert.ok(!JSON.stringify(payload).includes(email), 'J8: identity by id, nothing that need not be there')
    await assert.rejects(jwtVerify(accessToken, keys, { typ: 'JWT' }), 'it is no ID token')
  })

  it('J2: /jwks holds public halves only, one key per algorithm, each with kid, use and alg', async () => {
    const latchwork = latchworkOf()
    const { body, headers } = await latchwork.call('GET', '/jwks')
    assert.match(headers.get('cache-control') ?? '', /^public, max-age=\d+$/)
    assert.deepEqual(body.keys.map((key: { alg: string }) => key.alg).sort(), ['ES256', 'RS256'])
    for (const key of body.keys) {
      assert.deepEqual(
        ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter((member) => member in key),
        [],
      )
      assert.equal(key.use, 'sig')
      assert.equal(key.kid.length, 43)
    }
    assert.equal(new Set(body.keys.map((key: { kid: string }) => key.kid)).size, 2)
  })

  it('J1: a token of one server is nothing at another', async (t) => {
    const { accessToken } = await signInDevice(latchworkOf())
    const other = await startLatchwork(t)
    await assert.rejects(jwtVerify(accessToken, createLocalJWKSet((await other.call('GET', '/jwks')).body)))
    refuses(await other.call('GET', '/v1/keys', { bearer: accessToken }), 401, 'credential_invalid')
  })

  it('J4: a lifetime over 15 minutes is refused at start without a reason', async (t) => {
    await assert.rejects(startLatchwork(t, { config: { sessions: { accessTokenLifetimeSeconds: 901 } } }), /sessions\.accessTokenLifetimeSeconds/)
    const reason = { sessions: { accessTokenLifetimeSeconds: 1800, unsafeLongAccessTokens: { reason: 'a kiosk that is offline for long' } } }
    const latchwork = await startLatchwork(t, { config: reason })
    assert.match(latchwork.server.warnings.join(), /1800 seconds.*kiosk/)
    const { accessToken } = await signInDevice(latchwork)
    const { exp, iat } = claimsOf(accessToken)
    assert.equal(exp - iat, 1800)
    assert.equal(decodeProtectedHeader(accessToken).alg, 'ES256')
  })
})
