/** The profile `oidc-compat`: for confidential clients of older libraries, off until the operator enables it (O1's exception). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { ConfigurationError, loadConfig } from '@latchwork/server/config'
import { allow, authorizationUrl, authorize, basic, redeem, signUp } from '../kit/authorize.ts'
import { declaredClients, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const old = { ...testClients.web, id: 'old', profile: 'oidc-compat', secretDigests: [digestOf(testSecret)] }
const config = { clients: [...declaredClients, old], oauth: { profiles: ['oidc-compat'] } }
const noPkce = { client_id: 'old', code_challenge: undefined, code_challenge_method: undefined }

describe('oidc-compat', () => {
  it('O1: is refused unless enabled, and to public clients always', async (t) => {
    await assert.rejects(startLatchwork(t, { config: { clients: [old] } }), /oidc-compat/)
    const open = { ...testClients.public, profile: 'oidc-compat' }
    await assert.rejects(startLatchwork(t, { config: { clients: [open], oauth: { profiles: ['oidc-compat'] } } }), /confidential/)
    const latchwork = await startLatchwork(t)
    const answer = await latchwork.call('POST', '/v1/clients', {
      bearer: latchwork.rootKey,
      body: { name: 'x', profile: 'oidc-compat', redirectUris: ['https://a.test/'] },
    })
    refuses(answer, 400, 'client_invalid', /not enabled/)
  })

  it('O1: the start says that it is on', async () => {
    const { warnings } = await loadConfig({ given: { oauth: { profiles: ['oidc-compat'] } }, env: {}, flags: {} })
    assert.match(warnings.join('\n'), /oidc-compat/)
    await assert.rejects(loadConfig({ given: { oauth: { profiles: ['lax'] } }, env: {}, flags: {} }), ConfigurationError)
    await assert.rejects(loadConfig({ given: { registration: { profile: 'oidc-compat' } }, env: {}, flags: {} }), ConfigurationError)
  })

  it('O1 3.5: PKCE may be absent; a verifier is then refused, and no other client may do without', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    const code = await authorize(latchwork, noPkce, browser)
    const post = { grant_type: 'authorization_code', code: code.code, redirect_uri: code.redirectUri }
    refuses(await latchwork.form('/token', { ...post, code_verifier: code.verifier }, basic('old')), 400, 'invalid_grant')
    refuses(await latchwork.form('/token', { ...post, redirect_uri: '' }, basic('old')), 400, 'invalid_request', /redirect_uri/) // RFC 6749 §4.1.3
    refuses(await latchwork.form('/token', { ...post, redirect_uri: `${code.redirectUri}/` }, basic('old')), 400, 'invalid_grant')
    assert.equal((await latchwork.form('/token', post, basic('old'))).status, 200, 'the wrong try has burnt nothing')
    const target = await allow(browser, authorizationUrl(latchwork, { ...noPkce, client_id: 'app' }).url)
    assert.equal(target.searchParams.get('error'), 'invalid_request')
  })

  it('O1 3.5: a challenge that is sent binds; half of one is refused', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const browser = await signUp(latchwork)
    const code = await authorize(latchwork, { client_id: 'old' }, browser)
    refuses(
      await latchwork.form('/token', { grant_type: 'authorization_code', code: code.code, redirect_uri: code.redirectUri }, basic('old')),
      400,
      'invalid_request',
    )
    refuses(await redeem(latchwork, code, { code_verifier: 'x'.repeat(43) }, basic('old')), 400, 'invalid_grant')
    assert.equal((await redeem(latchwork, code, {}, basic('old'))).status, 200)
    for (const half of [
      { code_challenge_method: 'S256' },
      { code_challenge: 'x'.repeat(43) },
      { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' },
    ]) {
      const target = await allow(browser, authorizationUrl(latchwork, { ...noPkce, ...half }).url)
      assert.equal(target.searchParams.get('error'), 'invalid_request', JSON.stringify(half))
    }
  })

  it('O1 5.2: what was let pass is looked at again at redemption', async (t) => {
    const latchwork = await startLatchwork(t, { config })
    const code = await authorize(latchwork, noPkce)
    const strict = await latchwork.call('PATCH', '/v1/clients/old', { bearer: latchwork.rootKey, body: { profile: 'oauth21' } })
    assert.equal(strict.status, 200)
    refuses(
      await latchwork.form('/token', { grant_type: 'authorization_code', code: code.code, redirect_uri: code.redirectUri }, basic('old')),
      400,
      'invalid_grant',
    )
  })
})

describe('state', () => {
  it('O5: a client can be held to sending it', async (t) => {
    const careful = { ...old, id: 'careful', profile: 'oauth21', settings: { requireState: true } }
    const latchwork = await startLatchwork(t, { config: { clients: [careful] } })
    const browser = await signUp(latchwork)
    const without = await allow(browser, authorizationUrl(latchwork, { client_id: 'careful', state: undefined }).url)
    assert.deepEqual([without.searchParams.get('error'), without.searchParams.get('iss')], ['invalid_request', latchwork.issuer])
    const sent = await allow(browser, authorizationUrl(latchwork, { client_id: 'careful', state: 'x' }).url)
    assert.equal(sent.searchParams.get('state'), 'x')
    assert.ok(sent.searchParams.get('code'))
  })
})
