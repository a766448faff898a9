/** Devices and sign-outs as clients see them that were written elsewhere. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { allow, authorizationUrl, signUp } from '../kit/authorize.ts'
import { enterCode } from '../kit/device.ts'
import { type Latchwork, startLatchwork, testClients } from '../kit/start-latchwork.ts'

const SCOPE = 'openid notes:read offline_access'
const insecure = { [oauth.allowInsecureRequests]: true } as const

async function sayYes(latchwork: Latchwork, userCode: string): Promise<void> {
  const browser = await signUp(latchwork)
  const done = await browser.submit(await enterCode(latchwork, browser, userCode), 'consent-allow')
  assert.match(done.text, /connected/)
}

describe('openid-client', () => {
  const configurationOf = (latchwork: Latchwork, clientId: string) =>
    openid.discovery(new URL(latchwork.issuer), clientId, undefined, openid.None(), {
      execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
    })

  it('O2: polls a device authorization to its tokens, ID token checked', async (t) => {
    const latchwork = await startLatchwork(t)
    const configuration = await configurationOf(latchwork, testClients.television.id)
    const device = await openid.initiateDeviceAuthorization(configuration, { scope: SCOPE })
    await sayYes(latchwork, device.user_code)
    const tokens = await openid.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.05 })
    assert.equal(tokens.scope, SCOPE)
    const subject = tokens.claims()?.sub ?? assert.fail('an ID token')
    assert.equal((await openid.fetchUserInfo(configuration, tokens.access_token, subject)).sub, subject)
    assert.ok((await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '')).access_token)
  })

  it('O16: builds the address of a sign-out that needs no question', async (t) => {
    const settings = { postLogoutRedirectUris: ['http://127.0.0.1:9/bye'] }
    const latchwork = await startLatchwork(t, { config: { clients: [{ ...testClients.public, settings }] } })
    const configuration = await configurationOf(latchwork, testClients.public.id)
    const browser = await signUp(latchwork)
    const callback = 'http://127.0.0.1:4711/cb'
    const { url, verifier } = authorizationUrl(latchwork, { client_id: testClients.public.id, redirect_uri: callback })
    const back = await allow(browser, url)
    const checks = { pkceCodeVerifier: verifier, expectedState: 'the state', expectedNonce: 'the nonce' }
    const tokens = await openid.authorizationCodeGrant(configuration, back, checks)
    const parameters = { post_logout_redirect_uri: 'http://127.0.0.1:9/bye', id_token_hint: tokens.id_token ?? '', state: 'x' }
    const gone = await browser.get(openid.buildEndSessionUrl(configuration, parameters).href)
    assert.equal(gone.location, 'http://127.0.0.1:9/bye?state=x')
    assert.equal((await browser.get(`${latchwork.issuer}/account`)).status, 303)
  })
})

describe('oauth4webapi', () => {
  it('O2: reads every answer of the device grant: pending, slow_down, tokens', async (t) => {
    const latchwork = await startLatchwork(t)
    const issuer = new URL(latchwork.issuer)
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
    const client: oauth.Client = { client_id: testClients.television.id }
    const started = await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: SCOPE }, insecure)
    const device = await oauth.processDeviceAuthorizationResponse(server, client, started)
    const poll = async () =>
      oauth.processDeviceCodeResponse(server, client, await oauth.deviceCodeGrantRequest(server, client, oauth.None(), device.device_code, insecure))
    for (const error of ['authorization_pending', 'slow_down']) await assert.rejects(poll, { error, status: 400 })
    await sayYes(latchwork, device.user_code)
    const tokens = await poll()
    assert.equal(tokens.token_type, 'bearer')
    assert.ok(oauth.getValidatedIdTokenClaims(tokens)?.sub)
    await assert.rejects(poll, { error: 'invalid_grant' })
  })
})
