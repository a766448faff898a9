/** A person's word: given by this browser to this request, for what is ticked and no more, and taken back at once (O7, O17, 13.1). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf } from '@latchwork/kernel'
import { allow, authorizationUrl, authorize, basic, isActive, redeem, refresh, signUp, takeBack } from '../kit/authorize.ts'
import { API, type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { testSecret } from '../kit/test-secret.ts'
import type { Visit, WebBrowser } from '../kit/web-browser.ts'

const mallory = { email: 'mallory@example.com', password: 'a different long password', name: 'Mallory' }
const FILES = 'https://files.example.test'

function hiddenIn(page: Visit, name: string): string {
  const value = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)"`).exec(page.text)?.[1]
  return (value ?? assert.fail(`a hidden ${name}: ${page.text}`)).replaceAll('&amp;', '&')
}

/** The form of a consent page, as its browser would post it. */
function formOf(page: Visit): Record<string, string> {
  return { form_token: hiddenIn(page, 'form_token'), request: hiddenIn(page, 'request'), decision: 'allow', scope: 'notes:read' }
}

function post(latchwork: Latchwork, browser: WebBrowser, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Visit> {
  return browser.post(`${latchwork.issuer}/consent`, fields, { origin: latchwork.issuer, ...headers })
}

function isRefused(page: Visit, status: number, about: string): void {
  assert.deepEqual([page.status, page.location], [status, undefined], `${about}: ${page.status} → ${page.location}`)
  assert.doesNotMatch(page.text, /lw_ac_/, about)
}

describe('POST /consent', () => {
  it('O7: the answer counts for this browser, this person and this request (13.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [ada, mal] = [await signUp(latchwork), await signUp(latchwork, mallory)]
    const request = authorizationUrl(latchwork)
    const hers = formOf(await ada.open(request.url))
    const his = formOf(await mal.open(request.url))
    isRefused(await post(latchwork, mal, hers), 403, 'her form from his browser')
    isRefused(await post(latchwork, ada, his), 403, 'his form from her browser')
    isRefused(
      await post(latchwork, mal, { ...hers, form_token: his['form_token'] ?? '', request: hers['request']?.replace('nonce=the', 'nonce=his') ?? '' }),
      403,
      'mixed',
    )
    const { form_token: token = '', ...bare } = hers
    isRefused(await post(latchwork, ada, bare), 403, 'no token')
    for (const altered of ['', 'x', token.slice(1), `${token}x`, token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), token.replace(/^./, '1')]) {
      isRefused(await post(latchwork, ada, { ...hers, form_token: altered }), 403, `token ${altered}`)
    }
    const asked = hers['request'] ?? ''
    for (const altered of [
      asked.replace('notes%3Aread', 'notes%3Awrite'),
      asked.replace('client_id=app', 'client_id=other'),
      asked.replace('%2Fcallback', '%2Fother'),
      asked.replace(/code_challenge=./, 'code_challenge=_'),
      asked.replace('state=the', 'state=his'),
      `${asked}&resource=${encodeURIComponent(API)}`,
      '',
    ]) {
      assert.notEqual(altered, asked)
      isRefused(await post(latchwork, ada, { ...hers, request: altered }), 403, altered)
    }
    isRefused(await post(latchwork, ada, hers, { origin: 'https://evil.test' }), 403, 'from another site')
    isRefused(await post(latchwork, ada, hers, { origin: 'null' }), 403, 'from an opaque origin')
    const { request: _request, ...noRequest } = hers
    isRefused(await post(latchwork, ada, noRequest), 400, 'no request')
    const end = await post(latchwork, ada, hers)
    assert.ok(new URL(end.location ?? '').searchParams.get('code'), 'untouched, it is good')
    const page = await ada.open(authorizationUrl(latchwork, { prompt: 'consent' }).url)
    latchwork.advance(61 * 60_000)
    isRefused(await ada.submit(page, 'consent-allow'), 403, 'an hour later')
  })

  it('O7: nobody signed in, or somebody else since, cannot answer', async (t) => {
    const latchwork = await startLatchwork(t)
    await signUp(latchwork, mallory)
    const ada = await signUp(latchwork)
    const fields = formOf(await ada.open(authorizationUrl(latchwork).url))
    await ada.submit(await ada.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    isRefused(await post(latchwork, ada, fields), 401, 'signed out')
    const page = await ada.open(`${latchwork.issuer}/login`)
    await ada.submit(page, 'login-submit', { 'login-identifier': mallory.email, 'login-password': mallory.password })
    isRefused(await post(latchwork, ada, fields), 403, 'another person in the same browser')
  })

  it('O7: a no is told to the client, written down, and remembered as nothing', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const { url } = authorizationUrl(latchwork)
    const end = await ada.submit(await ada.open(url), 'consent-deny')
    const told = new URL(end.location ?? '').searchParams
    assert.deepEqual([told.get('error'), told.get('state'), told.get('iss'), told.get('code')], ['access_denied', 'the state', latchwork.issuer, null])
    const events = await latchwork.call('GET', '/v1/events?type=consent.denied', { bearer: latchwork.rootKey })
    assert.equal(events.body.items.length, 1)
    assert.match((await ada.open(url)).text, /id="consent-allow"/, 'asked again')
  })

  it('O7: what is unticked is not granted, and asked for again', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const { url, verifier } = authorizationUrl(latchwork, { scope: 'openid email notes:read notes:write' })
    const page = await ada.open(url)
    const boxOf = (scope: string): string => new RegExp(`<input id="([^"]+)"[^>]*value="${scope}"`).exec(page.text)?.[1] ?? assert.fail(`a box for ${scope}`)
    const end = await ada.submit(page, 'consent-allow', { [boxOf('notes:write')]: false, [boxOf('email')]: false })
    const code = new URL(end.location ?? '').searchParams.get('code') ?? ''
    const answer = await redeem(latchwork, {
      code,
      verifier,
      redirectUri: testClients.web.redirectUris[0],
      state: '',
      browser: ada,
      response: new URLSearchParams(),
    })
    assert.equal(answer.body.scope, 'openid notes:read')
    const info = await latchwork.call('GET', '/userinfo', { bearer: answer.body.access_token })
    assert.deepEqual(Object.keys(info.body), ['sub'])
    refuses(await refresh(latchwork, answer.body.refresh_token, { scope: 'notes:write' }), 400, 'invalid_scope')
    assert.match((await ada.open(url)).text, /id="consent-allow"/, 'more than was allowed is asked for again')
    assert.ok((await ada.get(authorizationUrl(latchwork, { scope: 'openid notes:read', prompt: 'none' }).url)).location?.includes('code='))
  })

  it('O7 O10 K10: what is unticked later is taken off what the application has from an earlier sign-in: its tokens at once, and every refresh', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const scope = 'openid offline_access notes:read notes:write'
    const first = (await redeem(latchwork, await authorize(latchwork, { scope }, ada))).body
    const other = (await redeem(latchwork, await authorize(latchwork, { scope }, await signUp(latchwork, mallory)))).body // another person's
    const scopeOf = async (token: string) => (await latchwork.form('/introspect', { token }, basic(testClients.web.id))).body.scope
    const known = async (token: string) =>
      (await latchwork.call('POST', '/v1/verify', { bearer: latchwork.rootKey, body: { credential: token } })).body.record.principal.scopes as readonly string[]
    assert.equal(await scopeOf(first.access_token), scope)
    assert.ok((await known(first.access_token)).includes('notes:write'))
    const { url } = authorizationUrl(latchwork, { scope, prompt: 'consent' })
    const page = await ada.open(url)
    const box = /<input id="([^"]+)"[^>]*value="notes:write"/.exec(page.text)?.[1] ?? assert.fail('a box')
    assert.match((await ada.submit(page, 'consent-allow', { [box]: false })).location ?? '', /code=/)
    assert.equal(await scopeOf(first.access_token), 'openid offline_access notes:read')
    assert.ok(!(await known(first.access_token)).includes('notes:write'))
    const refreshed = await refresh(latchwork, first.refresh_token, { scope }) // as libraries repeat it
    assert.deepEqual([refreshed.status, refreshed.body.scope], [200, 'openid offline_access notes:read'])
    assert.equal(await scopeOf(other.access_token), scope, 'nobody else’s')
  })

  it('O7: scopes that were not asked for cannot be added to the form; nothing ticked is a no', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const { url, verifier } = authorizationUrl(latchwork, { scope: 'notes:read' })
    const fields = new URLSearchParams(formOf(await ada.open(url)))
    for (const scope of ['notes:write', 'offline_access', '*:*', 'openid']) fields.append('scope', scope)
    const end = await ada.post(`${latchwork.issuer}/consent`, fields, { origin: latchwork.issuer })
    const code = new URL(end.location ?? '').searchParams.get('code') ?? ''
    const answer = await redeem(latchwork, {
      code,
      verifier,
      redirectUri: testClients.web.redirectUris[0],
      state: '',
      browser: ada,
      response: new URLSearchParams(),
    })
    assert.equal(answer.body.scope, 'notes:read')
    const { scope: _scope, ...nothing } = formOf(await ada.open(authorizationUrl(latchwork, { scope: 'notes:write' }).url))
    const denied = await post(latchwork, ada, nothing)
    assert.equal(new URL(denied.location ?? '').searchParams.get('error'), 'access_denied')
  })

  it('O7 O8: a remembered consent covers no other API', async (t) => {
    const scopes = [{ name: 'notes:read', description: 'Read your notes' }]
    const apis = [
      { identifier: API, name: 'Notes', scopes },
      { identifier: FILES, name: 'Files', scopes: [{ name: 'files:read', description: 'Read your files' }] },
    ]
    const client = { ...testClients.web, scopes: ['openid', 'notes:read', 'files:read'], audiences: [API, FILES], secretDigests: [digestOf(testSecret)] }
    const latchwork = await startLatchwork(t, { config: { apis, clients: [client] } })
    const ada = await signUp(latchwork)
    await allow(ada, authorizationUrl(latchwork, { scope: 'openid notes:read', resource: API }).url)
    const silent = async (change: Record<string, string>): Promise<URLSearchParams> =>
      new URL((await ada.get(authorizationUrl(latchwork, { prompt: 'none', ...change }).url)).location ?? '').searchParams
    assert.ok((await silent({ scope: 'openid notes:read' })).get('code'))
    assert.equal((await silent({ scope: 'openid', resource: FILES })).get('error'), 'consent_required', 'another audience')
    assert.equal((await silent({ scope: 'openid files:read' })).get('error'), 'consent_required', 'another scope')
    assert.equal((await silent({ scope: 'notes:read', resource: FILES })).get('error'), 'invalid_scope', 'a scope that the API does not have')
    assert.equal((await silent({ scope: 'openid notes:read', resource: FILES })).get('error'), 'consent_required', 'beside another it is left out')
  })

  it('O7 O8: a word that two APIs share, allowed for one of them, is asked for at the other, in its own sentence', async (t) => {
    const apis = [
      { identifier: API, name: 'Notes', scopes: [{ name: 'read', description: 'Read your notes' }] },
      { identifier: FILES, name: 'Files', scopes: [{ name: 'read', description: 'Read your files' }] },
    ]
    const client = { ...testClients.web, scopes: ['openid', 'read'], audiences: [API, FILES], secretDigests: [digestOf(testSecret)] }
    const latchwork = await startLatchwork(t, { config: { apis, clients: [client] } })
    const ada = await signUp(latchwork)
    await allow(ada, authorizationUrl(latchwork, { scope: 'read', resource: API }).url)
    await allow(ada, authorizationUrl(latchwork, { scope: 'openid', resource: FILES }).url)
    const page = await ada.open(authorizationUrl(latchwork, { scope: 'read', resource: FILES }).url)
    assert.match(page.text, /id="consent-allow"/)
    assert.match(page.text, /Read your files/)
    assert.doesNotMatch(page.text, /Read your notes/)
  })

  it('O7: one person’s consent says nothing for another, nor for another client', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    await allow(ada, authorizationUrl(latchwork, { scope: 'openid notes:read' }).url)
    const mal = await signUp(latchwork, mallory)
    const asking = { prompt: 'none', scope: 'openid notes:read' }
    assert.match((await mal.get(authorizationUrl(latchwork, asking).url)).location ?? '', /error=consent_required/)
    const other = { ...asking, client_id: 'other', redirect_uri: testClients.other.redirectUris[0] }
    assert.match((await ada.get(authorizationUrl(latchwork, other).url)).location ?? '', /error=consent_required/)
  })
})

