import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { digestOf, mintToken } from '@latchwork/kernel'
import { loadConfig } from '@latchwork/server/config'
import { errorOf, folder, problemsOf, refuses, wrong } from './refused.ts'
import { firstCert, firstKey, secondKey } from './tls-files.ts'

const secretKey = randomBytes(32).toString('base64url')

describe('the issuer', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    'http://auth.example.com': /is http and not on this machine/,
    'http://127.0.0.1.example.com': /is http and not on this machine/,
    'https://auth.example.com/': /ends in a slash/,
    'https://auth.example.com/tenant': /has a path/,
    'https://auth.example.com?x=1': /has a query/,
    'https://auth.example.com#x': /has a fragment/,
    'https://user:MARKED@auth.example.com': /user name or password/,
    'https://AUTH.example.com': /plain form/,
    'https://auth.example.com:443': /plain form/,
    'ftp://auth.example.com': /scheme/,
    'auth.example.com': /is not an address/,
  }
  for (const [issuer, fault] of Object.entries(refused)) {
    it(`V5: refuses ${issuer.replace('MARKED', '…')}`, async () => {
      await refuses({ given: { issuer } }, 'issuer', fault)
      assert.doesNotMatch((await errorOf({ given: { issuer } })).message, /MARKED/)
    })
  }
  for (const issuer of ['http://localhost:8420', 'http://127.0.0.1:1', 'http://[::1]:8420', 'https://auth.example.com', 'https://auth.example.com:8443'])
    it(`V5: takes ${issuer}`, async () => assert.equal((await loadConfig({ given: { issuer } })).issuer, issuer))
})

