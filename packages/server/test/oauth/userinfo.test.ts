/** UserInfo in every form (OpenID Connect Core §5.3), with the token wherever RFC 6750 lets it be, and claims asked for one by one (Core §5.5). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compactDecrypt, createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { allow, authorizationUrl, authorize, person, redeem, signUp, takeBack } from '../kit/authorize.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'
import { clientOf, encryptionKey, startWith, tokensFor } from '../kit/token-clients.ts'

const claimsOf = (members: object): string => JSON.stringify(members)
const send = (latchwork: Latchwork, init: RequestInit, query = '') => fetch(`${latchwork.issuer}/userinfo${query}`, init)

describe('UserInfo', () => {
  it('O6: the token in the header or in the form of a POST, once and nowhere else (RFC 6750 §2)', async (t) => {
    const latchwork = await startWith(t)
    const { body: tokens } = await tokensFor(latchwork, 'app', { scope: 'openid email' })
    const token = tokens.access_token
    const header = { authorization: `Bearer ${token}` }
    const form = (fields: Record<string, string> | string) => ({ method: 'POST', body: new URLSearchParams(fields) })
    const empty = { method: 'POST', headers: { ...header, 'content-type': 'application/json' }, body: '' }
    for (const init of [
      { headers: header },
      { method: 'POST', headers: header },
      empty,
      form({ access_token: token }),
      form({ access_token: token, other: 'x' }),
    ]) {
      const answer = await send(latchwork, init)
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(((await answer.json()) as { email: string }).email, person.email)
    }
    const refused: readonly [string, RequestInit, string, number, string | undefined][] = [
      ['twice', { ...form({ access_token: token }), headers: header }, '', 400, 'invalid_request'],
      ['repeated', form(`access_token=${token}&access_token=${token}`), '', 400, 'invalid_request'],
      ['in the query', {}, `?access_token=${token}`, 400, 'invalid_request'],
      ['in the query of a POST', { method: 'POST' }, `?access_token=${token}`, 400, 'invalid_request'],
      ['in a form and damaged', form({ access_token: `${token}x` }), '', 401, 'invalid_token'],
      ['in a form with a space', form({ access_token: `${token} x` }), '', 401, 'invalid_token'],
      ['in JSON', { method: 'POST', body: JSON.stringify({ access_token: token }), headers: { 'content-type': 'application/json' } }, '', 401, undefined],
      ['a refresh token', { headers: { authorization: `Bearer ${tokens.refresh_token}` } }, '', 401, 'invalid_token'],
      ['an ID token', { headers: { authorization: `Bearer ${tokens.id_token}` } }, '', 401, 'invalid_token'],
      ['nothing', {}, '', 401, undefined],
    ]
    for (const [title, init, query, status, error] of refused) {
      const answer = await send(latchwork, init, query)
      assert.equal(answer.status, status, title)
      const challenge = answer.headers.get('www-authenticate') ?? ''
      assert.match(challenge, /^Bearer/, title)
      assert.equal(/error="([^"]*)"/.exec(challenge)?.[1], error, title)
    }
  })

  it('O6: signed by the client’s algorithm, with iss and aud; encrypted; both, the signature within (Core §5.3.2)', async (t) => {
    const key = encryptionKey('rsa')
    const encrypted = { userInfoEncryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' }, jwks: { keys: [key.jwk] } }
    const latchwork = await startWith(t, [
      clientOf('signed', { userInfoSigningAlg: 'ES256' }),
      clientOf('encrypted', encrypted),
      clientOf('both', { ...encrypted, userInfoSigningAlg: 'PS256' }),
    ])
    const browser = await signUp(latchwork)
    const jwks = createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`))
    const answerTo = async (client: string) => {
      const { body } = await tokensFor(latchwork, client, { scope: 'openid email' }, browser)
      const answer = await latchwork.call('GET', '/userinfo', { bearer: body.access_token })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/jwt/)
      return { text: answer.body as string, sub: decodeJwt(body.id_token).sub }
    }
    const signed = await answerTo('signed')
    const { payload, protectedHeader } = await jwtVerify(signed.text, jwks, { issuer: latchwork.issuer, audience: 'signed' })
    assert.deepEqual([protectedHeader.alg, payload.sub, payload['email']], ['ES256', signed.sub, person.email])
    const plain = await answerTo('encrypted')
    const opened = await compactDecrypt(plain.text, key.privateKey)
    assert.deepEqual(JSON.parse(new TextDecoder().decode(opened.plaintext)), { sub: plain.sub, email: person.email, email_verified: false })
    const both = await answerTo('both')
    const inner = new TextDecoder().decode((await compactDecrypt(both.text, key.privateKey)).plaintext)
    const nested = await jwtVerify(inner, jwks, { issuer: latchwork.issuer, audience: 'both' })
    assert.deepEqual([nested.protectedHeader.alg, nested.payload.sub], ['PS256', both.sub])
  })

  it('O6: claims asked for one by one are told, each at its place, once the person allowed what stands for them (Core §5.5)', async (t) => {
    const latchwork = await startWith(t)
    const browser = await signUp(latchwork)
    const claims = claimsOf({ userinfo: { name: { essential: true }, nickname: null }, id_token: { email: null, 'name#de': null }, other: 7 })
    const page = await browser.open(authorizationUrl(latchwork, { scope: 'openid', claims }).url)
    assert.match(page.text, /See your name/)
    assert.match(page.text, /See your e-mail address/)
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid', claims }, browser))
    assert.equal(body.scope, 'openid', 'a claim is not a scope')
    const info = (await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).body
    assert.deepEqual(Object.keys(info).sort(), ['name', 'sub'])
    const told = decodeJwt(body.id_token)
    assert.deepEqual([told['email'], told['name'], told['email_verified']], [person.email, undefined, undefined])
    const again = await browser.get(authorizationUrl(latchwork, { scope: 'openid', claims, prompt: 'none' }).url)
    assert.ok(new URL(again.location ?? '').searchParams.has('code'), 'remembered')
    const more = claimsOf({ userinfo: { name: null, email: null } })
    assert.ok(
      new URL((await browser.get(authorizationUrl(latchwork, { scope: 'openid', claims: more, prompt: 'none' }).url)).location ?? '').searchParams.has('code'),
    )
  })

  it('O6 O7: a claim whose sentence the person left unticked is not told, and consent for more is asked for', async (t) => {
    const latchwork = await startWith(t)
    const browser = await signUp(latchwork)
    const claims = claimsOf({ userinfo: { name: null, email: { essential: true } } })
    const { url, verifier } = authorizationUrl(latchwork, { scope: 'openid', claims })
    const page = await browser.open(url)
    const box = /id="([^"]+)"[^>]*value="email"/.exec(page.text)?.[1] ?? /value="email"[^>]*id="([^"]+)"/.exec(page.text)?.[1] ?? assert.fail(page.text)
    const back = await allow(browser, url, { [box]: false })
    const { body } = await latchwork.form(
      '/token',
      {
        grant_type: 'authorization_code',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: 'http://127.0.0.1:9/callback',
        code_verifier: verifier,
      },
      { authorization: `Basic ${Buffer.from(`app:${(await import('../kit/test-secret.ts')).testSecret}`).toString('base64')}` },
    )
    assert.deepEqual(Object.keys((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).body).sort(), ['name', 'sub'])
    const silent = await browser.get(authorizationUrl(latchwork, { scope: 'openid', claims, prompt: 'none' }).url)
    assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'consent_required')
  })

  it('O6: claims are no way around what the client is registered for', async (t) => {
    const latchwork = await startWith(t, [clientOf('app', {}, { scopes: ['openid', 'notes:read'] })])
    const { body } = await tokensFor(latchwork, 'app', {
      scope: 'openid',
      claims: claimsOf({ userinfo: { email: { essential: true } }, id_token: { email: null } }),
    })
    assert.deepEqual(Object.keys((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).body), ['sub'])
    assert.equal(decodeJwt(body.id_token)['email'], undefined)
  })

  it('O6 O17: tells nothing more once the permission was taken back', async (t) => {
    const latchwork = await startWith(t)
    const browser = await signUp(latchwork)
    const { body } = await tokensFor(latchwork, 'app', { scope: 'openid email files:read offline_access' }, browser)
    assert.equal((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).status, 200)
    await takeBack(latchwork, browser)
    refuses(await latchwork.call('GET', '/userinfo', { bearer: body.access_token }), 401, 'invalid_token')
  })
})
