/** RFC 7662 and RFC 7009: who may ask what about a token, who may end it, and that nobody else learns anything. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { issueRootKey } from '@latchwork/api-keys'
import { authorize, basic, isActive, person, redeem, refresh, signUp } from '../kit/authorize.ts'
import { type Answer, API, type Latchwork, refuses, startLatchwork, system } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'

const asOther = { client_id: 'other', client_secret: testSecret }

function ask(latchwork: Latchwork, token: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return latchwork.form('/introspect', { token, ...fields }, fields['client_id'] === undefined ? basic('app') : {})
}

function saysNothing(answer: Answer, about: string): void {
  assert.deepEqual([answer.status, answer.body], [200, { active: false }], about)
}

/** Every text that is one character away from `text`, one in each place. */
function neighbours(text: string): readonly string[] {
  return [...text].map((letter, at) => `${text.slice(0, at)}${letter === 'a' ? 'b' : 'a'}${text.slice(at + 1)}`)
}

describe('POST /introspect', () => {
  it('O10: says of a living token what it carries (RFC 7662 §2.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const info = await latchwork.call('GET', '/userinfo', { bearer: body.access_token })
    const { iat, exp, jti, auth_time, ...known } = (await ask(latchwork, body.access_token)).body
    assert.ok(auth_time <= iat && auth_time > iat - 60, 'RFC 9470 §6.2')
    assert.deepEqual(known, {
      active: true,
      token_type: 'Bearer',
      iss: latchwork.issuer,
      sub: info.body.sub,
      aud: [API, latchwork.issuer],
      client_id: 'app',
      scope: 'openid notes:read',
      environment: 'live',
      acr: 'urn:latchwork:acr:one-factor',
    })
    assert.equal(exp - iat, 3600)
    assert.match(jti, /^tok_/)
    const { body: family } = await ask(latchwork, body.refresh_token)
    assert.deepEqual([family.active, family.sub, family.client_id, family.token_type], [true, info.body.sub, 'app', undefined])
  })

  it('O10: every prefix and every one-character change of a token is no token (4.4)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    for (const text of [body.access_token, body.refresh_token] as string[]) {
      for (const near of [
        ...neighbours(text),
        ...Array.from(text, (_, length) => text.slice(0, length)).slice(1),
        `${text}a`,
        ` ${text}`,
        `${text}\n`,
        text.toUpperCase(),
      ]) {
        saysNothing(await ask(latchwork, near), near)
      }
      assert.ok(await isActive(latchwork, body.access_token))
    }
    for (const token of ['x', 'null', '{}', body.id_token, `lw_at_${'0'.repeat(49)}`, '../../etc/passwd', "' or 1=1 --", 'x'.repeat(60_000)]) {
      saysNothing(await ask(latchwork, token), token.slice(0, 40))
    }
  })

  it('O10: another client is told nothing, also with a wrong hint; a verifier with a root key is told (4.5)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    for (const token of [body.access_token, body.refresh_token]) {
      for (const hint of ['access_token', 'refresh_token', 'id_token', 'x']) {
        saysNothing(await ask(latchwork, token, { ...asOther, token_type_hint: hint }), hint)
        assert.equal((await latchwork.form('/introspect', { token, token_type_hint: hint }, basic('app'))).body.active, true, 'a hint is a hint')
      }
      saysNothing(await latchwork.form('/introspect', { token }, basic('machine')), 'machine')
    }
    assert.ok(await isActive(latchwork, body.access_token))
    const verifier = { authorization: `Bearer ${latchwork.rootKey}` }
    saysNothing(await latchwork.form('/introspect', { token: body.refresh_token }, verifier), 'a verifier has no business with refresh tokens')
  })

  it('O10: who asks with a bearer token needs a root key that may verify; the refusal speaks Bearer (RFC 6750 §3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const { apiKeys } = latchwork.server.installation
    const weak = await issueRootKey(apiKeys, { name: 'weak', scopes: ['keys:read'] }, system, latchwork.now())
    const strong = await issueRootKey(apiKeys, { name: 'strong', scopes: ['credentials:verify'] }, system, latchwork.now())
    const by = (bearer: string) => latchwork.form('/introspect', { token: body.access_token }, { authorization: `Bearer ${bearer}` })
    assert.equal((await by(strong.secret.reveal())).body.active, true)
    for (const [bearer, status, error] of [
      [weak.secret.reveal(), 403, 'insufficient_scope'],
      [body.access_token, 401, 'invalid_token'],
      [testSecret, 401, 'invalid_token'],
      ['x', 401, 'invalid_token'],
    ] as const) {
      const answer = await by(bearer)
      refuses(answer, status, error)
      assert.match(answer.headers.get('www-authenticate') ?? '', new RegExp(`^Bearer .*error="${error}"`))
    }
  })

  it('O10 K10: a token that ended in any way is told as one that never was', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const fresh = async () => (await redeem(latchwork, await authorize(latchwork, {}, browser))).body
    const [expired, revoked, ended] = [await fresh(), await fresh(), await fresh()]
    await latchwork.form('/revoke', { token: revoked.access_token }, basic('app'))
    saysNothing(await ask(latchwork, revoked.access_token), 'revoked')
    await latchwork.form('/revoke', { token: ended.refresh_token }, basic('app'))
    saysNothing(await ask(latchwork, ended.access_token), 'its grant revoked')
    saysNothing(await ask(latchwork, ended.refresh_token), 'its grant revoked')
    const used = expired.refresh_token
    const { body: next } = await refresh(latchwork, used)
    saysNothing(await ask(latchwork, used), 'used up')
    latchwork.advance(3600_000)
    saysNothing(await ask(latchwork, expired.access_token), 'expired')
    assert.equal((await ask(latchwork, next.refresh_token)).body.active, true)
    latchwork.advance(31 * 24 * 3600_000)
    saysNothing(await ask(latchwork, next.refresh_token), 'not used for a month')
    refuses(await refresh(latchwork, next.refresh_token), 400, 'invalid_grant', /expired|Start the authorization again/)
  })

  it('R6: parameters missing, repeated, or in another form', async (t) => {
    const latchwork = await startLatchwork(t)
    for (const path of ['/introspect', '/revoke']) {
      refuses(await latchwork.form(path, {}, basic('app')), 400, 'invalid_request')
      refuses(await latchwork.form(path, { token: '' }, basic('app')), 400, 'invalid_request')
      refuses(await latchwork.form(path, new URLSearchParams('token=a&token=b'), basic('app')), 400, 'invalid_request')
      refuses(await latchwork.form(path, {}), 401, 'invalid_client')
      const json = await latchwork.call('POST', path, { body: { token: 'x' }, headers: basic('app') })
      assert.equal(json.status, 415)
      assert.equal((await latchwork.call('GET', `${path}?token=x`, { headers: basic('app') })).status, 405)
    }
  })
})

