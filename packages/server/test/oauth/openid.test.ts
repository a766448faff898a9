/** What clients learn of people, and in which form: ID tokens, claims, UserInfo, pairwise subjects, signed introspection (O6, O10). */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { compactDecrypt, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify } from 'jose'
import { allow, authorizationUrl, basic, redeem, refresh, signUp } from '../kit/authorize.ts'
import { startSecureHost } from '../kit/secure-host.ts'
import { API, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import { type WebBrowser, webBrowser } from '../kit/web-browser.ts'

const CALLBACK = 'https://shop.example/cb'
const ALL = 'openid profile email offline_access notes:read'

interface Shop {
  readonly id: string
  readonly secret: string
}

async function register(latchwork: Latchwork, settings: object = {}, change: object = {}): Promise<Shop> {
  const body = { name: 'Shop', redirectUris: [CALLBACK], scopes: ALL.split(' '), audiences: [API], settings: { isAssured: true, ...settings }, ...change }
  const made = await latchwork.call('POST', '/v1/clients', { bearer: latchwork.rootKey, body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { id: made.body.client.id, secret: made.body.secret }
}

type Asked = Readonly<Record<string, string | undefined>>

async function tokensOf(latchwork: Latchwork, shop: Shop, browser: WebBrowser, asked: Asked = {}) {
  const redirectUri = asked['redirect_uri'] ?? CALLBACK
  const { url, verifier } = authorizationUrl(latchwork, { client_id: shop.id, redirect_uri: redirectUri, scope: ALL, ...asked })
  const target = await allow(browser, url)
  const code = target.searchParams.get('code') ?? assert.fail(`a code in ${target}`)
  const authorization = { code, verifier, state: '', redirectUri, browser, response: target.searchParams }
  const answer = await redeem(latchwork, authorization, {}, basic(shop.id, shop.secret))
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body as { readonly id_token: string; readonly access_token: string; readonly refresh_token: string }
}

async function errorOf(latchwork: Latchwork, shop: Shop, browser: WebBrowser, asked: Asked): Promise<string | null> {
  const { url } = authorizationUrl(latchwork, { client_id: shop.id, redirect_uri: CALLBACK, ...asked })
  const page = await browser.open(url)
  return page.location === undefined ? `page ${page.status}` : new URL(page.location).searchParams.get('error')
}

function claimsOf(token: string): JWTPayload & Readonly<Record<string, unknown>> {
  return decodeJwt(token)
}

function keysOf(latchwork: Latchwork) {
  return createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
}

async function userInfo(latchwork: Latchwork, token: string) {
  return latchwork.call('GET', '/userinfo', { bearer: token })
}

describe('ID tokens', () => {
  for (const alg of ['RS256', 'ES256', 'PS256', 'Ed25519'] as const)
    it(`O6: signed with ${alg} where the client says so; the at_hash is of that algorithm's hash (Core §3.1.3.6)`, async (t) => {
      const latchwork = await startLatchwork(t)
      const [shop, browser] = [await register(latchwork, { idTokenSigningAlg: alg }), await signUp(latchwork)]
      const { id_token, access_token } = await tokensOf(latchwork, shop, browser)
      const { payload, protectedHeader } = await jwtVerify(id_token, keysOf(latchwork), { issuer: latchwork.issuer, audience: shop.id, algorithms: [alg] })
      assert.equal(protectedHeader.alg, alg)
      const digest = Buffer.from(await crypto.subtle.digest(alg === 'Ed25519' ? 'SHA-512' : 'SHA-256', new TextEncoder().encode(access_token)))
      assert.equal(payload['at_hash'], digest.subarray(0, digest.length / 2).toString('base64url'))
      assert.deepEqual([payload['amr'], payload['acr'], payload['nonce']], [['pwd'], 'urn:latchwork:acr:one-factor', 'the nonce'])
      assert.ok(typeof payload['auth_time'] === 'number' && typeof payload['sid'] === 'string')
    })

  it('O6: encrypted on request, by RSA and by ECDH, and only for the client (Core §10.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const pairs = {
      'RSA-OAEP-256': generateKeyPairSync('rsa', { modulusLength: 2048 }),
      'ECDH-ES+A128KW': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    }
    for (const [alg, { publicKey, privateKey }] of Object.entries(pairs)) {
      const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'enc', kid: 'e1' }] }
      const shop = await register(latchwork, { jwks, idTokenEncryption: { alg, enc: 'A128CBC-HS256' } })
      const { id_token } = await tokensOf(latchwork, shop, browser)
      assert.deepEqual(decodeProtectedHeader(id_token), { alg, enc: 'A128CBC-HS256', kid: 'e1', cty: 'JWT', typ: 'JWT', ...epkOf(id_token) })
      const { plaintext } = await compactDecrypt(id_token, await importJWK(privateKey.export({ format: 'jwk' }), alg))
      const { payload } = await jwtVerify(new TextDecoder().decode(plaintext), keysOf(latchwork), { issuer: latchwork.issuer, audience: shop.id })
      assert.equal(payload['nonce'], 'the nonce')
    }
  })

  it('O6: no key to encrypt for: refused, nothing sent in clear, and the code is not burned', async (t) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const host = await startSecureHost(t, () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig' }] }))
    const latchwork = await startLatchwork(t, { config: { outbound: host.outbound } })
    const browser = await signUp(latchwork)
    const shop = await register(latchwork, {
      jwksUri: `${host.url}/jwks`,
      idTokenEncryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' },
    })
    const { url, verifier } = authorizationUrl(latchwork, { client_id: shop.id, redirect_uri: CALLBACK })
    const code = (await allow(browser, url)).searchParams.get('code') ?? ''
    const authorization = { code, verifier, state: '', redirectUri: CALLBACK, browser, response: new URLSearchParams() }
    const answer = await redeem(latchwork, authorization, {}, basic(shop.id, shop.secret))
    refuses(answer, 400, 'invalid_request', /keys/)
    const changed = { settings: { idTokenEncryption: null } }
    assert.equal((await latchwork.call('PATCH', `/v1/clients/${shop.id}`, { bearer: latchwork.rootKey, body: changed })).status, 200)
    assert.equal((await redeem(latchwork, authorization, {}, basic(shop.id, shop.secret))).status, 200)
  })

  it('O6: auth_time is of the sign-in, also after a refresh, where there is no nonce (Core §12.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    const first = await tokensOf(latchwork, shop, browser)
    latchwork.advance(120_000)
    const second = await refresh(latchwork, first.refresh_token, {}, basic(shop.id, shop.secret))
    const [before, after] = [claimsOf(first.id_token), claimsOf(second.body.id_token)]
    assert.deepEqual([after['auth_time'], after.sub, after['acr'], after['nonce']], [before['auth_time'], before.sub, before['acr'], undefined])
    assert.ok((after.iat ?? 0) >= (before.iat ?? 0) + 119)
  })
})

