import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { mintToken } from '@latchwork/kernel'
import { createVerifier, type IncomingRequest, type Verifier } from '@latchwork/verify'
import { claimsOf, type Device, loginCookie, refreshCookie, signInDevice } from '../kit/front-end.ts'
import { shared } from '../kit/shared.ts'
import { API, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'

const requestWith = (bearer: string): IncomingRequest => ({
  method: 'GET',
  url: '/notes',
  headers: { authorization: `Bearer ${bearer}` },
  secure: true,
  loopback: true,
})

/** The SDK of an API elsewhere: it knows the server by HTTP alone. */
async function verifierOf(t: TestContext, latchwork: Latchwork): Promise<Verifier> {
  const scopes = ['credentials:verify', 'revocations:read']
  const { body } = await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'API', scopes } })
  const verifier = createVerifier({ issuer: latchwork.issuer, audience: API, rootKey: body.secret, log: () => {}, clock: { now: latchwork.now } })
  t.after(() => verifier.close())
  await verifier.ready()
  return verifier
}

/** How long until the verifier refuses; fails after a second. */
async function refusedAfter(verifier: Verifier, bearer: string): Promise<number> {
  const began = performance.now()
  for (;;) {
    const outcome = await verifier.authenticate(requestWith(bearer)).catch((error: { readonly code: string }) => error.code)
    if (typeof outcome === 'string') {
      assert.equal(outcome, 'credential_invalid')
      return performance.now() - began
    }
    assert.ok(performance.now() - began < 1000, 'still accepted after a second')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('signing out', () => {
  const latchworkOf = shared((t) => startLatchwork(t))
  const ways: Readonly<Record<string, (latchwork: Latchwork, device: Device) => Promise<unknown>>> = {
    'by the JSON API': async (_latchwork, device) => {
      const answer = await device.post('/v1/sessions/sign-out')
      assert.equal(answer.status, 204)
      const cleared = answer.headers.getSetCookie()
      assert.equal(cleared.length, 2)
      for (const line of cleared)
        assert.match(line, /^__Host-lw_(login|refresh)=; Max-Age=0; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=(Lax|Strict)$/)
    },
    'by the page': async (latchwork, { browser }) => {
      const page = await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
      assert.equal(page.status, 200)
      assert.deepEqual([browser.cookies.has(loginCookie), browser.cookies.has(refreshCookie)], [false, false])
    },
    'by the JSON API with the refresh cookie alone': async (latchwork, device) => {
      const headers = { cookie: `${refreshCookie}=${device.refreshToken()}`, origin: latchwork.issuer }
      assert.equal((await latchwork.call('POST', '/v1/sessions/sign-out', { headers })).status, 204)
    },
  }
  for (const [way, signOut] of Object.entries(ways)) {
    it(`J7 K10 5.5: ${way}: access token refused at a verifier elsewhere at once, refresh token over, the other device goes on`, async (t) => {
      const latchwork = latchworkOf()
      const verifier = await verifierOf(t, latchwork)
      const device = await signInDevice(latchwork)
      const other = await signInDevice(latchwork, device.email)
      const refreshToken = device.refreshToken()
      const principal = await verifier.authenticate(requestWith(device.accessToken), { scopes: ['notes:read'] })
      assert.equal(principal.mechanism, 'session')
      assert.equal(principal.sessionId, claimsOf(device.accessToken).sid)
      assert.equal(principal.userId, claimsOf(device.accessToken).sub)
      await signOut(latchwork, device)
      const took = await refusedAfter(verifier, device.accessToken)
      t.diagnostic(`refused after ${took.toFixed(1)} ms`)
      const again = await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${refreshToken}` } })
      assert.equal(again.status, 400)
      assert.equal(again.body.code, 'refresh_unknown')
      assert.equal((await verifier.authenticate(requestWith(other.accessToken))).mechanism, 'session')
      assert.equal((await other.post('/v1/sessions/refresh')).status, 200)
      const { items } = (await latchwork.call('GET', `/v1/events?type=session.ended&userId=${principal.userId}`, { bearer: latchwork.rootKey })).body
      assert.deepEqual(
        items.map((event: { sessionId: string; reason: string }) => [event.sessionId, event.reason]),
        [[principal.sessionId, 'signed_out']],
      )
    })
  }

  it('J7: the verifier that comes later knows it too, and so does the one that was away', async (t) => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    await device.post('/v1/sessions/sign-out')
    const verifier = await verifierOf(t, latchwork)
    await assert.rejects(verifier.authenticate(requestWith(device.accessToken)), { code: 'credential_invalid' })
  })

  it('J7 2.4: a replayed refresh token ends the access tokens of its family at the verifier, and no others', async (t) => {
    const latchwork = latchworkOf()
    const verifier = await verifierOf(t, latchwork)
    const device = await signInDevice(latchwork)
    const other = await signInDevice(latchwork, device.email)
    const old = device.refreshToken()
    const second = (await device.post('/v1/sessions/refresh')).body.accessToken
    for (const token of [device.accessToken, second]) await verifier.authenticate(requestWith(token))
    await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${old}` } })
    for (const token of [device.accessToken, second]) await refusedAfter(verifier, token)
    await verifier.authenticate(requestWith(other.accessToken))
  })

  it('J7: signing out twice, or without a session, is quiet and ends nothing', async () => {
    const latchwork = latchworkOf()
    const device = await signInDevice(latchwork)
    const head = await latchwork.server.installation.store.feed.head()
    for (const cookie of ['', `${loginCookie}=junk`, `${refreshCookie}=${mintToken('refresh_token').reveal()}`])
      assert.equal((await latchwork.call('POST', '/v1/sessions/sign-out', { headers: { cookie } })).status, 204)
    assert.equal(await latchwork.server.installation.store.feed.head(), head)
    assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
  })
})
