import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { credentialFormats, mintKey, mintToken, refusals } from '@latchwork/kernel'
import { paths } from '../../src/pages/index.ts'
import { authorize, basic, redeem, refresh } from '../kit/authorize.ts'
import { loginCookie, refreshCookie, signInDevice } from '../kit/front-end.ts'
import { leaksIn } from '../kit/leaks.ts'
import { rawRequest, sendRaw } from '../kit/raw-http.ts'
import { onEachEngine, type Rig } from '../kit/shared.ts'
import { testSecret, testSecretKey } from '../kit/test-secret.ts'
import { webBrowser } from '../kit/web-browser.ts'

const TABLES = ['api_keys', 'root_keys', 'users', 'login_sessions', 'grants', 'refresh_tokens', 'codes', 'access_tokens', 'clients', 'events']

/** Secrets that a stranger or an owner sends, wherever one could send them. Each is different, so that a find tells where it came from. */
async function sendEverywhere(rig: Rig, secrets: Map<string, string>, round: string): Promise<void> {
  let count = 0
  const planted = (where: string): string => {
    const makers = [
      () => mintKey('sk', 'live', 'lw'),
      () => mintToken('access_token'),
      () => mintToken('refresh_token'),
      () => mintToken('root_key'),
      () => mintToken('client_secret'),
    ]
    const secret = (makers[count++ % makers.length] ?? makers[0])?.().reveal() ?? ''
    secrets.set(`${round}: ${where}`, secret)
    return secret
  }
  const passwordIn = (where: string): string => {
    const password = `Marked ${randomBytes(12).toString('base64url')} pass`
    secrets.set(`${round}: password ${where}`, password)
    return password
  }
  const { issuer } = rig
  await rig.call('GET', '/v1/keys', { bearer: planted('Authorization') })
  await rig.call('GET', '/v1/keys', { bearer: `${planted('a damaged Authorization')}x` })
  await rig.call('GET', '/v1/keys', { bearer: planted('an Authorization cut short').slice(0, 40) })
  for (const scheme of ['Basic', 'DPoP', 'Token', 'bearer:', ''])
    await rig.call('GET', '/v1/keys', { headers: { authorization: `${scheme} ${planted(`scheme ${scheme}`)}` } })
  await rig.call('GET', '/v1/keys', { headers: { 'x-api-key': planted('X-API-Key') } })
  for (const name of ['x-secret', 'origin', 'referer', 'user-agent', 'cookie', 'x-forwarded-for', 'last-event-id', 'accept', 'content-type'])
    await rig.call('POST', '/v1/sessions/sign-out', { headers: { [name]: planted(`the header ${name}`) } })
  await rig.call('GET', '/v1/revocations', { bearer: rig.rootKey, headers: { 'last-event-id': planted('Last-Event-ID') } })
  await rig.call('GET', `/v1/keys/${planted('a path')}`, { bearer: rig.rootKey })
  await rig.call('GET', `/${planted('another path')}`)
  await rig.call('GET', `/errors/${planted('an error path')}`)
  for (const path of ['/v1/keys', '/v1/events', '/userinfo', '/authorize', '/login', '/', '/nothing', '/first-operator'])
    for (const name of ['access_token', 'api_key', 'link', 'after', planted(`a parameter’s name at ${path}`)])
      await rig.call('GET', `${path}?${name}=${planted(`the query ${name} at ${path}`)}`, { bearer: rig.rootKey })
  await sendRaw(rig, rawRequest(rig, `GET /v1/keys?x=%${planted('a bad query')} HTTP/1.1`))
  await sendRaw(rig, rawRequest(rig, `GET /%${planted('a bad path')} HTTP/1.1`))
  await sendRaw(rig, `${planted('no HTTP at all')}\r\n\r\n`)
  await sendRaw(rig, rawRequest(rig, 'GET / HTTP/1.1', [`Bad Header ${planted('a bad header')}: x`]))
  for (const body of [
    `{"name":"${planted('broken JSON')}`,
    `"${planted('a JSON text')}"`,
    `{"${planted('a member’s name')}":1}`,
    `{"name":{"a":"${planted('a member of the wrong type')}"}}`,
  ])
    for (const path of ['/v1/keys', '/v1/sessions/sign-in']) await rig.call('POST', path, { bearer: rig.rootKey, body })
  await rig.call('POST', '/v1/verify', { bearer: rig.rootKey, body: { credential: planted('the body of a look-up') } })
  await rig.call('POST', '/v1/sessions/sign-in', { body: { email: 'a@example.com', password: passwordIn('of nobody') } })
  await rig.call('POST', '/v1/sessions/sign-in', { body: { email: passwordIn('typed as address'), password: passwordIn('beside a bad address') } })
  await rig.call('POST', '/v1/sessions/sign-up', { body: { email: 'ada@example.com', password: passwordIn('of a second sign-up') } })
  await rig.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${planted('the refresh cookie')}` } })
  await rig.call('POST', '/v1/sessions/refresh', {
    headers: { cookie: `${refreshCookie}=${planted('a doubled cookie')}; ${refreshCookie}=${planted('its double')}` },
  })
  await rig.call('GET', '/account', { headers: { cookie: `${loginCookie}=${planted('the login cookie')}` } })
  const browser = webBrowser()
  const page = await browser.open(`${issuer}/login`)
  await browser.submit(page, 'login-submit', { 'login-identifier': 'ada@example.com', 'login-password': passwordIn('in the form') }).catch(() => undefined)
  await browser.post(`${issuer}/login`, { email: 'a@b.example', password: passwordIn('in a form without token'), form_token: planted('the form token') })
  await browser.get(`${issuer}/first-operator?link=${planted('the operator link')}`)
  const tokenFields = {
    grant_type: 'authorization_code',
    code: planted('a code'),
    code_verifier: planted('a verifier'),
    redirect_uri: 'http://127.0.0.1:9/callback',
  }
  await rig.form('/token', tokenFields, basic('app', planted('a client secret')))
  await rig.form('/token', { ...tokenFields, code: planted('an unknown code') }, basic('app'))
  await rig.form('/token', { grant_type: planted('a grant type') }, basic('app'))
  await rig.form('/token', { grant_type: 'refresh_token', refresh_token: planted('a refresh token') }, basic('app'))
  await rig.form('/token', { grant_type: 'client_credentials', client_id: 'other', client_secret: planted('a posted client secret') })
  await rig.form('/token', { grant_type: 'client_credentials', scope: planted('a scope'), resource: planted('a resource') }, basic('machine'))
  await rig.form('/introspect', { token: planted('an introspected token') }, basic('app'))
  await rig.form('/introspect', { token: planted('another') }, { authorization: `Bearer ${rig.rootKey}` })
  await rig.form('/revoke', { token: planted('a revoked token') }, basic('app'))
  await rig.call('GET', `/authorize?client_id=${planted('a client id')}&redirect_uri=${planted('a redirect URI')}`)
}

/** Everything the server itself hands out, each once, to its owner. */
async function useEverything(rig: Rig, secrets: Map<string, string>): Promise<void> {
  const keep = (name: string, secret: string | undefined): void => {
    assert.ok(secret !== undefined && secret.length > 12, name)
    secrets.set(name, secret)
  }
  keep('the root key', rig.rootKey)
  keep('the operator link', new URL(rig.server.operatorLink ?? '').searchParams.get('link') ?? '')
  keep('the test client’s secret', testSecret)
  if (rig.engine === 'postgres') keep('the secret key', testSecretKey)
  const made = await rig.call('POST', '/v1/keys', { bearer: rig.rootKey, body: { accountId: 'acc_test', name: 'marked' } })
  keep('an API key', made.body.secret)
  const client = await rig.call('POST', '/v1/clients', {
    bearer: rig.rootKey,
    body: { name: 'x', grantTypes: ['client_credentials'], scopes: ['notes:read'], audiences: ['https://api.example.test'] },
  })
  keep('a client secret', client.body.secret)
  const rootKey = await rig.call('POST', '/v1/root-keys', { bearer: rig.rootKey, body: { name: 'x', scopes: ['keys:read'] } })
  keep('a second root key', rootKey.body.secret)
  const authorization = await authorize(rig, { scope: 'openid email notes:read offline_access' })
  keep('a code', authorization.code)
  keep('a verifier', authorization.verifier)
  for (const [name, value] of authorization.browser.cookies) keep(`the cookie ${name}`, value)
  const tokens = (await redeem(rig, authorization)).body
  const refreshed = (await refresh(rig, tokens.refresh_token)).body
  for (const [which, set] of [
    ['first', tokens],
    ['second', refreshed],
  ] as const)
    for (const name of ['access_token', 'refresh_token']) keep(`the ${which} ${name}`, set[name])
  keep('the signature of an ID token', tokens.id_token.split('.')[2])
  await redeem(rig, authorization) // a replay
  const device = await signInDevice(rig)
  const [, claims, signature] = device.accessToken.split('.')
  keep('the claims of a session token', claims)
  keep('the signature of a session token', signature)
  keep('a session’s first refresh token', device.refreshToken())
  await device.post('/v1/sessions/refresh')
  keep('a session’s second refresh token', device.refreshToken())
  await rig.call('GET', '/v1/keys', { bearer: device.accessToken })
  await rig.call('GET', '/v1/keys', { bearer: `${device.accessToken}x` })
  await rig.call('GET', `/v1/keys?access_token=${device.accessToken}`)
  await rig.call('DELETE', `/v1/keys/${made.body.key.id}`, { bearer: rig.rootKey })
}

it('R8: the search for secrets tells a key from the published example that it begins like, and finds it all the same', () => {
  const example = credentialFormats('lw')[0]?.examples[0] ?? assert.fail('an example')
  const secret = `${example.slice(0, 13)}${mintKey('sk', 'live', 'lw').reveal().slice(13)}`
  const secrets = new Map([['a key', secret]])
  assert.deepEqual(leaksIn(`{"examples":["${example}"]}`, secrets), [])
  for (const text of [`{"key":"${secret}"}`, secret.slice(0, 16), secret.slice(-14)]) assert.equal(leaksIn(text, secrets).length, 1, text)
})

onEachEngine('secrets', (rigOf) => {
  it('R8 K3 K4 15.1 15.2: no secret is in a log line, an event, an answer to a GET, or the database and its files', async (t) => {
    const rig = rigOf()
    const secrets = new Map<string, string>([['the password', 'correct horse battery staple']])
    await useEverything(rig, secrets)
    await sendEverywhere(rig, secrets, 'refused')
    // The same against a broken database: faults of ours, whose errors quote what they were about.
    for (const table of TABLES) await rig.query(`alter table ${table} rename to ${table}_away`)
    const before = rig.log.length
    await sendEverywhere(rig, secrets, 'broken')
    for (const table of TABLES) await rig.query(`alter table ${table}_away rename to ${table}`)
    assert.ok(
      rig.log.slice(before).some((line) => /"level":50/.test(line)),
      'there were faults',
    )
    assert.ok(await rig.server.installation.refusals.flush())

    assert.ok(secrets.size > 150, `${secrets.size} secrets`)
    assert.deepEqual(leaksIn(rig.log.join('\n'), secrets), [], 'in the log')
    const document = (await rig.call('GET', '/openapi.json')).body
    const keyId = (await rig.call('GET', '/v1/keys', { bearer: rig.rootKey })).body.items[0].id
    const described = Object.keys(document.paths).filter((path) => document.paths[path].get !== undefined && path !== '/v1/revocations')
    const gets = [...described, ...Object.values(paths)]
    assert.ok(gets.length > 30, `${gets.length} addresses`)
    for (const path of [...gets, '/v1/events?type=request.refused', '/v1/keys?limit=100'])
      for (let next: string | undefined = ''; next !== undefined; ) {
        const address: string = path.replace('{id}', keyId) + (next === '' ? '' : `${path.includes('?') ? '&' : '?'}after=${next}`)
        const answer = await rig.call('GET', address, { bearer: rig.rootKey })
        assert.ok(answer.status < 500, `${address}: ${answer.status}`)
        assert.deepEqual(leaksIn(JSON.stringify(answer.body) + JSON.stringify([...answer.headers]), secrets), [], `in GET ${address}`)
        next = answer.body.next
      }
    const dump = await rig.dump()
    assert.ok(dump.includes('acc_test') && dump.length > 50_000)
    assert.deepEqual(leaksIn(dump, secrets), [], 'in the database')
    t.diagnostic(`${secrets.size} secrets, ${rig.log.length} lines, ${dump.length} characters of database`)
  })

  it('R8: the log says enough all the same: code, route and reference of each refusal', () => {
    const refused = rigOf()
      .log.map((line) => JSON.parse(line))
      .filter((line) => line.msg === 'refused')
    assert.ok(refused.length > 50)
    for (const line of refused) assert.ok(Object.hasOwn(refusals, line.code) && line.reference && line.method, JSON.stringify(line))
  })
})
