import assert from 'node:assert/strict'
import { it } from 'node:test'
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
})
