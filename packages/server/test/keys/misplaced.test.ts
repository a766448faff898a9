import assert from 'node:assert/strict'
import { it } from 'node:test'
import { authorizationUrl, person, signUp } from '../kit/authorize.ts'
import { onEachEngine } from '../kit/shared.ts'
import { refuses } from '../kit/start-latchwork.ts'
import { asRoot, make, newAccount } from './calls.ts'

onEachEngine('a key in the wrong place', (rigOf) => {
  it('K3 R8: a key that stands where a name or a scope belongs is refused, and written down nowhere', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { key, secret } = await make(latchwork, accountId, { kind: 'rk' })
    const ask = (more: object) => asRoot(latchwork, 'POST', '/v1/keys', { accountId, kind: 'rk', name: 'x', scopes: [], ...more })
    refuses(await ask({ name: secret }), 400, 'key_invalid', /no credential/)
    refuses(await ask({ name: `was ${secret}` }), 400, 'key_invalid')
    refuses(await ask({ scopes: [secret] }), 400, 'scope_invalid', /Replace it/)
    refuses(await asRoot(latchwork, 'PATCH', `/v1/keys/${key.id}`, { name: secret }), 400, 'key_invalid')
    refuses(await asRoot(latchwork, 'POST', '/v1/accounts', { name: secret }), 400, 'request_malformed')
    assert.ok(!(await latchwork.dump()).includes(secret.slice(11, 54)))
  })

  it('K3 R8: nor where a person, an application or a call is named', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { secret } = await make(latchwork, accountId, { kind: 'rk' })
    const client = (more: object) => asRoot(latchwork, 'POST', '/v1/clients', { name: 'x', redirectUris: ['https://app.example.test/cb'], ...more })
    refuses(await client({ name: `was ${secret}` }), 400, 'client_invalid', /Replace it/)
    refuses(await client({ redirectUris: [`https://app.example.test/cb/${secret}`] }), 400, 'client_invalid')
    refuses(await client({ settings: { contacts: [secret] } }), 400, 'client_invalid')
    for (const name of ['\u200b', '\u3164\u200d', '\u202e \u2066']) refuses(await client({ name }), 400, 'client_invalid', /can be seen/)
    const signUp = (more: object) =>
      latchwork.call('POST', '/v1/sessions/sign-up', {
        headers: { origin: latchwork.issuer },
        body: { email: 'misplaced@example.com', password: 'correct horse battery staple', ...more },
      })
    refuses(await signUp({ name: secret }), 400, 'request_malformed')
    refuses(await signUp({ email: `${secret}@example.com` }), 400, 'identifier_invalid')
    refuses(await asRoot(latchwork, 'POST', '/v1/initial-access-tokens', { name: secret }), 400, 'client_invalid')
    const [signer] = (await asRoot(latchwork, 'GET', '/v1/signing-keys')).body.items
    assert.equal((await asRoot(latchwork, 'POST', `/v1/signing-keys/${signer.kid}/revoke`, { reason: `it was beside ${secret}` })).status, 200)
    const named = { bearer: latchwork.rootKey, headers: { 'idempotency-key': secret }, body: { accountId, kind: 'rk', name: 'x', scopes: [] } }
    refuses(await latchwork.call('POST', '/v1/keys', named), 400, 'request_malformed', /no credential/)
    assert.ok(!(await latchwork.dump()).includes(secret.slice(11, 54)))
  })

  it('K3 R8: nor where an application says what it wants, and a one-time value', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { secret } = await make(latchwork, accountId, { kind: 'rk' })
    const browser = await signUp(latchwork, { ...person, email: 'wishes@example.com' })
    for (const [change, error] of [
      [{ scope: `openid notes:read ${secret}` }, 'invalid_scope'],
      [{ nonce: `n-${secret}` }, 'invalid_request'],
    ] as const) {
      const { location } = await browser.get(authorizationUrl(latchwork, change).url)
      const answer = new URL(location ?? '').searchParams
      assert.equal(answer.get('error'), error)
      assert.match(answer.get('error_description') ?? '', /Replace it/)
    }
    refuses(await latchwork.form('/device_authorization', { client_id: 'tv', scope: `notes:read ${secret}` }), 400, 'invalid_scope')
    assert.ok(!(await latchwork.dump()).includes(secret.slice(11, 54)))
    assert.ok(!latchwork.log.join('\n').includes(secret.slice(11, 54)))
  })

  it('K3 R8: in a User-Agent it is blackened in whatever is written down', async () => {
    const latchwork = rigOf()
    const accountId = await newAccount(latchwork)
    const { secret } = await make(latchwork, accountId, { kind: 'rk' })
    for (const userAgent of [`curl ${secret}`, `${'x'.repeat(230)} ${secret}`]) {
      const headers = { 'user-agent': userAgent, origin: latchwork.issuer }
      const body = { email: `${userAgent.length}@example.com`, password: 'correct horse battery staple' }
      assert.equal((await latchwork.call('POST', '/v1/sessions/sign-up', { headers, body })).status, 201)
      assert.equal((await latchwork.call('POST', '/v1/sessions/sign-in', { headers, body })).status, 200)
    }
    const dump = await latchwork.dump()
    assert.ok(!dump.includes(secret.slice(11, 24)))
    assert.ok(dump.includes('curl rk_live_'), 'the rest is there')
  })
})