function epkOf(token: string) {
  const { epk } = decodeProtectedHeader(token) as { readonly epk?: unknown }
  return epk === undefined ? {} : { epk }
}

describe('claims (Core §5.4, §5.5)', () => {
  it('O6: by scope at UserInfo, by name where they were asked for; never what the person did not allow', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    const plain = await tokensOf(latchwork, shop, browser, { scope: 'openid email' })
    assert.deepEqual(Object.keys((await userInfo(latchwork, plain.access_token)).body).sort(), ['email', 'email_verified', 'sub'])
    assert.equal(claimsOf(plain.id_token)['email'], undefined)
    const claims = JSON.stringify({ id_token: { email: { essential: true }, unknown: null }, userinfo: { name: null, is_admin: { essential: true } } })
    const named = await tokensOf(latchwork, shop, browser, { scope: 'openid', claims })
    assert.equal(claimsOf(named.id_token)['email'], 'ada@example.com')
    assert.deepEqual(Object.keys((await userInfo(latchwork, named.access_token)).body).sort(), ['name', 'sub'])
    const bob = await signUp(latchwork, { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' })
    const { url, verifier } = authorizationUrl(latchwork, { client_id: shop.id, redirect_uri: CALLBACK, scope: 'openid', claims })
    const page = await bob.open(url)
    assert.match(page.text, /See your name/)
    const box = /id="(consent-scope-\d)"[^>]*value="email"/.exec(page.text)?.[1] ?? assert.fail('a box for email')
    const code = new URL((await bob.submit(page, 'consent-allow', { [box]: false })).location ?? '').searchParams.get('code') ?? ''
    const authorization = { code, verifier, state: '', redirectUri: CALLBACK, browser: bob, response: new URLSearchParams() }
    const tokens = (await redeem(latchwork, authorization, {}, basic(shop.id, shop.secret))).body
    assert.equal(claimsOf(tokens.id_token)['email'], undefined)
    assert.equal((await userInfo(latchwork, tokens.access_token)).body.name, 'Bob')
  })

  it('O6: claims that are no JSON, or shaped otherwise, go back as invalid_request', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    for (const claims of ['x', '[]', '{"id_token":[]}', '{"id_token":{"email":1}}', '{"id_token":{"acr":{"values":"a"}}}', '{"id_token":{},"id_token":{}}'])
      assert.equal(await errorOf(latchwork, shop, browser, { claims }), 'invalid_request', claims)
  })

  it('O6: an essential acr that nothing here reaches is refused, one that is reached is told (Core §5.5.1.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    const essential = (value: string) => JSON.stringify({ id_token: { acr: { essential: true, values: [value] } } })
    assert.equal(await errorOf(latchwork, shop, browser, { claims: essential('urn:example:gold') }), 'unmet_authentication_requirements')
    const { id_token } = await tokensOf(latchwork, shop, browser, { claims: essential('urn:latchwork:acr:one-factor'), acr_values: 'urn:example:gold' })
    assert.equal(claimsOf(id_token)['acr'], 'urn:latchwork:acr:one-factor')
  })
})