describe('POST /revoke', () => {
  it('O10: answers 200 with an empty JSON object, and does nothing, for what is unknown or another’s (RFC 7009 §2.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const { body } = await redeem(latchwork, await authorize(latchwork))
    const tokens = [body.access_token, body.refresh_token, 'x', `lw_at_${'0'.repeat(49)}`, `${body.id_token}x`, 'eyJ.eyJ.x', 'x'.repeat(60_000)]
    for (const token of tokens) {
      const answer = await latchwork.form('/revoke', { token, ...asOther })
      assert.deepEqual([answer.status, answer.body, answer.headers.get('cache-control')], [200, {}, 'no-store'])
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    }
    for (const token of [latchwork.rootKey, testSecret, body.id_token])
      for (const who of [asOther, {}])
        refuses(await latchwork.form('/revoke', { token, ...who }, who === asOther ? {} : basic('app')), 400, 'unsupported_token_type')
    assert.ok(await isActive(latchwork, body.access_token))
    assert.equal((await refresh(latchwork, body.refresh_token)).status, 200)
    assert.equal((await latchwork.form('/token', { grant_type: 'client_credentials' }, basic('machine'))).status, 200)
  })

  it('O10: an access token goes alone, a refresh token, old or new, with its whole grant; whatever the hint', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const token_type_hint of ['access_token', 'refresh_token', 'x']) {
      const { body: first } = await redeem(latchwork, await authorize(latchwork, {}, browser))
      const { status, body } = await latchwork.form('/revoke', { token: first.access_token, token_type_hint }, basic('app'))
      assert.deepEqual([status, body], [200, {}], 'libraries parse it')
      assert.equal(await isActive(latchwork, first.access_token), false)
      assert.equal((await latchwork.call('GET', '/userinfo', { bearer: first.access_token })).status, 401)
      const { body: next } = await refresh(latchwork, first.refresh_token)
      assert.ok(await isActive(latchwork, next.access_token))
      await latchwork.form('/revoke', { token: first.refresh_token, token_type_hint }, basic('app'))
      assert.equal(await isActive(latchwork, next.access_token), false, 'an old refresh token names its grant too')
      refuses(await refresh(latchwork, next.refresh_token), 400, 'invalid_grant')
      assert.equal((await latchwork.form('/revoke', { token: first.refresh_token }, basic('app'))).status, 200, 'again')
    }
    const events = await latchwork.call('GET', '/v1/events?type=token.revoked', { bearer: latchwork.rootKey })
    assert.equal(events.body.items.length, 3)
  })

  it('O10: the refresh token of a session is no business of a client', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const token = browser.cookies.get('__Host-lw_refresh') ?? assert.fail('a refresh cookie')
    assert.equal((await latchwork.form('/revoke', { token }, basic('app'))).status, 200)
    saysNothing(await ask(latchwork, token), 'introspected')
    refuses(await refresh(latchwork, token), 400, 'invalid_grant')
    const refreshed = await browser.postJson(`${latchwork.issuer}/v1/sessions/refresh`, {})
    assert.equal(refreshed.status, 200, refreshed.text)
    assert.match(refreshed.text, new RegExp(person.email))
  })
})