describe('what a person leaves out', () => {
  it('O7: of what they are asked again, what they leave out this time is no longer remembered', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const scope = 'openid notes:read notes:write'
    await authorize(latchwork, { scope }, browser)
    assert.ok((await browser.open(authorizationUrl(latchwork, { scope }).url)).location, 'remembered')
    const asked = await browser.open(authorizationUrl(latchwork, { scope, prompt: 'consent' }).url)
    const box = /id="([^"]+)" type="checkbox" name="scope" value="notes:write"/.exec(asked.text)?.[1]
    assert.ok(box, asked.text)
    assert.ok((await browser.submit(asked, 'consent-allow', { [box]: false })).location)
    assert.equal((await browser.open(authorizationUrl(latchwork, { scope }).url)).location, undefined, 'asked again for what was left out')
    assert.ok((await browser.open(authorizationUrl(latchwork, { scope: 'openid notes:read' }).url)).location, 'the rest is remembered')
  })
})

describe('POST /account/applications/end', () => {
  it('O17 O10: a consent taken back ends every token under it at once, and not those of others (5.5)', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const offline = { scope: 'openid notes:read offline_access' }
    const [one, two] = [await authorize(latchwork, offline, ada), await authorize(latchwork, offline, ada)]
    const [first, second] = [await redeem(latchwork, one), await redeem(latchwork, two)]
    const unused = await authorize(latchwork, offline, ada)
    const mal = await signUp(latchwork, mallory)
    const his = await redeem(latchwork, await authorize(latchwork, offline, mal))
    isRefused(await takeBack(latchwork, mal, await ada.open(`${latchwork.issuer}/account/applications`)), 403, 'his browser, her form')
    const end = await takeBack(latchwork, ada, await ada.open(`${latchwork.issuer}/account/applications`))
    assert.equal(end.status, 303)
    for (const { body } of [first, second]) {
      assert.equal(await isActive(latchwork, body.access_token), false)
      assert.equal((await latchwork.call('GET', '/userinfo', { bearer: body.access_token })).status, 401)
      refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
    }
    refuses(await redeem(latchwork, unused), 400, 'invalid_grant')
    assert.ok(await isActive(latchwork, his.body.access_token), 'the other person’s goes on')
    assert.equal((await refresh(latchwork, his.body.refresh_token)).status, 200)
    assert.match((await ada.open(authorizationUrl(latchwork).url)).text, /id="consent-allow"/, 'asked again')
  })

  it('O17: ends what a person may end: not a stranger’s consent, and none twice', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const { body } = await redeem(latchwork, await authorize(latchwork, {}, ada))
    const hers = await ada.open(`${latchwork.issuer}/account/applications`)
    const mal = await signUp(latchwork, mallory)
    await authorize(latchwork, {}, mal)
    const his = await mal.open(`${latchwork.issuer}/account/applications`)
    const stolen = new URLSearchParams({ form_token: hiddenIn(his, 'form_token'), consent_id: hiddenIn(hers, 'consent_id') })
    isRefused(await mal.post(`${latchwork.issuer}/account/applications/end`, stolen, { origin: latchwork.issuer }), 404, 'her consent by his form')
    assert.ok(await isActive(latchwork, body.access_token))
    assert.equal((await takeBack(latchwork, ada, hers)).status, 303)
    isRefused(await takeBack(latchwork, ada, hers), 404, 'twice')
  })
})