describe('unsafe settings', () => {
  const issuer = 'https://auth.example.com'

  it('E7: refuses the demo in production', () => refuses({ given: { issuer, demo: true } }, 'demo', /production/))
  it('E7: refuses development away from this machine', () => refuses({ given: { issuer, mode: 'development' } }, 'mode', /not on this machine/))
  it('V5: refuses to listen for others under an http issuer', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.4', 'example.com']) await refuses({ given: { http: { host } } }, 'http.host', /in clear/)
    for (const host of ['localhost', '127.0.0.2', '::1']) assert.equal((await loadConfig({ given: { http: { host } } })).http.host, host)
  })
  it('E7: refuses PostgreSQL without a secret key', async () => {
    const env = { LATCHWORK_DATABASE_URL: 'postgres://u:MARKED@db/latchwork' }
    await refuses({ given: {}, env }, 'secretKey', /every node/)
    assert.deepEqual(Object.keys((await loadConfig({ given: {}, env: { ...env, LATCHWORK_SECRET_KEY: secretKey } })).database), [
      'engine',
      'url',
      'connections',
      'waitSeconds',
    ])
  })
  it('R7: refuses to keep events for no time, or for one that nobody means; for ever has a name of its own', async () => {
    for (const keepDays of [0, -1, 3651]) await refuses({ given: { events: { keepDays } } }, 'events.keepDays', /is not between 1 and 3650/)
    await refuses({ given: {}, env: { LATCHWORK_EVENTS_KEEP_DAYS: 'forever' } }, 'LATCHWORK_EVENTS_KEEP_DAYS', /whole number/)
    assert.deepEqual((await loadConfig({ given: {} })).events, { keepDays: 400 })
    assert.deepEqual((await loadConfig({ given: { events: { keepForever: true } } })).events, {})
  })
  it('J4: refuses session access tokens over 15 minutes without a reason, and names the reason in a warning', async () => {
    const sessions = { accessTokenLifetimeSeconds: 901 }
    await refuses({ given: { sessions } }, 'sessions.accessTokenLifetimeSeconds', /901 is over 900/)
    assert.equal((await loadConfig({ given: { sessions: { accessTokenLifetimeSeconds: 900 } } })).warnings.length, 0)
    const reason = 'Kiosks that are offline for an hour'
    const { warnings } = await loadConfig({ given: { sessions: { ...sessions, unsafeLongAccessTokens: { reason } } } })
    assert.match(warnings.join(), new RegExp(reason))
    await refuses({ given: { sessions: { ...sessions, unsafeLongAccessTokens: { reason: ' ' } } } }, 'sessions.unsafeLongAccessTokens.reason', /too short/)
  })
  it('J2: refuses to publish a signing key ahead for more than half of its time', async () => {
    await refuses({ given: { signing: { rotateEveryDays: 1, publishAheadHours: 13 } } }, 'signing.publishAheadHours', /more than half/)
    const { signing } = await loadConfig({ given: { signing: { rotateEveryDays: 2 } } })
    assert.deepEqual(signing, { rotateEveryDays: 2, publishAheadHours: 24, ed25519Name: 'Ed25519' })
  })
  it('J1: refuses former secret keys that are none, without repeating them', async () => {
    for (const given of [`${secretKey},MARKED`, '', `${secretKey}=`, 'A'.repeat(43)])
      await refuses({ given: {}, env: { LATCHWORK_FORMER_SECRET_KEYS: given || ',' } }, 'LATCHWORK_FORMER_SECRET_KEYS', /the \d\. of \d/)
    assert.doesNotMatch((await errorOf({ given: {}, env: { LATCHWORK_FORMER_SECRET_KEYS: 'MARKED' } })).message, /MARKED/)
    const { formerSecretKeys } = await loadConfig({ given: {}, env: { LATCHWORK_FORMER_SECRET_KEYS: `${secretKey}, ${secretKey}` } })
    assert.deepEqual(
      formerSecretKeys.map((former) => former.reveal()),
      [secretKey, secretKey],
    )
  })
  it('J4: gives session access tokens 10 minutes', async () => assert.equal((await loadConfig({ given: {} })).sessions.accessTokenLifetimeSeconds, 600))
  it('E7: refuses origins that let others in', async () => {
    for (const origin of ['*', 'https://*.example.com', 'null', 'http://app.example.com', 'https://app.example.com/', 'https://app.example.com/x', 'app'])
      await refuses({ given: { sessions: { allowedOrigins: ['https://ok.example.com', origin] } } }, 'sessions.allowedOrigins', /^"/)
  })
  it('E7: refuses proxies that are everybody or nobody', async () => {
    for (const entry of ['0.0.0.0/0', '::/0', '10.0.0.0/33', 'proxy.example.com', '10.0.0.1/8/9', '10.0.0.1/'])
      await refuses({ given: { http: { trustedProxies: [entry] } } }, 'http.trustedProxies', /./)
  })
  it('K2: refuses a brand that a key cannot carry', async () => {
    for (const brand of ['a', 'sevenxx', 'LW', 'l_w', 'ü2']) await refuses({ given: { keys: { brand } } }, 'keys.brand', /2 to 6/)
    assert.equal((await loadConfig({ given: { keys: { brand: 'acme9' } } })).keys.brand, 'acme9')
  })
  it('O4: refuses codes that live longer than a minute', () =>
    refuses({ given: { oauth: { codeLifetimeSeconds: 61 } } }, 'oauth.codeLifetimeSeconds', /between 10 and 60/))
  it('J4: refuses a grant that ends before its access token, or after its own end', async () => {
    await refuses({ given: { oauth: { refreshLifetimeSeconds: 300 } } }, 'oauth.refreshLifetimeSeconds', /less than/)
    await refuses({ given: { sessions: { absoluteLifetimeSeconds: 3600 } } }, 'sessions.refreshLifetimeSeconds', /more than/)
  })
  it('E7: warns of what is unsafe but allowed', async () => {
    const { warnings } = await loadConfig({
      given: { issuer, secretKey, signUp: { open: true }, sessions: { allowedOrigins: ['http://localhost:3000'] } },
      env: { LATCHWORK_HTP_PORT: '1' },
    })
    for (const part of [
      /signUp\.open/,
      /neither speaks TLS/,
      /secretKey stands in/,
      /localhost:3000/,
      /LATCHWORK_HTP_PORT .* Did you mean LATCHWORK_HTTP_PORT/,
    ])
      assert.match(warnings.join('\n'), part)
    assert.equal(warnings.length, 5)
    assert.deepEqual((await loadConfig({ given: {} })).warnings, [])
  })
  it('E7: tells of variables that are named as a flag is', async () => {
    const { warnings } = await loadConfig({ given: {}, env: { LATCHWORK_PORT: '1', LATCHWORK_TRUSTED_PROXIES: '10.0.0.1', LATCHWORK_URL: 'http://localhost' } })
    assert.equal(warnings.length, 2)
    assert.match(warnings.join('\n'), /LATCHWORK_PORT .* LATCHWORK_HTTP_PORT\?\n.*LATCHWORK_TRUSTED_PROXIES .* LATCHWORK_HTTP_TRUSTED_PROXIES\?/)
  })
  it('E7: reads TLS files that belong together, and no others', async (t) => {
    const cwd = folder(t, { 'a.crt': firstCert, 'a.key': firstKey, 'b.key': secondKey, junk: 'junk' })
    const tls = (certFile: string, keyFile: string) => ({ cwd, given: { http: { tls: { certFile, keyFile } } } })
    const config = await loadConfig(tls('a.crt', 'a.key'))
    assert.equal(config.issuer, 'https://localhost:8420')
    assert.match(config.http.tls?.key.reveal() ?? '', /PRIVATE KEY/)
    assert.doesNotMatch(inspect(config, { depth: 9 }), /PRIVATE KEY/)
    await refuses(tls('a.crt', 'b.key'), 'http.tls.keyFile', /not the key/)
    await refuses(tls('junk', 'a.key'), 'http.tls.certFile', /no PEM certificate/)
    await refuses(tls('a.crt', 'junk'), 'http.tls.keyFile', /no PEM private key/)
    await refuses(tls('a.crt', 'gone'), 'http.tls.keyFile', /ENOENT/)
    await refuses({ cwd, given: { http: { tls: { certFile: 'a.crt' } } } }, 'http.tls.keyFile', /is missing/)
    await refuses({ ...tls('a.crt', 'a.key'), now: Date.parse('2200-01-01') }, 'http.tls.certFile', /has expired/)
  })
})

