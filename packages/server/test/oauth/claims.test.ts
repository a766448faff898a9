/** The standard claims of a person (OpenID Connect Core §5.1): by scope, by name, in every form, and as the person allowed them (O6, O7). */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { it } from 'node:test'
import { queryOnce, viewsEnded } from '@latchwork/store/test-engines'
import { compactDecrypt, createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { authorizationUrl, authorize, basic, person, redeem, refresh, signUp } from '../kit/authorize.ts'
import { allowDevice, poll, startDevice } from '../kit/device.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { newEmail } from '../kit/front-end.ts'
import { changePerson, fillProfile, wholeProfile } from '../kit/profile.ts'
import { type Latchwork, testClients } from '../kit/start-latchwork.ts'
import { clientOf, encryptionKey, startWith } from '../kit/token-clients.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const SCOPE = 'openid profile email address phone'
const scopes = [...SCOPE.split(' '), 'offline_access', 'notes:read']
const app = (settings: object = {}, id = 'app') => clientOf(id, { ...settings }, { scopes })
const { address, phone_number, phone_number_verified, ...profile } = wholeProfile

interface Somebody {
  readonly email: string
  readonly browser: WebBrowser
}

async function somebody(latchwork: Latchwork, filled: object | undefined = wholeProfile): Promise<Somebody> {
  const email = newEmail()
  const browser = await signUp(latchwork, { ...person, email })
  if (filled !== undefined) await fillProfile(latchwork, email, filled)
  return { email, browser }
}

const told = async (latchwork: Latchwork, token: string) => (await latchwork.call('GET', '/userinfo', { bearer: token })).body

/** Asks, unticks the boxes of these scopes, and gives the tokens. */
async function tokensWithout(latchwork: Latchwork, browser: WebBrowser, asked: Readonly<Record<string, string>>, unticked: readonly string[]) {
  const { url, verifier } = authorizationUrl(latchwork, asked)
  const page = await browser.open(url)
  const boxOf = (scope: string): string => new RegExp(`<input id="([^"]+)"[^>]*value="${scope}"`).exec(page.text)?.[1] ?? assert.fail(`a box for ${scope}`)
  const end = await browser.submit(page, 'consent-allow', Object.fromEntries(unticked.map((scope) => [boxOf(scope), false as const])))
  const response = new URL(end.location ?? assert.fail(end.text)).searchParams
  const authorization = { code: response.get('code') ?? '', verifier, state: '', redirectUri: testClients.web.redirectUris[0], browser, response }
  return { page, body: (await redeem(latchwork, authorization)).body }
}

describeOnEachEngine('claims of a person', (start) => {
  it('O6: each scope tells its own, and of these what is set (Core §5.4)', async (t) => {
    const latchwork = await startWith(t, [app()], {}, start)
    const ada = await somebody(latchwork)
    const bob = await somebody(latchwork, { locale: 'de', address: { country: 'AT' } })
    for (const [scope, all, few] of [
      ['openid', {}, {}],
      ['openid profile', { name: 'Ada', ...profile }, { name: 'Ada', locale: 'de' }],
      ['openid address', { address }, { address: { country: 'AT' } }],
      ['openid phone', { phone_number, phone_number_verified }, {}],
      ['openid email', { email: ada.email, email_verified: false }, { email: bob.email, email_verified: false }],
    ] as const)
      for (const [{ browser }, claims] of [
        [ada, all],
        [bob, few],
      ] as const) {
        const { body } = await redeem(latchwork, await authorize(latchwork, { scope }, browser))
        const { sub, updated_at, ...others } = await told(latchwork, body.access_token)
        assert.deepEqual(others, claims, scope)
        assert.equal(sub, decodeJwt(body.id_token).sub)
        assert.equal(typeof updated_at, scope === 'openid profile' ? 'number' : 'undefined')
        assert.deepEqual(
          Object.keys(claims).filter((claim) => claim in decodeJwt(body.id_token)),
          [],
          'no ID token says what nobody asked it to',
        )
      }
  })

  it('O6: updated_at is the second of the last change, and every answer tells what is so now', async (t) => {
    const latchwork = await startWith(t, [app()], {}, start)
    const { email, browser } = await somebody(latchwork)
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid profile' }, browser))
    latchwork.advance(60_000)
    const { updatedAt } = (await fillProfile(latchwork, email, { nickname: 'Addie', gender: null })).body
    const now = await told(latchwork, body.access_token)
    assert.deepEqual([now.nickname, now.gender, now.updated_at], ['Addie', undefined, Math.floor(Date.parse(updatedAt) / 1000)])
    assert.ok(Math.abs(now.updated_at - latchwork.now() / 1000) < 30)
    assert.equal((await changePerson(latchwork, now.sub, { name: 'Addie' })).status, 200)
    assert.equal((await told(latchwork, body.access_token)).name, 'Addie')
  })

  it('O6: by name where they were asked for, essential or not, with a value or without; what is not set is left out (Core §5.5)', async (t) => {
    const latchwork = await startWith(t, [app()], {}, start)
    const { browser } = await somebody(latchwork, { given_name: 'Ada', birthdate: '1815', address, phone_number })
    const claims = JSON.stringify({
      id_token: { given_name: { essential: true }, family_name: { essential: true }, address: null, birthdate: { value: '1815' } },
      userinfo: { phone_number: { values: ['+1', phone_number] }, updated_at: null, nickname: { essential: true } },
    })
    const asked = { scope: 'openid', claims }
    const { page } = await tokensWithout(latchwork, browser, asked, [])
    for (const sentence of [/See your name and your profile/, /See your postal address/, /See your phone number/]) assert.match(page.text, sentence)
    const { body } = await redeem(latchwork, await authorize(latchwork, asked, browser))
    const { given_name, family_name, address: where, birthdate, phone_number: elsewhere } = decodeJwt(body.id_token)
    assert.deepEqual([given_name, family_name, where, birthdate, elsewhere], ['Ada', undefined, address, '1815', undefined])
    const info = await told(latchwork, body.access_token)
    assert.deepEqual(Object.keys(info).sort(), ['phone_number', 'sub', 'updated_at'])
  })

  it('O6: signed and encrypted UserInfo tells the same', async (t) => {
    const key = encryptionKey('rsa')
    const encrypted = { userInfoEncryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' }, jwks: { keys: [key.jwk] } }
    const latchwork = await startWith(t, [app(), app({ userInfoSigningAlg: 'ES256' }, 'signed'), app(encrypted, 'encrypted')], {}, start)
    const { browser } = await somebody(latchwork)
    const answerTo = async (client_id: string) => {
      const { body } = await redeem(latchwork, await authorize(latchwork, { client_id, scope: SCOPE }, browser), {}, basic(client_id))
      return told(latchwork, body.access_token)
    }
    const plain = await answerTo('app')
    assert.deepEqual(plain, { ...plain, ...wholeProfile })
    const { payload } = await jwtVerify(await answerTo('signed'), createRemoteJWKSet(new URL(`${latchwork.issuer}/jwks`)))
    assert.deepEqual(payload, { ...plain, iss: latchwork.issuer, aud: 'signed', ...('iat' in payload ? { iat: payload.iat } : {}) })
    const { plaintext } = await compactDecrypt(await answerTo('encrypted'), key.privateKey)
    assert.deepEqual(JSON.parse(new TextDecoder().decode(plaintext)), plain)
  })

  it('O6: the ID token tells the same as UserInfo where the client is set so, also after a refresh, and no more of it than a narrower refresh asks for', async (t) => {
    const latchwork = await startWith(t, [app({ idTokenScopeClaims: true, subjectType: 'pairwise' }), app({}, 'other')], {}, start)
    const { email, browser } = await somebody(latchwork)
    const authorization = await authorize(latchwork, { scope: `${SCOPE} offline_access` }, browser)
    const { body } = await redeem(latchwork, authorization)
    const info = await told(latchwork, body.access_token)
    assert.deepEqual(info, { ...info, ...wholeProfile, name: 'Ada', email, email_verified: false })
    const first = decodeJwt(body.id_token)
    assert.deepEqual(first, { ...first, ...info })
    assert.deepEqual(
      Object.keys(first)
        .filter((name) => !(name in info))
        .sort(),
      ['amr', 'acr', 'at_hash', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'nonce', 'sid'].sort(),
    )
    await fillProfile(latchwork, email, { nickname: 'Addie' })
    const { body: next } = await refresh(latchwork, body.refresh_token)
    const second = decodeJwt(next.id_token)
    assert.deepEqual([second['nickname'], second['email'], second.sub], ['Addie', email, info.sub])
    const { body: narrow } = await refresh(latchwork, next.refresh_token, { scope: 'openid email' })
    const third = decodeJwt(narrow.id_token)
    assert.deepEqual([third['email'], third['name'], third['address'], third['phone_number']], [email, undefined, undefined, undefined])
    const elsewhere = await redeem(latchwork, await authorize(latchwork, { client_id: 'other', scope: SCOPE }, browser), {}, basic('other'))
    assert.notEqual(decodeJwt(elsewhere.body.id_token).sub, info.sub, 'pairwise all the same')
    assert.equal(decodeJwt(elsewhere.body.id_token)['email'], undefined)
  })

  it('O6 O7: nor does the ID token tell what the person left unticked, what is not registered any more, or of a profile from before more than the name', async (t) => {
    const latchwork = await startWith(t, [app({ idTokenScopeClaims: true })], {}, start)
    const { email, browser } = await somebody(latchwork)
    const claims = JSON.stringify({ id_token: { phone_number: null, address: null }, userinfo: { locale: null } })
    const asked = { scope: 'openid profile email address offline_access', claims }
    const { body } = await tokensWithout(latchwork, browser, asked, ['address', 'profile'])
    const { sub, ...first } = decodeJwt(body.id_token)
    assert.deepEqual([first['email'], first['phone_number'], first['name'], first['locale'], first['address']], [email, phone_number, ...Array(3)])
    assert.equal((await told(latchwork, body.access_token)).locale, undefined)

    const { body: whole } = await tokensWithout(latchwork, browser, asked, [])
    assert.deepEqual([decodeJwt(whole.id_token)['given_name'], decodeJwt(whole.id_token)['address']], ['Ada', address])
    const { id } = (await latchwork.server.installation.oauth.store.findConsent(sub ?? '', 'app')) ?? assert.fail('a consent')
    await asBefore(latchwork, id)
    const { body: before } = await refresh(latchwork, whole.refresh_token)
    assert.deepEqual([decodeJwt(before.id_token)['name'], decodeJwt(before.id_token)['given_name']], ['Ada', undefined])
    const less = { scopes: scopes.filter((scope) => scope !== 'email') }
    assert.equal((await latchwork.call('PATCH', '/v1/clients/app', { bearer: latchwork.rootKey, body: less })).status, 200)
    const { body: after } = await refresh(latchwork, before.refresh_token)
    assert.deepEqual([decodeJwt(after.id_token)['name'], decodeJwt(after.id_token)['email']], ['Ada', undefined])
  })

  it('O7: the page asks for each in a sentence; an address that is denied is not told by scope or by name, and asked for again', async (t) => {
    const latchwork = await startWith(t, [app()], {}, start)
    const { browser } = await somebody(latchwork)
    const claims = JSON.stringify({ id_token: { address: { essential: true }, given_name: null } })
    const { page, body } = await tokensWithout(latchwork, browser, { scope: SCOPE, claims }, ['address'])
    assert.match(page.text, /See your name and your profile, as far as it is filled in here: other names, picture, web pages, gender, date of birth/)
    assert.match(page.text, /See your postal address/)
    assert.match(page.text, /See your phone number/)
    assert.equal(body.scope, 'openid profile email phone')
    const info = await told(latchwork, body.access_token)
    assert.deepEqual([info.address, info.phone_number, info.given_name], [undefined, phone_number, 'Ada'])
    const { address: denied, given_name } = decodeJwt(body.id_token)
    assert.deepEqual([denied, given_name], [undefined, 'Ada'])
    const silent = async (scope: string) => {
      const { location } = await browser.get(authorizationUrl(latchwork, { scope, prompt: 'none' }).url)
      return new URL(location ?? '').searchParams.get('error')
    }
    assert.deepEqual([await silent('openid address'), await silent('openid profile phone')], ['consent_required', null])
  })

  it('O6 O7: what was allowed by name is told no more once the person leaves its scope out, or the client has it no more: at UserInfo and in every refresh', async (t) => {
    const asked = {
      scope: 'openid offline_access',
      claims: JSON.stringify({ id_token: { email: null, given_name: null }, userinfo: { email: null, address: null } }),
    }
    const latchwork = await startWith(t, [app()], {}, start)
    const { email, browser } = await somebody(latchwork)
    const { body } = await redeem(latchwork, await authorize(latchwork, asked, browser))
    const renewed = async (token: string) => {
      const again = (await refresh(latchwork, token)).body
      const [info, { email: named, given_name }] = [await told(latchwork, again.access_token), decodeJwt(again.id_token)]
      return { token: again.refresh_token, told: [info.email, info.address, named, given_name] }
    }
    const before = await renewed(body.refresh_token)
    assert.deepEqual(before.told, [email, address, email, 'Ada'])
    await tokensWithout(latchwork, browser, { scope: 'openid email', prompt: 'consent' }, ['email'])
    assert.equal((await told(latchwork, body.access_token)).email, undefined)
    const without = await renewed(before.token)
    assert.deepEqual(without.told, [undefined, address, undefined, 'Ada'])
    const change = { scopes: scopes.filter((scope) => scope !== 'address' && scope !== 'profile') }
    assert.equal((await latchwork.call('PATCH', '/v1/clients/app', { bearer: latchwork.rootKey, body: change })).status, 200)
    assert.deepEqual((await renewed(without.token)).told, [undefined, undefined, undefined, undefined])
  })

  it('O7: a consent of before, when profile said the name alone, tells the name, says so, and is asked for again', async (t) => {
    const latchwork = await startWith(t, [app()], {}, start)
    const { browser } = await somebody(latchwork)
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid profile email' }, browser))
    const { installation } = latchwork.server
    const { sub } = decodeJwt(body.id_token)
    const { id } = (await installation.oauth.store.findConsent(sub ?? '', 'app')) ?? assert.fail('a consent')
    assert.equal((await told(latchwork, body.access_token)).given_name, 'Ada')
    await asBefore(latchwork, id)
    assert.deepEqual(Object.keys(await told(latchwork, body.access_token)).sort(), ['email', 'email_verified', 'name', 'sub'])
    const applications = async () => (await browser.open(`${latchwork.issuer}/account/applications`)).text
    assert.match(await applications(), /<li>See your name<\/li>/)
    const silent = async (scope: string) => {
      const { location } = await browser.get(authorizationUrl(latchwork, { scope, prompt: 'none' }).url)
      return new URL(location ?? '').searchParams.get('error')
    }
    assert.deepEqual([await silent('openid email'), await silent('openid profile')], [null, 'consent_required'])
    // A yes about something else is none about this.
    await tokensWithout(latchwork, browser, { scope: 'openid email phone', prompt: 'consent' }, [])
    assert.equal(await silent('openid profile'), 'consent_required')
    const again = await tokensWithout(latchwork, browser, { scope: 'openid profile' }, [])
    assert.doesNotMatch(/value="profile".*?<\/div>/s.exec(again.page.text)?.[0] ?? assert.fail('a box'), /You allowed this before/)
    assert.equal(await silent('openid profile'), null)
    assert.match(await applications(), /See your name and your profile/)
    assert.equal((await told(latchwork, again.body.access_token)).given_name, 'Ada')
    const { items } = (await latchwork.call('GET', `/v1/events?type=consent.given&userId=${sub}`, { bearer: latchwork.rootKey })).body
    assert.equal(items.length, 3, 'each word is written down')
  })

  it('O6 O7: a device is told the same, and its page asks the same', async (t) => {
    const television = { ...testClients.television, scopes: [...testClients.television.scopes, 'address'] }
    const latchwork = await startWith(t, [television], {}, start)
    const { browser } = await somebody(latchwork)
    const device = await startDevice(latchwork, { scope: 'openid profile address' })
    await allowDevice(latchwork, browser, device)
    const { body } = await poll(latchwork, device)
    const info = await told(latchwork, body.access_token)
    assert.deepEqual([info.given_name, info.address, info.phone_number], ['Ada', address, undefined])
    assert.equal(decodeJwt(body.id_token)['address'], undefined)
    const change = { settings: { idTokenScopeClaims: true } }
    assert.equal((await latchwork.call('PATCH', '/v1/clients/tv', { bearer: latchwork.rootKey, body: change })).status, 200)
    const second = await startDevice(latchwork, { scope: 'openid profile address' })
    await allowDevice(latchwork, browser, second)
    const { given_name, address: where, phone_number: none } = decodeJwt((await poll(latchwork, second)).body.id_token)
    assert.deepEqual([given_name, where, none], ['Ada', address, undefined])
  })
})

/** As consents were before the sentence of `profile` spoke of all of it. */
async function asBefore(latchwork: Latchwork, consentId: string): Promise<void> {
  const { database } = latchwork.server.installation.config
  const statement = `update consents set profile_is_whole = null where id = '${consentId}'`
  if (database.engine === 'postgres') return void (await queryOnce(database.url.reveal(), statement))
  const connection = new DatabaseSync(database.file, { timeout: 5000 })
  connection.exec(statement)
  connection.close()
  await viewsEnded()
}
