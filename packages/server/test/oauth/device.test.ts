/** The device authorization grant (RFC 8628), from the device's request to its tokens. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { disableClient } from '@latchwork/oauth'
import { decodeJwt } from 'jose'
import { basic, isActive, person, refresh, signUp } from '../kit/authorize.ts'
import { allowDevice, type Device, enterCode, poll, startDevice } from '../kit/device.ts'
import { onEachEngine } from '../kit/shared.ts'
import { API, type Latchwork, refuses, startLatchwork, testClients } from '../kit/start-latchwork.ts'
import { webBrowser } from '../kit/web-browser.ts'

const mallory = { email: 'mallory@example.com', password: 'another horse battery staple', name: 'Mallory' }
const SECOND = 1000

const lastEvents = async (latchwork: Latchwork, type: string) =>
  (await latchwork.call('GET', `/v1/events?type=${type}&limit=100`, { bearer: latchwork.rootKey })).body.items

describe('POST /device_authorization', () => {
  it('O2: gives a device code, a user code and where to enter it (RFC 8628 §3.2)', async (t) => {
    const latchwork = await startLatchwork(t)
    const answer = await latchwork.form('/device_authorization', { client_id: 'tv', scope: 'notes:read' })
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const { device_code, user_code, ...rest } = answer.body
    assert.match(device_code, /^lw_dc_[0-9A-Za-z]{49}$/)
    assert.match(user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/, 'no vowel, no digit')
    const uri = `${latchwork.issuer}/device`
    assert.deepEqual(rest, { verification_uri: uri, verification_uri_complete: `${uri}?user_code=${user_code}`, expires_in: 600, interval: 5 })
    const [event] = await lastEvents(latchwork, 'device.requested')
    assert.deepEqual([event.clientId, event.data.scopes], ['tv', 'notes:read'])
  })

  it('O2 O13: the client proves itself as registered, and must be registered for the grant (RFC 8628 §3.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const ask = (fields: Record<string, string>, headers = {}) => latchwork.form('/device_authorization', fields, headers)
    refuses(await ask({ client_id: 'nobody' }), 401, 'invalid_client')
    refuses(await ask({ client_id: 'app' }), 401, 'invalid_client')
    refuses(await ask({}), 401, 'invalid_client')
    refuses(await ask({}, basic('app')), 400, 'unauthorized_client')
    refuses(await ask({ client_id: 'tv', scope: 'admin email' }), 400, 'invalid_scope')
    refuses(await ask({ client_id: 'tv', resource: 'https://elsewhere.test' }), 400, 'invalid_target')
    const twice = new URLSearchParams([
      ['client_id', 'tv'],
      ['scope', 'openid'],
      ['scope', 'openid'],
    ])
    refuses(await latchwork.form('/device_authorization', twice), 400, 'invalid_request')
    assert.equal((await latchwork.call('GET', '/device_authorization')).status, 405)
  })

  it('O15: what the device may not ask for is left out, and its tokens say so (RFC 6749 §3.3)', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork, { scope: 'openid admin email notes:read' })
    await allowDevice(latchwork, await signUp(latchwork), device)
    const { body } = await poll(latchwork, device)
    assert.equal(body.scope, 'openid notes:read')
    const renew = (refresh_token: string, scope: string) => latchwork.form('/token', { grant_type: 'refresh_token', client_id: 'tv', refresh_token, scope })
    const again = await renew(body.refresh_token, 'openid admin email notes:read')
    assert.equal(again.status, 200, JSON.stringify(again.body))
    assert.equal(again.body.scope, 'openid notes:read', 'a refresh that repeats what was asked for is none for more')
    refuses(await renew(again.body.refresh_token, 'openid phone'), 400, 'invalid_scope')
  })

  it('O2 R7: a network that asks and asks is told to wait, with Retry-After', async (t) => {
    const latchwork = await startLatchwork(t)
    const begun = performance.now()
    const answers = await Promise.all(Array.from({ length: 100 }, () => latchwork.form('/device_authorization', { client_id: 'tv' })))
    const again = Math.ceil((performance.now() - begun) / 1000) // one more each second
    const admitted = answers.filter(({ status }) => status === 200).length
    assert.ok(admitted >= 60 && admitted <= 60 + again, `${admitted} in ${again} s`)
    const refused = answers.find(({ status }) => status === 429) ?? assert.fail('some are refused')
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
  })
})

describe('POST /token, device_code', () => {
  it('O2: waits for the person, then buys tokens for exactly what they ticked (RFC 8628 §3.4, §3.5)', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    refuses(await poll(latchwork, device), 400, 'authorization_pending')
    const browser = await signUp(latchwork)
    await allowDevice(latchwork, browser, device, { 'consent-scope-3': false })
    const { status, body } = await poll(latchwork, device)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.scope, 'openid notes:read')
    assert.deepEqual([body.token_type, body.expires_in], ['Bearer', 3600])
    assert.ok(await isActive(latchwork, body.access_token))
    const { aud, sub, amr: _amr, ...claims } = decodeJwt(body.id_token)
    assert.equal(aud, 'tv')
    assert.equal(claims['nonce'], undefined)
    const { user } = (await latchwork.server.installation.store.accounts.findUserByEmail(person.email)) ?? assert.fail()
    assert.equal(sub, user.id)
    const { body: introspected } = await latchwork.form('/introspect', { token: body.access_token }, { authorization: `Bearer ${latchwork.rootKey}` })
    assert.deepEqual(introspected.aud, [API, latchwork.issuer])
    const refreshed = await refresh(latchwork, body.refresh_token, { client_id: 'tv' }, {} as never)
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body))
    const consent = await latchwork.server.installation.oauth.store.findConsent(user.id, 'tv')
    assert.deepEqual(consent?.scopes, ['openid', 'notes:read'])
  })

  it('O2: a poll before the interval is over is told slow_down, and the interval grows by 5 s for good (RFC 8628 §3.5)', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    const says = async () => (await poll(latchwork, device)).body.error
    assert.equal(await says(), 'authorization_pending', 'the first may come at once')
    assert.equal(await says(), 'slow_down')
    latchwork.advance(6 * SECOND)
    assert.equal(await says(), 'slow_down', 'the interval is 10 s now')
    latchwork.advance(11 * SECOND)
    assert.equal(await says(), 'slow_down', 'and now 15 s')
    latchwork.advance(21 * SECOND)
    assert.equal(await says(), 'authorization_pending')
    latchwork.advance(21 * SECOND)
    assert.equal(await says(), 'authorization_pending')
  })

  it('O2 R5: a clock that is set back does not keep a device waiting until the old time comes', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    const says = async () => (await poll(latchwork, device)).body.error
    assert.equal(await says(), 'authorization_pending')
    latchwork.advance(-3600 * SECOND)
    assert.equal(await says(), 'authorization_pending')
    assert.equal(await says(), 'slow_down')
  })

  it('O2: who may have the tokens gets them, however fast it polls', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    await poll(latchwork, device)
    await allowDevice(latchwork, await signUp(latchwork), device)
    assert.equal((await poll(latchwork, device)).status, 200)
  })

  it('O2: polls that wait are no refusals to write down', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    await poll(latchwork, device)
    await poll(latchwork, device)
    refuses(await poll(latchwork, device, { device_code: 'nonsense' }), 400, 'invalid_grant')
    await latchwork.server.installation.refusals.flush()
    const reasons = (await lastEvents(latchwork, 'request.refused')).map(({ reason }: { reason: string }) => reason)
    assert.ok(
      reasons.some((reason: string) => reason.includes('device_code_unknown')),
      reasons.join(),
    )
    assert.ok(!reasons.some((reason: string) => /authorization_pending|slow_down/.test(reason)), reasons.join())
  })

  it('O2: when the person says no: access_denied, for good', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork)
    const browser = await signUp(latchwork)
    const done = await browser.submit(await enterCode(latchwork, browser, device.userCode), 'consent-deny')
    assert.match(done.text, /The device was denied/)
    for (let round = 0; round < 2; round++) refuses(await poll(latchwork, device), 400, 'access_denied')
    assert.equal((await lastEvents(latchwork, 'consent.denied')).length, 1)
  })

  it('O2: nothing ticked is a no', async (t) => {
    const latchwork = await startLatchwork(t)
    const device = await startDevice(latchwork, { scope: 'notes:read' })
    const browser = await signUp(latchwork)
    await browser.submit(await enterCode(latchwork, browser, device.userCode), 'consent-allow', { 'consent-scope-1': false })
    refuses(await poll(latchwork, device), 400, 'access_denied')
  })

  it('O2: after ten minutes: expired_token, allowed or not (RFC 8628 §3.5)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [waiting, allowed] = [await startDevice(latchwork), await startDevice(latchwork)]
    const browser = await signUp(latchwork)
    await allowDevice(latchwork, browser, allowed)
    latchwork.advance(600 * SECOND)
    for (const device of [waiting, allowed]) refuses(await poll(latchwork, device), 400, 'expired_token')
    assert.match((await enterCode(latchwork, browser, waiting.userCode)).text, /wrong or has expired/)
  })

  it('O2: the code of another client, one that is none, and one of another kind are refused alike', async (t) => {
    const latchwork = await startLatchwork(t, { config: { clients: [testClients.television, { ...testClients.television, id: 'tv2', name: 'Other TV' }] } })
    const device = await startDevice(latchwork)
    await allowDevice(latchwork, await signUp(latchwork), device)
    const others: Readonly<Record<string, string>>[] = [
      { client_id: 'tv2' },
      { device_code: `lw_dc_${'A'.repeat(49)}` },
      { device_code: device.userCode },
      { device_code: device.deviceCode.replace('lw_dc_', 'lw_ac_') },
    ]
    const told = new Set<string>()
    for (const fields of others) {
      const answer = await poll(latchwork, device, fields)
      refuses(answer, 400, 'invalid_grant')
      told.add(answer.body.error_description)
    }
    assert.equal(told.size, 1)
    refuses(await poll(latchwork, device, { device_code: '' }), 400, 'invalid_request', /device_code is required/)
    assert.equal((await poll(latchwork, device)).status, 200, 'nobody has used it up')
    refuses(await poll(latchwork, device), 400, 'invalid_grant', /already traded/)
  })

  it('O2: a device code buys what the client may still have, and a grant without offline_access ends with the sign-out', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    const tokensOf = async (scope: string) => {
      const device = await startDevice(latchwork, { scope })
      await allowDevice(latchwork, browser, device)
      return (await poll(latchwork, device)).body
    }
    const bound = await tokensOf('openid notes:read')
    const lasting = await tokensOf('openid notes:read offline_access')
    assert.equal(typeof decodeJwt(bound.id_token)['sid'], 'string')
    assert.equal(decodeJwt(lasting.id_token)['sid'], undefined, 'a sign-out elsewhere is none there')
    await browser.submit(await browser.open(`${latchwork.issuer}/logout`), 'logout-confirm')
    assert.deepEqual([await isActive(latchwork, bound.access_token), await isActive(latchwork, lasting.access_token)], [false, true])
  })
})

onEachEngine('what ends between yes and poll', (rig) => {
  let people = 0
  const allowed = async (): Promise<{ device: Device; userId: string; signOut: () => Promise<unknown> }> => {
    const who = { ...person, email: `person-${++people}@example.com` }
    const browser = await signUp(rig(), who)
    const device = await startDevice(rig())
    await allowDevice(rig(), browser, device)
    const { user } = (await rig().server.installation.store.accounts.findUserByEmail(who.email)) ?? assert.fail()
    return { device, userId: user.id, signOut: async () => browser.submit(await browser.open(`${rig().issuer}/logout`), 'logout-confirm') }
  }

  it('O2: the person signs out: access_denied (5.2)', async () => {
    const { device, signOut } = await allowed()
    await signOut()
    refuses(await poll(rig(), device), 400, 'access_denied')
  })

  it('O2: the person takes it back: access_denied (5.2)', async () => {
    const { device, userId } = await allowed()
    const { oauth } = rig().server.installation
    const {
      items: [one],
    } = await oauth.store.listApplications(userId, { limit: 9 })
    await oauth.store.endConsent(one?.consent.id ?? '', userId, rig().now(), { events: [], revocations: [] })
    refuses(await poll(rig(), device), 400, 'access_denied')
  })

  it('O2: the person is locked: access_denied (5.2)', async () => {
    const { device, userId } = await allowed()
    await rig().query(`update users set disabled_at = 1 where id = '${userId}' returning id`)
    refuses(await poll(rig(), device), 400, 'access_denied')
  })

  it('O2 O13: the client is disabled: it can no longer prove itself (5.2)', async () => {
    const { device } = await allowed()
    const other = await startDevice(rig())
    const { oauth } = rig().server.installation
    await disableClient(oauth, 'tv', { kind: 'system', id: 'system', origin: {} }, rig().now())
    refuses(await poll(rig(), device), 401, 'invalid_client')
    const browser = await signUp(rig(), { ...person, email: 'late@example.com' })
    assert.match((await enterCode(rig(), browser, other.userCode)).text, /wrong or has expired/)
  })
})

describe('/device', () => {
  it('O2: asks who is there first, keeps the code of verification_uri_complete, and still wants it looked at (RFC 8628 §3.3.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    await signUp(latchwork)
    const device = await startDevice(latchwork)
    const browser = webBrowser()
    const signIn = await browser.open(device.completeUri)
    assert.match(signIn.text, /id="login-submit"/)
    const page = await browser.submit(signIn, 'login-submit', { 'login-identifier': person.email, 'login-password': person.password })
    assert.match(page.text, new RegExp(`id="device-code"[^>]*value="${device.userCode}"`))
    refuses(await poll(latchwork, device), 400, 'authorization_pending')
    const question = await browser.submit(page, 'device-submit')
    for (const words of [
      /Acme Television/,
      /on another device/,
      new RegExp(device.userCode),
      /If somebody sent you this code/,
      /Read your notes/,
      /Change your notes/,
    ])
      assert.match(question.text, words)
    assert.equal(question.headers.get('x-frame-options'), 'DENY')
  })

  it('O2: takes a code as people type it: small letters, spaces, no dash', async (t) => {
    const latchwork = await startLatchwork(t)
    const browser = await signUp(latchwork)
    for (const typed of [(code: string) => code.toLowerCase(), (code: string) => code.replace('-', ''), (code: string) => ` ${code.replace('-', ' – ')} `]) {
      const device = await startDevice(latchwork)
      assert.match((await enterCode(latchwork, browser, typed(device.userCode))).text, /Allow this device\?/)
    }
  })

  it('O2: only who entered the code may answer, and nobody else sees what it is about (4.6)', async (t) => {
    const latchwork = await startLatchwork(t)
    const [ada, mal] = [await signUp(latchwork), await signUp(latchwork, mallory)]
    const device = await startDevice(latchwork)
    const question = await enterCode(latchwork, ada, device.userCode)
    const his = await enterCode(latchwork, mal, device.userCode)
    assert.equal(his.status, 400)
    assert.match(his.text, /wrong or has expired/)
    const peek = await mal.open(`${latchwork.issuer}/device/allow?user_code=${device.userCode}`)
    assert.equal(peek.status, 400)
    assert.doesNotMatch(peek.text, /Television/)
    assert.match((await mal.open(`${latchwork.issuer}/device/allow?user_code=BBBB-BBBB`)).text, /Code not accepted/)
    const herForm = {
      user_code: device.userCode,
      decision: 'allow',
      scope: 'notes:read',
      form_token: /name="form_token" value="([^"]+)"/.exec(question.text)?.[1] ?? '',
    }
    const posted = await mal.post(`${latchwork.issuer}/device/allow`, herForm, { origin: latchwork.issuer })
    assert.equal(posted.status, 400)
    refuses(await poll(latchwork, device), 400, 'authorization_pending')
    assert.match((await enterCode(latchwork, ada, device.userCode)).text, /Allow this device/, 'she may enter it again')
  })

  it('O2: an answer needs the form of this browser, and counts once (13.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    const [device, other] = [await startDevice(latchwork), await startDevice(latchwork)]
    const question = await enterCode(latchwork, ada, device.userCode)
    const otherQuestion = await enterCode(latchwork, ada, other.userCode)
    const tokenOf = (text: string) => /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? assert.fail(text)
    const answer = (fields: Record<string, string>, headers: Record<string, string> = { origin: latchwork.issuer }) =>
      ada.post(`${latchwork.issuer}/device/allow`, { user_code: device.userCode, decision: 'allow', ...fields }, headers)
    assert.equal((await answer({})).status, 403, 'no token')
    assert.equal((await answer({ form_token: tokenOf(otherQuestion.text) })).status, 403, 'the token of another question')
    assert.equal((await answer({ form_token: tokenOf(question.text) }, { origin: 'https://evil.test' })).status, 403, 'another site')
    refuses(await poll(latchwork, device), 400, 'authorization_pending')
    assert.match((await ada.submit(question, 'consent-allow')).text, /connected/)
    const again = await ada.submit(question, 'consent-deny')
    assert.equal(again.status, 400, 'decided is decided')
    assert.equal((await poll(latchwork, device)).status, 200)
  })

  it('O2: a wrong code costs an attempt, of the person and of the network; a right one does not (RFC 8628 §5.1)', async (t) => {
    const latchwork = await startLatchwork(t)
    const ada = await signUp(latchwork)
    for (let count = 0; count < 12; count++) {
      const device = await startDevice(latchwork)
      assert.match((await enterCode(latchwork, ada, device.userCode)).text, /Allow this device/)
    }
    for (let count = 0; count < 10; count++) assert.equal((await enterCode(latchwork, ada, 'BBBB-BBBB')).status, 400)
    const device = await startDevice(latchwork)
    const refused = await enterCode(latchwork, ada, device.userCode)
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.match((await enterCode(latchwork, await signUp(latchwork, mallory), device.userCode)).text, /Allow this device/, 'another person is not locked out')
    latchwork.advance(61 * SECOND)
    assert.equal((await enterCode(latchwork, ada, 'BBBB-BBBB')).status, 400)
  })
})

it('O2: devices that nobody let in are forgotten, an hour after their time', async (t) => {
  const latchwork = await startLatchwork(t)
  const device = await startDevice(latchwork)
  const { oauthChores } = latchwork.server.installation
  latchwork.advance(30 * 60 * SECOND)
  await oauthChores.forgetDevices()
  refuses(await poll(latchwork, device), 400, 'expired_token')
  latchwork.advance(60 * 60 * SECOND)
  await oauthChores.forgetDevices()
  refuses(await poll(latchwork, device), 400, 'invalid_grant')
})
