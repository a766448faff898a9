import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorize, basic, isActive, redeem, refresh } from '../kit/authorize.ts'
import { refuses, startLatchwork } from '../kit/start-latchwork.ts'

describe('POST /token, grant_type=authorization_code', () => {
  it('O1 O5: the whole code flow: sign-up, consent, code, tokens, UserInfo (RFC 6749 §4.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork, { scope: 'openid email notes:read offline_access' })
    assert.equal(authorization.state, 'the state')
    assert.equal(authorization.response.get('iss'), latchwork.issuer)
    const answer = await redeem(latchwork, authorization)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    assert.equal(answer.body.token_type, 'Bearer')
    assert.equal(answer.body.scope, 'openid email notes:read offline_access')
    const info = await latchwork.call('GET', '/userinfo', { bearer: answer.body.access_token })
    assert.equal(info.body.email, 'ada@example.com')
    const refreshed = await refresh(latchwork, answer.body.refresh_token)
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body))
  })

  it('O1: the verifier and challenge of RFC 7636 appendix B belong together, and no neighbour of the verifier does', async (t) => {
    const latchwork = await startLatchwork(t)
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const code = { ...(await authorize(latchwork, { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' })), verifier }
    for (const wrong of [`${verifier}=`, verifier.toLowerCase(), `${verifier.slice(0, -1)}${verifier.endsWith('l') ? 'm' : 'l'}`, code.code])
      refuses(await redeem(latchwork, { ...code, verifier: wrong }), 400, 'invalid_grant')
    assert.equal((await redeem(latchwork, code)).status, 200)
  })

  it('O4: ends the grant when a code is replayed (RFC 6749 §4.1.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork)
    const first = await redeem(latchwork, authorization)
    assert.ok(await isActive(latchwork, first.body.access_token))
    refuses(await redeem(latchwork, authorization), 400, 'invalid_grant', /already used/)
    assert.equal(await isActive(latchwork, first.body.access_token), false)
    refuses(await refresh(latchwork, first.body.refresh_token), 400, 'invalid_grant')
  })

  it('O4: a stranger who holds a code can neither use it nor burn it', async (t) => {
    const latchwork = await startLatchwork(t)
    const authorization = await authorize(latchwork)
    const { code, redirectUri } = authorization
    refuses(
      await latchwork.form('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: 'x'.repeat(43) }, basic('app')),
      400,
      'invalid_grant',
    )
    refuses(
      await latchwork.form('/token', {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: 'x'.repeat(43),
        client_id: 'cli-app',
      }),
      400,
      'invalid_grant',
    )
    assert.equal((await redeem(latchwork, authorization)).status, 200)
  })
})
