import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { hashPassword } from '@latchwork/accounts'
import { digestOf, mintToken } from '@latchwork/kernel'
import { loadConfig } from '@latchwork/server/config'
import { folder, problemsOf, refuses, wrong } from './refused.ts'

const secret = mintToken('client_secret').reveal()
const api = { identifier: 'https://api.example.com', name: 'Notes', scopes: [{ name: 'notes:read', description: 'Read your notes' }] }
const client = {
  id: 'printer',
  name: 'Printer',
  redirectUris: ['https://printer.example.com/callback'],
  scopes: ['openid', 'notes:read'],
  audiences: [api.identifier],
  secretDigests: [digestOf(secret)],
}

describe('declared clients', () => {
  it('E7: are taken with the defaults filled in', async () => {
    const { clients, apis } = await loadConfig({ given: { apis: [api], clients: [client] } })
    assert.deepEqual(clients[0], {
      ...client,
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticationMethod: 'client_secret_basic',
      applicationType: 'web',
      environment: 'live',
    })
    assert.equal(apis[0]?.firstParty, false)
  })

  it('E7: keep only the digest of a secret that is referred to', async (t) => {
    const cwd = folder(t, { secret: `${secret}\n`, junk: 'MARKED-junk' })
    const { secretDigests: _none, ...bare } = client
    const withSecret = (reference: { file: string }) => ({ cwd, given: { apis: [api], clients: [{ ...bare, secret: reference }] } })
    const config = await loadConfig(withSecret({ file: 'secret' }))
    assert.deepEqual(config.clients[0]?.secretDigests, [digestOf(secret)])
    assert.ok(!inspect(config, { depth: 9 }).includes(secret))
    await refuses(withSecret({ file: 'junk' }), 'clients[0].secret', /no client secret/)
    await refuses(withSecret({ file: 'gone' }), 'clients[0].secret', /ENOENT/)
  })

  const { secretDigests: _digests, ...withoutSecret } = client
  const cases: readonly (readonly [string, object, string, RegExp])[] = [
    ['no secret', { ...withoutSecret }, 'clients[0].secretDigests', /is missing/],
    ['a secret and no method', { ...client, authenticationMethod: 'none' }, 'clients[0].authenticationMethod', /has a secret/],
    [
      'client credentials of a public client',
      { ...withoutSecret, authenticationMethod: 'none', grantTypes: ['client_credentials'] },
      'clients[0].grantTypes',
      /RFC 6749 §4\.4/,
    ],
    ['no redirect URI', { ...client, redirectUris: [] }, 'clients[0].redirectUris', /needs one/],
    ['an http redirect URI', { ...client, redirectUris: ['http://printer.example.com/cb'] }, 'clients[0].redirectUris[0]', /http is for loopback/],
    ['a wildcard', { ...client, redirectUris: ['https://*.example.com/cb'] }, 'clients[0].redirectUris[0]', /wildcards/],
    ['an API that is not declared', { ...client, scopes: ['openid'], audiences: ['https://api.example.org'] }, 'clients[0].audiences[0]', /no declared API/],
    ['a scope of no API', { ...client, scopes: ['notes:raed'] }, 'clients[0].scopes[0]', /defined by no API/],
    ['a grant type of old', { ...client, grantTypes: ['password'] }, 'clients[0].grantTypes[0]', /form/],
    ['the digest in another form', { ...client, secretDigests: [secret] }, 'clients[0].secretDigests[0]', /form/],
    ['an unknown member', { ...client, redirectUrls: [] }, 'clients[0].redirectUrls', /unknown/],
    ['an id with spaces', { ...client, id: 'a b' }, 'clients[0].id', /form/],
  ]
  for (const [what, declared, option, fault] of cases)
    it(`E7: are refused with ${what}`, () => refuses(wrong({ apis: [api], clients: [declared] }), option, fault))

  it('E7: say what was meant', async () => {
    const [problem] = await problemsOf(wrong({ apis: [api], clients: [{ ...client, scopes: ['notes:raed'] }] }))
    assert.equal(problem?.mend, 'Did you mean notes:read?')
    const [undeclared] = await problemsOf(wrong({ clients: [{ ...client, audiences: ['https://nope.example'] }] }))
    assert.equal(undeclared?.mend, 'Declare it in apis first.')
  })
})