describe('whom a request is about', () => {
  it('O6: id_token_hint of the person who is there goes on; of another, or of nobody known, it does not (Core §3.1.2.1, §3.1.2.6)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, other] = [await register(latchwork), await register(latchwork)]
    const ada = await signUp(latchwork)
    const bob = await signUp(latchwork, { email: 'bob@example.com', password: 'correct horse battery staple', name: 'Bob' })
    const { id_token } = await tokensOf(latchwork, shop, ada)
    await tokensOf(latchwork, shop, bob)
    latchwork.advance(3_600_000) // long expired
    assert.equal(await errorOf(latchwork, shop, ada, { prompt: 'none', id_token_hint: id_token }), null)
    assert.equal(await errorOf(latchwork, shop, bob, { prompt: 'none', id_token_hint: id_token }), 'login_required')
    assert.equal(await errorOf(latchwork, shop, webBrowser(), { prompt: 'none', id_token_hint: id_token }), 'login_required')
    const tampered = `${id_token.slice(0, -3)}${id_token.endsWith('AAA') ? 'BBB' : 'AAA'}`
    for (const hint of [tampered, 'x', `${Buffer.from('{"alg":"none"}').toString('base64url')}.${id_token.split('.')[1]}.`])
      assert.equal(await errorOf(latchwork, shop, ada, { id_token_hint: hint }), 'invalid_request', hint)
    assert.equal(await errorOf(latchwork, other, ada, { id_token_hint: id_token }), 'invalid_request')
  })

  it('O5 O6: wishes that cannot be met break nothing; what is not taken is named (Core §3.1.2.6)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    await tokensOf(latchwork, shop, browser, { display: 'wap', ui_locales: 'fr-CA xx', claims_locales: 'de', acr_values: 'a b', unknown: 'x' })
    assert.equal(await errorOf(latchwork, shop, browser, { registration: '{}' }), 'registration_not_supported')
    const strict = await register(latchwork, { requireState: true })
    assert.equal(await errorOf(latchwork, strict, browser, { state: undefined }), 'invalid_request')
  })

  it('O6: default_max_age of the client counts where the request says nothing (Registration §2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork, { defaultMaxAgeSeconds: 60 }), await signUp(latchwork)]
    await tokensOf(latchwork, shop, browser)
    latchwork.advance(120_000)
    assert.equal(await errorOf(latchwork, shop, browser, { prompt: 'none' }), 'login_required')
    assert.equal(await errorOf(latchwork, shop, browser, { prompt: 'none', max_age: '3600' }), null)
  })
})

