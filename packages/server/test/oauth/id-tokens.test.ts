/** ID tokens in every form a client may wish, and who the person in them is (OpenID Connect Core §2, §8, §10). */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactDecrypt, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { basic, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { startSecureHost } from '../kit/secure-host.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { CALLBACK, clientOf, encryptionKey, startWith, tokensFor } from '../kit/token-clients.ts'

const verified = (latchwork: Latchwork, token: string, audience: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`)), {
    issuer: latchwork.issuer,
    audience,
    typ: 'JWT',
    currentDate: new Date(latchwork.now()),
  })

type Claims = Readonly<Record<string, unknown>>

const hashes = { RS256: 'sha256', PS256: 'sha256', ES256: 'sha256', Ed25519: 'sha512' } as const

describe('ID tokens', () => {
  it('O6 J1: signed by the algorithm the client registered, RS256 unless it said otherwise; at_hash by the hash of that algorithm (Core §3.1.3.6)', async (t) => {
    const algorithms = Object.keys(hashes) as (keyof typeof hashes)[]
    const latchwork = await startWith(t, [clientOf('app'), ...algorithms.map((alg) => clientOf(alg, { idTokenSigningAlg: alg }))])
    const browser = await signUp(latchwork)
    for (const [client, algorithm] of [['app', 'RS256'] as const, ...algorithms.map((alg) => [alg, alg] as const)]) {
      const { body } = await tokensFor(latchwork, client, { scope: 'openid' }, browser)
      const { payload, protectedHeader } = await verified(latchwork, body.id_token, client)
      assert.equal(protectedHeader.alg, algorithm)
      const digest = createHash(hashes[algorithm]).update(body.access_token).digest()
      assert.equal(payload['at_hash'], digest.subarray(0, digest.length / 2).toString('base64url'))
      assert.equal(payload['nonce'], 'the nonce')
      const next = await refresh(latchwork, body.refresh_token, {}, basic(client))
      assert.equal(decodeProtectedHeader(next.body.id_token).alg, algorithm, 'and after a refresh')
    }
    const { body: metadata } = await latchwork.call('GET', '/.well-known/openid-configuration')
    assert.deepEqual([...metadata.id_token_signing_alg_values_supported].sort(), [...algorithms].sort())
  })

  it('O6: encrypted for the client’s key, signed within (Core §10.2), by each algorithm of the metadata', async (t) => {
    const keys = { rsa: encryptionKey('rsa'), ec: encryptionKey('ec'), x25519: encryptionKey('x25519') }
    const { body: metadata } = await (await startWith(t)).call('GET', '/.well-known/openid-configuration')
    const wishes = (metadata.id_token_encryption_alg_values_supported as string[]).flatMap((alg) =>
      (alg.startsWith('RSA') ? (['rsa'] as const) : (['ec', 'x25519'] as const)).map((kind) => ({ alg, kind })),
    )
    const encs: readonly string[] = metadata.id_token_encryption_enc_values_supported
    const cases = [...wishes.map((wish) => ({ ...wish, enc: 'A128CBC-HS256' })), ...encs.map((enc) => ({ alg: 'ECDH-ES', kind: 'ec' as const, enc }))]
    const clients = cases.map(({ alg, kind, enc }, at) =>
      clientOf(`c${at}`, { idTokenEncryption: { alg, enc }, jwks: { keys: [{ ...encryptionKey('ec').jwk, use: 'sig', kid: 'sig' }, keys[kind].jwk] } }),
    )
    const latchwork = await startWith(t, clients)
    const browser = await signUp(latchwork)
    for (const [at, { alg, kind, enc }] of cases.entries()) {
      const { body } = await tokensFor(latchwork, `c${at}`, { scope: 'openid' }, browser)
      const { plaintext, protectedHeader } = await compactDecrypt(body.id_token, keys[kind].privateKey)
      assert.deepEqual([protectedHeader.alg, protectedHeader.enc, protectedHeader.cty, protectedHeader.kid], [alg, enc, 'JWT', `enc-${kind}`])
      assert.equal((await verified(latchwork, new TextDecoder().decode(plaintext), `c${at}`)).payload['nonce'], 'the nonce')
    }
    for (const refused of ['RSA1_5', 'dir', 'A128KW', 'PBES2-HS256+A128KW']) assert.ok(!metadata.id_token_encryption_alg_values_supported.includes(refused))
  })

  it('O6: no key that fits is the client’s fault, tells no token, and uses no code up', async (t) => {
    const host = await startSecureHost(t, () => ({ keys: [encryptionKey('ec').jwk] }))
    const settings = { idTokenEncryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' }, jwksUri: `${host.url}/jwks` }
    const latchwork = await startWith(t, [clientOf('app', settings)], { config: { outbound: host.outbound } })
    const { status, body } = await tokensFor(latchwork, 'app', { scope: 'openid' })
    assert.deepEqual([status, body.error, body.access_token], [400, 'invalid_request', undefined])
    const events = await latchwork.call('GET', '/v1/events?type=token.issued', { bearer: latchwork.rootKey })
    assert.deepEqual(events.body.items, [])
  })

  it('O6: keys that cannot be read are no fault of the caller’s: 503 in place of the tokens, and the same code is good once they can', async (t) => {
    const key = encryptionKey('rsa')
    let published: unknown
    const host = await startSecureHost(t, () => published)
    const wish = { alg: 'RSA-OAEP-256', enc: 'A256GCM' }
    const settings = { idTokenEncryption: wish, userInfoEncryption: wish, jwksUri: `${host.url}/jwks` }
    const latchwork = await startWith(t, [clientOf('app', settings)], { config: { outbound: host.outbound } })
    const { authorization, ...refused } = await tokensFor(latchwork, 'app', { scope: 'openid email' })
    refuses(refused, 503, 'temporarily_unavailable', /jwks_uri/)
    assert.equal(refused.headers.get('retry-after'), '5')
    published = { keys: [key.jwk] }
    latchwork.advance(5000)
    const { status, body } = await redeem(latchwork, authorization)
    assert.equal(status, 200, JSON.stringify(body))
    await compactDecrypt(body.id_token, key.privateKey)
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).status, 200)
    published = undefined
    latchwork.advance(3_599_000) // the token lives an hour; the keys are older than that soon
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).status, 200, 'remembered')
    const next = await refresh(latchwork, body.refresh_token)
    latchwork.advance(2000)
    const info = await latchwork.call('GET', '/userinfo', { bearer: next.body.access_token })
    refuses(info, 503, 'temporarily_unavailable')
    assert.equal(info.headers.get('www-authenticate'), null)
  })

  it('O6: acr, amr and auth_time are those of the sign-in, also after a refresh; sid is the session it was begun in', async (t) => {
    const latchwork = await startWith(t)
    const browser = await signUp(latchwork)
    const signedInAt = Math.floor(latchwork.now() / 1000)
    latchwork.advance(5 * 60_000)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid offline_access' }, browser)
    const first = decodeJwt(body.id_token)
    latchwork.advance(60_000)
    const next = decodeJwt((await refresh(latchwork, body.refresh_token, {}, basic('app'))).body.id_token)
    for (const claims of [first, next]) {
      assert.ok(Math.abs(Number(claims['auth_time']) - signedInAt) <= 2)
      assert.deepEqual([claims['acr'], claims['amr']], ['urn:latchwork:acr:one-factor', ['pwd']])
      assert.match(String(claims['sid']), /^[\w-]{43}$/)
      assert.equal(claims['sid'], first['sid'])
    }
    assert.deepEqual([next.sub, next.aud, next['nonce']], [first.sub, first.aud, undefined], 'Core §12.2')
    assert.ok(Number(next.iat) > Number(first.iat))
  })
})

describe('pairwise subjects', () => {
  const nativeAt = (id: string, redirectUri: string) => clientOf(id, { subjectType: 'pairwise' }, { redirectUris: [redirectUri] })

  it('O6: one name per sector and person, the same in ID token, UserInfo, introspection and for APIs, and no user id anywhere (Core §8.1)', async (t) => {
    const clients = [clientOf('open'), nativeAt('one', CALLBACK), nativeAt('two', 'http://127.0.0.1:9/second'), nativeAt('far', 'https://far.example.test/cb')]
    const latchwork = await startWith(t, clients)
    const browser = await signUp(latchwork)
    const subjects: Record<string, string> = {}
    for (const { id, redirectUris } of clients) {
      const parameters = { scope: 'openid notes:read offline_access', redirect_uri: redirectUris[0] }
      const { body } = await tokensFor(latchwork, id, parameters, browser)
      const sub = decodeJwt(body.id_token).sub ?? ''
      const info = (await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).body
      const seen = (await latchwork.form('/introspect', { token: body.access_token }, basic(id))).body
      const family = (await latchwork.form('/introspect', { token: body.refresh_token }, basic(id))).body
      const { record } = (await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: body.access_token } })).body
      assert.deepEqual([info.sub, seen.sub, family.sub, record.principal.subject], [sub, sub, sub, sub], id)
      assert.equal(record.principal.userId, id === 'open' ? sub : undefined, 'no other name for APIs either')
      const jwt = (await tokensFor(latchwork, id, { ...parameters, scope: 'openid files:read' }, browser)).body
      const claims = decodeJwt(jwt.access_token)
      assert.equal(claims.sub, sub)
      assert.equal(decodeJwt(jwt.id_token).sub, sub, 'stable')
      assert.equal(claims['account_id'] === undefined, id !== 'open', 'an account of one person names the person')
      subjects[id] = sub
    }
    assert.equal(subjects['one'], subjects['two'], 'one host, one sector')
    assert.equal(new Set(Object.values(subjects)).size, 3)
    assert.match(subjects['one'] ?? '', /^[A-Za-z0-9_-]{43}$/)
    const refreshed = await tokensFor(latchwork, 'one', { scope: 'openid notes:read', redirect_uri: CALLBACK }, browser)
    assert.equal(decodeJwt(refreshed.body.id_token).sub, subjects['one'])
  })

  it('O6 O16: what a login session is called (sid) is another at each client, the same at one, and no session id; JWTs end with it all the same', async (t) => {
    const clients = [clientOf('open'), nativeAt('one', CALLBACK), nativeAt('two', 'http://127.0.0.1:9/second'), nativeAt('far', 'https://far.example.test/cb')]
    const latchwork = await startWith(t, clients)
    const browser = await signUp(latchwork)
    const account = await browser.open(`${latchwork.issuer}/account`)
    const [session = ''] = account.text.match(/ses_[0-9A-Za-z]{22}/) ?? []
    const names = new Set<unknown>()
    const tokens: string[] = []
    for (const { id, redirectUris } of clients) {
      const parameters = { scope: 'openid files:read', redirect_uri: redirectUris[0] }
      const [first, second] = [(await tokensFor(latchwork, id, parameters, browser)).body, (await tokensFor(latchwork, id, parameters, browser)).body]
      const [is, again, jwt] = [first.id_token, second.id_token, first.access_token].map((token) => decodeJwt(token)) as [Claims, Claims, Claims]
      assert.match(String(is['sid']), /^[\w-]{43}$/)
      assert.equal(again['sid'], is['sid'], 'one session to the client')
      names.add(is['sid'])
      assert.equal(jwt['sid'], id === 'open' ? session : undefined, 'what pairwise clients hold does not name the session')
      tokens.push(first.access_token)
    }
    assert.equal(names.size, clients.length)
    const { feed } = latchwork.server.installation.store
    const before = await feed.head()
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    const told = new Set((await feed.read(before, 100)).map(({ lifeline }) => lifeline))
    for (const token of tokens) assert.ok(told.has(`grant:${decodeJwt(token)['grant_id']}`), 'verifiers hear of each grant')
    for (const token of tokens) assert.equal(await isActive(latchwork, token), false)
  })
})
