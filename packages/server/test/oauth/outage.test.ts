/** The database gone: every endpoint says so, with 503, and nobody is taken for a stranger; all comes back by itself (R3). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startProxy } from '@latchwork/store/test-proxy'
import { authorizationUrl, authorize, basic, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnPostgres } from '../kit/each-engine.ts'
import type { Answer } from '../kit/start-latchwork.ts'

describeOnPostgres('OAuth while the database is away', (start, databaseUrl) => {
  it('R3 O4 O9: 503 with Retry-After, never 401, never active:false, nothing used up; then all works again', async (t) => {
    const proxy = await startProxy(databaseUrl())
    t.after(proxy.close)
    const latchwork = await start(t, { postgres: proxy.url, waitSeconds: 2 })
    const browser = await signUp(latchwork)
    const { body: tokens } = await redeem(latchwork, await authorize(latchwork, {}, browser))
    const { body: never } = await redeem(latchwork, await authorize(latchwork, {}, browser)) // not yet seen by any cache
    const code = await authorize(latchwork, {}, browser)
    const attempts: Readonly<Record<string, () => Promise<Answer>>> = {
      redeem: () => redeem(latchwork, code),
      refresh: () => refresh(latchwork, tokens.refresh_token),
      'client credentials': () => latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine')),
      'a wrong secret': () => latchwork.form('/token', { grant_type: 'client_credentials' }, { authorization: 'Basic bWFjaGluZTp4' }),
      introspect: () => latchwork.form('/introspect', { token: tokens.access_token }, basic('app')),
      revoke: () => latchwork.form('/revoke', { token: tokens.refresh_token }, basic('app')),
      userinfo: () => latchwork.call('GET', '/userinfo', { bearer: never.access_token }),
    }
    await proxy.cut()
    for (const [title, attempt] of Object.entries(attempts)) {
      const { status, headers, body } = await attempt()
      assert.deepEqual([status, body.error, headers.get('retry-after') !== null], [503, 'temporarily_unavailable', true], `${title}: ${JSON.stringify(body)}`)
      assert.equal(headers.get('www-authenticate'), null, title)
    }
    const page = await browser.get(authorizationUrl(latchwork).url)
    assert.deepEqual([page.status, page.location, page.headers.get('retry-after') !== null], [503, undefined, true])
    assert.equal((await latchwork.call('GET', '/jwks')).status, 200, 'what needs no database goes on')

    await proxy.restore()
    for (let patience = 100; (await attempts['introspect']?.())?.status === 503; patience--) assert.ok(patience > 0, 'the database is back')
    assert.equal((await redeem(latchwork, code)).status, 200, 'the code was not used up')
    assert.equal((await refresh(latchwork, tokens.refresh_token)).status, 200, 'nor the refresh token, nor was its grant revoked')
    assert.ok(await isActive(latchwork, never.access_token))
    assert.equal((await latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine'))).status, 200)
  })
})