describe('secrets in the configuration', () => {
  it('E7: reads them from a file or a variable, relative to the configuration', async (t) => {
    const cwd = folder(t, { key: `${secretKey}\n`, 'c.json': '{ "secretKey": { "file": "key" } }' })
    const given = [
      { file: 'c.json', cwd },
      { given: { secretKey: { env: 'MY_KEY' } }, env: { MY_KEY: secretKey } },
      { given: {}, env: { LATCHWORK_SECRET_KEY: secretKey } },
      { given: {}, env: { LATCHWORK_SECRET_KEY_FILE: join(cwd, 'key') } },
    ]
    for (const sources of given) {
      const config = await loadConfig(sources)
      assert.ok('given' in config.secretKey)
      assert.equal(config.secretKey.given.reveal(), secretKey)
      assert.doesNotMatch(JSON.stringify(config) + inspect(config, { depth: 9 }), new RegExp(secretKey))
    }
  })

  it('E7: refuses a secret that is set twice, by its variable and by that of its file', async (t) => {
    const cwd = folder(t, { key: secretKey })
    const env = { LATCHWORK_SECRET_KEY: secretKey, LATCHWORK_SECRET_KEY_FILE: join(cwd, 'key') }
    await refuses({ given: {}, env }, 'LATCHWORK_SECRET_KEY', /so is LATCHWORK_SECRET_KEY_FILE/)
  })

  it('R8: never repeats a refused secret', async (t) => {
    const cwd = folder(t, { bad: 'MARKED-NOT-A-KEY' })
    const marked = mintToken('root_key').reveal()
    const sources = [
      { given: { secretKey: 'MARKED-NOT-A-KEY' } },
      { given: { secretKey: 'A'.repeat(43) } },
      { cwd, given: { secretKey: { file: 'bad' } } },
      { given: { secretKey: { env: 'K' } }, env: { K: 'MARKED-NOT-A-KEY' } },
      { given: { database: { url: 'mysql://u:MARKED@h/d' } } },
      { given: { database: { url: 'MARKED not a url' } } },
      { given: {}, flags: { host: marked.replace('_', '-').slice(0, 12), port: marked } },
      wrong({ [marked]: 1 }),
      wrong({ clients: [{ id: 'a', name: 'A', redirectUris: ['https://a.example/cb'], secret: 'MARKED' }] }),
      wrong({ users: [{ email: 'a@example.com', passwordHash: 'MARKED' }] }),
    ]
    for (const source of sources) {
      const { message } = await errorOf(source)
      assert.doesNotMatch(message, /MARKED/)
      assert.ok(!message.includes(marked))
    }
  })

  it('E7: says where a reference leads to nothing', async (t) => {
    const cwd = folder(t, { empty: '\n' })
    await refuses({ cwd, given: { secretKey: { file: 'gone' } } }, 'secretKey', /cannot be read \(ENOENT\)/)
    await refuses({ cwd, given: { secretKey: { file: 'empty' } } }, 'secretKey', /empty/)
    await refuses({ given: { secretKey: { env: 'GONE' } } }, 'secretKey', /GONE, which is not set/)
    await refuses(wrong({ secretKey: { vault: 'x' } }), 'secretKey', /is not text, or a reference/)
  })
})

