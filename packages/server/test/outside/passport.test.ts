/** passport-openidconnect in an Express application, in a process of its own: it knows no PKCE and no discovery, so it lives under `oidc-compat`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { person, signUp } from '../kit/authorize.ts'
import { API, freePort, type Latchwork, startLatchwork } from '../kit/start-latchwork.ts'
import { sentTo, webBrowser } from '../kit/web-browser.ts'

const APP = fileURLToPath(new URL('passport-app.js', import.meta.url))

async function startApp(
  t: TestContext,
  latchwork: Latchwork,
  profile: 'oidc-compat' | 'oauth21',
): Promise<{ readonly origin: string; readonly clientId: string }> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const body = {
    name: 'Express',
    redirectUris: [`${origin}/callback`],
    scopes: ['openid', 'profile', 'email'],
    audiences: [API],
    authenticationMethod: 'client_secret_post',
    profile,
  }
  const made = await latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const clientId: string = made.body.client.id
  const env = { PATH: process.env['PATH'], ISSUER: latchwork.issuer, CLIENT_ID: clientId, CLIENT_SECRET: made.body.secret, PORT: String(port) }
  const app = spawn(process.execPath, ['--no-deprecation', APP], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    if (app.exitCode === null && app.kill()) await once(app, 'exit')
  })
  await once(app.stdout, 'data')
  return { origin, clientId }
}

describe('passport-openidconnect in an Express application', () => {
  it('O1 O6 O14: from sign-in to the claims of UserInfo, with state, nonce and max_age', async (t) => {
    const latchwork = await startLatchwork(t, { config: { oauth: { profiles: ['oidc-compat'] } } })
    const { origin } = await startApp(t, latchwork, 'oidc-compat')
    const [app, issuer] = [webBrowser(), await signUp(latchwork)]
    const request = sentTo(await app.open(`${origin}/me`), `${latchwork.issuer}/authorize?`)
    assert.doesNotMatch(request, /code_challenge/)
    const allowed = await issuer.submit(await issuer.open(request), 'consent-allow')
    const me = await app.open(sentTo(allowed, `${origin}/callback?`))
    assert.equal(me.status, 200, me.text)
    const profile = JSON.parse(me.text)
    assert.match(profile.id, /^usr_/)
    assert.deepEqual([profile.displayName, profile.emails], [person.name, [{ value: person.email }]])
  })

  it('O2: without the profile it is told what is missing, at its callback (RFC 9700 §2.1.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { origin } = await startApp(t, latchwork, 'oauth21')
    const [app, issuer] = [webBrowser(), await signUp(latchwork)]
    const back = await issuer.open(sentTo(await app.open(`${origin}/sign-in`), `${latchwork.issuer}/authorize?`))
    const told = JSON.parse((await app.open(sentTo(back, `${origin}/callback?error=invalid_request`))).text)
    assert.deepEqual([told.name, told.code], ['AuthorizationError', 'invalid_request'])
    assert.match(told.message, /code_challenge/)
  })
})