describe('other declared things', () => {
  it('E7: take a person with a hash, in the canonical spelling', async () => {
    const passwordHash = await hashPassword('correct horse battery')
    const config = await loadConfig({ given: { users: [{ email: 'Ada@Example.com', passwordHash, operator: true }] } })
    const [user] = config.users
    assert.equal(user?.email, 'ada@example.com')
    assert.equal(user?.passwordHash.reveal(), passwordHash)
    assert.ok(!JSON.stringify(config).includes(passwordHash))
  })

  const user = { email: 'ada@example.com', passwordHash: `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}` }
  const cases: readonly (readonly [string, unknown, string, RegExp])[] = [
    ['a password', { users: [{ ...user, passwordHash: 'correct horse battery' }] }, 'users[0].passwordHash', /form/],
    ['a password under its name', { users: [{ ...user, password: 'x' }] }, 'users[0].password', /unknown/],
    ['no e-mail address', { users: [{ ...user, email: 'ada' }] }, 'users[0].email', /no e-mail address/],
    ['a profile with a word that is no claim', { users: [{ ...user, profile: { given_nmae: 'Ada' } }] }, 'users[0].profile.given_nmae', /unknown/],
    ['a claim of another kind', { users: [{ ...user, profile: { gender: 7 } }] }, 'users[0].profile.gender', /not text/],
    ['a claim that is not so', { users: [{ ...user, profile: { zoneinfo: 'Mars/Olympus' } }] }, 'users[0].profile', /not accepted/],
    ['two of one person', { users: [user, { ...user, email: 'ADA@example.com' }] }, 'users[1].email', /same as/],
    ['two of one client', { apis: [api], clients: [client, client] }, 'clients[1].id', /same as/],
    ['an API that is no address', { apis: [{ ...api, identifier: 'notes' }] }, 'apis[0].identifier', /RFC 8707/],
    ['an API with a fragment', { apis: [{ ...api, identifier: 'https://a.example/#b' }] }, 'apis[0].identifier', /RFC 8707/],
    ['a scope without a sentence', { apis: [{ ...api, scopes: [{ name: 'a:b' }] }] }, 'apis[0].scopes[0].description', /missing/],
    ['a scope that OpenID Connect has', { apis: [{ ...api, scopes: [{ name: 'email', description: 'x' }] }] }, 'apis[0].scopes[0].name', /OpenID/],
    ['an account without a name', { accounts: [{ id: 'acc_a' }] }, 'accounts[0].name', /missing/],
    ['a root key without scopes', { rootKeys: [{ name: 'a', digest: digestOf('a'), scopes: [] }] }, 'rootKeys[0].scopes', /empty/],
    ['something else than a list', { apis: api }, 'apis', /is not a list/],
    ['a list of something else', { clients: ['a'] }, 'clients[0]', /is not an object/],
  ]
  for (const [what, given, option, fault] of cases) it(`E7: are refused with ${what}`, () => refuses(wrong(given), option, fault))

  it('E7: tell every fault of a long list', async () => {
    const problems = await problemsOf(wrong({ accounts: Array.from({ length: 30 }, () => ({ id: 1, name: '' })) }))
    assert.equal(problems.length, 60)
  })
})

describe('declared tokens of an API', () => {
  const given = (more: object, clients: readonly object[] = []) => wrong({ apis: [{ ...api, ...more }], clients })

  it('O8 J4: JWTs live 15 minutes at most unless a reason is written down, which is logged at each start', async () => {
    const { apis } = await loadConfig(given({ tokenFormat: 'jwt', tokenSigningAlg: 'Ed25519', accessTokenLifetimeSeconds: 900 }))
    assert.deepEqual([apis[0]?.tokenFormat, apis[0]?.tokenSigningAlg, apis[0]?.accessTokenLifetimeSeconds], ['jwt', 'Ed25519', 900])
    await refuses(given({ tokenFormat: 'jwt', accessTokenLifetimeSeconds: 901 }), 'apis[0].accessTokenLifetimeSeconds', /over 900/)
    const reason = 'Devices are offline for an hour.'
    const { warnings } = await loadConfig(given({ tokenFormat: 'jwt', accessTokenLifetimeSeconds: 3600, unsafeLongAccessTokens: { reason } }))
    assert.ok(warnings.some((warning) => warning.includes(reason) && warning.includes('3600')))
    assert.equal((await loadConfig(given({ accessTokenLifetimeSeconds: 7200 }))).apis[0]?.accessTokenLifetimeSeconds, 7200, 'opaque ones may')
  })

  it('O15: the most that clients may ask for is made of scopes that somebody defines', async () => {
    for (const name of ['registration', 'applications']) {
      const policy = (...scopes: readonly string[]) => ({ given: { apis: [api], [name]: { scopes } } })
      const [problem] = await problemsOf(policy('openid', 'notes:raed'))
      assert.deepEqual([problem?.option, problem?.mend], [`${name}.scopes`, 'Did you mean notes:read?'])
      await loadConfig(policy('openid', 'api_key', 'notes:read', 'notes:*'))
    }
  })

  it('O8: what does not fit together, or is unknown, is refused with what to do', async () => {
    await refuses(given({ tokenFormat: 'jws' }), 'apis[0].tokenFormat', /./)
    await refuses(given({ tokenFormat: 'jwt', tokenSigningAlg: 'HS256' }), 'apis[0].tokenSigningAlg', /./)
    await refuses(given({ tokenSigningAlg: 'RS256' }), 'apis[0].tokenFormat', /opaque/)
    await refuses(given({ accessTokenLifetimeSeconds: 59 }), 'apis[0].accessTokenLifetimeSeconds', /./)
    await refuses(
      given({ tokenFormat: 'jwt', accessTokenLifetimeSeconds: 3600, unsafeLongAccessTokens: { reason: 'x' } }),
      'apis[0].unsafeLongAccessTokens.reason',
      /./,
    )
  })

  it('O10: an API is no public client, whose name anybody can use', async () => {
    const { secretDigests: _none, ...bare } = client
    const app = { ...bare, authenticationMethod: 'none' }
    await refuses(given({ introspectionClients: ['printer'] }, [app]), 'apis[0].introspectionClients[0]', /public/)
    assert.deepEqual((await loadConfig(given({ introspectionClients: ['printer'] }, [client]))).apis[0]?.introspectionClients, ['printer'])
  })
})