describe('members that nobody knows', () => {
  it('E7: are refused at any depth, with what was meant', async () => {
    const problems = await problemsOf(
      wrong({ isuer: 'x', http: { prot: 1 }, sessions: { unsafeLongAccessTokens: { raeson: 'x' } }, singUp: {}, log: 3, client: [] }),
    )
    assert.deepEqual(Object.fromEntries(problems.map(({ option, mend }) => [option, mend])), {
      isuer: 'Did you mean issuer?',
      'http.prot': 'Did you mean port?',
      'sessions.unsafeLongAccessTokens.raeson': 'Did you mean reason?',
      singUp: 'Did you mean signUp?',
      log: 'Write log: { … } with its own members in it.',
      client: 'Did you mean clients?',
    })
  })

  it('E7: are told all at once, with everything else that is wrong', async () => {
    const { message, problems } = await errorOf({
      ...wrong({ htpp: {}, keys: { brand: 'x' } }),
      env: { LATCHWORK_MODE: 'prodution' },
      flags: { port: '99999' },
    })
    assert.equal(problems.length, 4)
    for (const part of ['htpp', 'keys.brand', 'LATCHWORK_MODE', '--port', 'Did you mean production?']) assert.ok(message.includes(part), part)
  })
})

describe('declared root keys', () => {
  it('E7: take a digest, and not the key', async () => {
    const key = mintToken('root_key').reveal()
    const rootKey = { name: 'deployment', scopes: ['*:*'] }
    const { rootKeys } = await loadConfig({ given: { rootKeys: [{ ...rootKey, digest: digestOf(key) }] } })
    assert.equal(rootKeys[0]?.digest, digestOf(key))
    await refuses({ given: { rootKeys: [{ ...rootKey, digest: key }] } }, 'rootKeys[0].digest', /form/)
  })

  it('E7: have scopes that open something of the management API, whole or by *', async () => {
    const rootKey = { name: 'deployment', digest: digestOf(mintToken('root_key').reveal()) }
    await refuses({ given: { rootKeys: [{ ...rootKey, scopes: ['keys:read', 'keys:wirte'] }] } }, 'rootKeys[0].scopes[1]', /opens nothing/)
    const [problem] = await problemsOf({ given: { rootKeys: [{ ...rootKey, scopes: ['keys:wirte'] }] } })
    assert.equal(problem?.mend, 'Did you mean keys:write?')
    for (const scopes of [['*:*'], ['keys:*'], ['*:read'], ['signing_keys:write']])
      assert.deepEqual((await loadConfig({ given: { rootKeys: [{ ...rootKey, scopes }] } })).rootKeys[0]?.scopes, scopes)
  })
})