describe('pairwise subjects (Core §8)', () => {
  it('O6: one name a sector, never the person’s id: in ID tokens, at UserInfo and in introspection', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const pairwise = { subjectType: 'pairwise' }
    const [one, same] = [await register(latchwork, pairwise), await register(latchwork, pairwise)]
    const elsewhere = await register(latchwork, pairwise, { redirectUris: ['https://other.example/cb'] })
    const open = await register(latchwork)
    const subjects: (string | undefined)[] = []
    for (const [shop, redirect_uri] of [
      [one, CALLBACK],
      [same, CALLBACK],
      [elsewhere, 'https://other.example/cb'],
      [open, CALLBACK],
    ] as const) {
      const { id_token, access_token } = await tokensOf(latchwork, shop, browser, { redirect_uri })
      const { sub } = claimsOf(id_token)
      assert.equal((await userInfo(latchwork, access_token)).body.sub, sub)
      const told = await latchwork.form('/introspect', { token: access_token }, basic(shop.id, shop.secret))
      assert.equal(told.body.sub, sub)
      subjects.push(sub)
    }
    const [first, second, third, plain] = subjects
    assert.equal(first, second)
    assert.equal(new Set([first, third, plain]).size, 3)
    assert.match(plain ?? '', /^usr_/)
  })
})

describe('UserInfo (Core §5.3)', () => {
  it('O6: plain JSON, signed, or encrypted, as the client registered', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const signedShop = await register(latchwork, { userInfoSigningAlg: 'ES256' })
    const signed = await userInfo(latchwork, (await tokensOf(latchwork, signedShop, browser)).access_token)
    assert.match(signed.headers.get('content-type') ?? '', /^application\/jwt/)
    const { payload } = await jwtVerify(signed.body, keysOf(latchwork), { issuer: latchwork.issuer, audience: signedShop.id, algorithms: ['ES256'] })
    assert.equal(payload['email'], 'ada@example.com')
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secretShop = await register(latchwork, {
      jwks: { keys: [publicKey.export({ format: 'jwk' })] },
      userInfoEncryption: { alg: 'ECDH-ES', enc: 'A256GCM' },
    })
    const sealed = await userInfo(latchwork, (await tokensOf(latchwork, secretShop, browser)).access_token)
    const { plaintext } = await compactDecrypt(sealed.body, await importJWK(privateKey.export({ format: 'jwk' }), 'ECDH-ES'))
    assert.equal(JSON.parse(new TextDecoder().decode(plaintext)).email, 'ada@example.com')
  })

  it('O6: the token in a header, or in a form; not in both, and not in an address (RFC 6750 §2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork), await signUp(latchwork)]
    const { access_token } = await tokensOf(latchwork, shop, browser)
    assert.equal((await latchwork.form('/userinfo', { access_token })).body.email, 'ada@example.com')
    assert.equal((await latchwork.call('POST', '/userinfo', { bearer: access_token })).status, 200)
    const both = await latchwork.form('/userinfo', { access_token }, { authorization: `Bearer ${access_token}` })
    refuses(both, 400, 'invalid_request')
    assert.equal((await latchwork.call('GET', `/userinfo?access_token=${access_token}`)).status, 400)
    const wrong = await latchwork.form('/userinfo', { access_token: withAnotherEnd(access_token) })
    assert.equal(wrong.status, 401)
    assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer .*error="invalid_token"/)
  })
})

describe('introspection as a JWT (RFC 9701)', () => {
  it('O10: signed for the client that asks; an inactive token says nothing more', async (t) => {
    const latchwork = await startLatchwork(t)
    const [shop, browser] = [await register(latchwork, { introspectionSigningAlg: 'ES256' }), await signUp(latchwork)]
    const { access_token } = await tokensOf(latchwork, shop, browser)
    const accept = { accept: 'application/token-introspection+jwt' }
    for (const [token, active] of [
      [access_token, true],
      [withAnotherEnd(access_token), false],
    ] as const) {
      const answer = await latchwork.form('/introspect', { token }, { ...basic(shop.id, shop.secret), ...accept })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/token-introspection\+jwt/)
      const { payload } = await jwtVerify(answer.body, keysOf(latchwork), { issuer: latchwork.issuer, audience: shop.id, typ: 'token-introspection+jwt' })
      const told = payload['token_introspection'] as Readonly<Record<string, unknown>>
      assert.equal(told['active'], active)
      if (!active) assert.deepEqual(told, { active: false })
      assert.deepEqual([payload.sub, payload.exp], [undefined, undefined]) // §5: it must not pass for an access token
    }
  })
})

/** The same text but for its last character. */
function withAnotherEnd(text: string): string {
  return text.slice(0, -1) + (text.endsWith('x') ? 'y' : 'x')
}
