/** People by the management API: what is known of them is changed; disabled, everything of theirs ends in one act, at every verifier, and sign-in says no more than of a wrong password. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hashPassword } from '@latchwork/accounts'
import { mintToken } from '@latchwork/kernel'
import { historyOf } from '../keys/calls.ts'
import { authorize, isActive, redeem, refresh, signUp } from '../kit/authorize.ts'
import { describeOnEachEngine } from '../kit/each-engine.ts'
import { claimsOf, newEmail, password, register, signInDevice } from '../kit/front-end.ts'
import { changePerson, idOfPerson, wholeProfile } from '../kit/profile.ts'
import { type Latchwork, refuses } from '../kit/start-latchwork.ts'

const change = (latchwork: Latchwork, userId: string, verb: 'disable' | 'enable', bearer = latchwork.rootKey) =>
  latchwork.call('POST', `/v1/people/${userId}/${verb}`, { bearer })

const signIn = (latchwork: Latchwork, email: string, secret = password) =>
  latchwork.call('POST', '/v1/sessions/sign-in', { body: { email, password: secret }, headers: { origin: latchwork.issuer } })

const statusOf = async (latchwork: Latchwork, bearer: string) => (await latchwork.call('GET', '/v1/me/consents', { bearer })).status

describeOnEachEngine('people who are disabled', (start) => {
  it('K18 J7 O10: sessions, grants and tokens end at once, at every verifier, and an operator reads who did it', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const { sub: userId, sid } = claimsOf(device.accessToken)
    const made = await latchwork.call('POST', '/v1/me/tokens', {
      bearer: device.accessToken,
      body: { name: 'mine', scopes: ['notes:read'], expiresAt: new Date(latchwork.now() + 86_400_000).toISOString() },
    })
    const browser = await signUp(latchwork, { email: newEmail(), password, name: 'Else' })
    const { body: others } = await redeem(latchwork, await authorize(latchwork, {}, browser))
    const both = await Promise.all(['openid notes:read', 'openid notes:read offline_access'].map((scope) => authorize(latchwork, { scope }, device.browser)))
    const tokens = []
    for (const authorization of both) tokens.push((await redeem(latchwork, authorization)).body)
    const pending = await authorize(latchwork, {}, device.browser)
    assert.equal(await statusOf(latchwork, device.accessToken), 200)
    const { feed } = latchwork.server.installation.store
    const before = await feed.head()

    assert.equal((await change(latchwork, userId, 'disable')).status, 204)
    assert.equal(await statusOf(latchwork, device.accessToken), 401, 'the JWT')
    assert.equal((await device.post('/v1/sessions/refresh')).body.code, 'refresh_unknown')
    assert.notEqual((await device.browser.get(`${latchwork.issuer}/account`)).status, 200)
    for (const { access_token, refresh_token } of tokens) {
      assert.equal(await isActive(latchwork, access_token), false)
      refuses(await refresh(latchwork, refresh_token), 400, 'invalid_grant')
    }
    refuses(await redeem(latchwork, pending), 400, 'invalid_grant')
    const told = (await feed.read(before, 100)).map(({ lifeline }) => lifeline)
    assert.ok(told.includes(`session:${sid}`) && told.includes(`grant:${claimsOf(device.accessToken).grant_id}`), told.join())
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.ok(told.some((lifeline) => lifeline.startsWith('key:')))
    assert.ok(await isActive(latchwork, others.access_token), 'nobody else’s')
    const { items } = (await latchwork.call('GET', `/v1/events?type=user.disabled&userId=${userId}`, { bearer: latchwork.rootKey })).body
    assert.deepEqual(
      items.map((event: { actor: { kind: string } }) => event.actor.kind),
      ['root_key'],
    )
    assert.deepEqual(await historyOf(latchwork, made.body.key.id), ['key.revoked person_disabled root_key 127.0.0.1'])
  })

  it('J11: sign-in with the right password answers as with a wrong one, to the byte', async (t) => {
    const latchwork = await start(t)
    const { email, accessToken } = await signInDevice(latchwork)
    await change(latchwork, claimsOf(accessToken).sub, 'disable')
    const other = await register(latchwork)
    const [right, wrong] = [await signIn(latchwork, email), await signIn(latchwork, other, 'not the right one')]
    refuses(right, 401, 'sign_in_failed')
    assert.deepEqual({ ...right.body, reference: '' }, { ...wrong.body, reference: '' })
    assert.deepEqual([...right.headers.keys()].sort(), [...wrong.headers.keys()].sort())
  })

  it('J7: enabled again, the person signs in, and nothing that ended is back', async (t) => {
    const latchwork = await start(t)
    const device = await signInDevice(latchwork)
    const userId = claimsOf(device.accessToken).sub
    const { body } = await redeem(latchwork, await authorize(latchwork, { scope: 'openid notes:read offline_access' }, device.browser))
    for (const verb of ['disable', 'disable', 'enable', 'enable'] as const) assert.equal((await change(latchwork, userId, verb)).status, 204)
    assert.equal((await signIn(latchwork, device.email)).status, 200)
    assert.equal(await statusOf(latchwork, device.accessToken), 401)
    assert.equal((await device.post('/v1/sessions/refresh')).body.code, 'refresh_unknown')
    refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
    for (const type of ['user.disabled', 'user.enabled']) {
      const { items } = (await latchwork.call('GET', `/v1/events?type=${type}&userId=${userId}`, { bearer: latchwork.rootKey })).body
      assert.equal(items.length, 1, 'again changes nothing')
    }
  })

  it('J7 R1: disable ∥ sign-in, again and again: nothing that was signed in is alive after, nor once the person is enabled', async (t) => {
    const latchwork = await start(t)
    const { email, accessToken } = await signInDevice(latchwork)
    const userId = claimsOf(accessToken).sub
    for (let round = 0; round < 5; round++) {
      const [signedIn, disabled] = await Promise.all([signIn(latchwork, email), change(latchwork, userId, 'disable')])
      assert.equal(disabled.status, 204)
      const cookie = signedIn.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
      const isOver = async () => (await latchwork.call('GET', '/account', { headers: { cookie } })).status === 303
      assert.ok(await isOver())
      await change(latchwork, userId, 'enable')
      assert.ok(await isOver(), `round ${round}: ${signedIn.status}`)
    }
  })

  it('E4: the last operator is neither disabled, nor their account, until there is another', async (t) => {
    const passwordHash = await hashPassword(password)
    const [ada, grace] = [newEmail(), newEmail()]
    const latchwork = await start(t, { config: { users: [ada, grace].map((email) => ({ email, passwordHash, operator: true })) } })
    const [adaId, graceId] = await Promise.all([ada, grace].map((email) => idOfPerson(latchwork, email)))
    assert.equal((await change(latchwork, adaId ?? '', 'disable')).status, 204)
    const stopGrace = () =>
      latchwork.call('POST', `/v1/people/${graceId}/disable`, { bearer: latchwork.rootKey, headers: { 'idempotency-key': `stop-${graceId}` } })
    refuses(await stopGrace(), 409, 'last_operator', /another operator first/)
    const { accountId } = (await latchwork.call('GET', `/v1/people/${graceId}`, { bearer: latchwork.rootKey })).body
    refuses(await latchwork.call('POST', `/v1/accounts/${accountId}/disable`, { bearer: latchwork.rootKey }), 409, 'last_operator')
    assert.equal((await signIn(latchwork, grace)).status, 200)
    assert.equal((await change(latchwork, adaId ?? '', 'enable')).status, 204)
    assert.equal((await stopGrace()).status, 204, 'what was refused is not remembered')
    refuses(await change(latchwork, adaId ?? '', 'disable'), 409, 'last_operator')
  })

  it('J7: needs users:write; a person who is not there is not found', async (t) => {
    const latchwork = await start(t)
    const weak = (await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'weak', scopes: ['keys:write'] } })).body.secret
    const { accessToken } = await signInDevice(latchwork)
    const userId = claimsOf(accessToken).sub
    for (const verb of ['disable', 'enable'] as const) {
      assert.equal((await change(latchwork, userId, verb, weak)).status, 403)
      assert.equal((await change(latchwork, userId, verb, accessToken)).status >= 401, true)
      refuses(await change(latchwork, 'usr_0000000000000000000000', verb), 404, 'not_found')
    }
    assert.equal(await statusOf(latchwork, accessToken), 200)
  })
})

describeOnEachEngine('people who are changed', (start) => {
  it('O6: name and profile are changed, told again, taken away by null, and an event names the members and no value', async (t) => {
    const latchwork = await start(t)
    const id = await idOfPerson(latchwork, await register(latchwork))
    const made = (await latchwork.call('GET', `/v1/people/${id}`, { bearer: latchwork.rootKey })).body
    assert.deepEqual([made.profile, made.updatedAt], [{}, made.createdAt])
    latchwork.advance(5000)
    const changed = await changePerson(latchwork, id, { name: ' Ada Lovelace ', profile: wholeProfile })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.deepEqual([changed.body.name, changed.body.profile], ['Ada Lovelace', wholeProfile])
    assert.ok(changed.body.updatedAt > made.updatedAt)
    latchwork.advance(5000)
    assert.deepEqual((await changePerson(latchwork, id, { profile: { given_name: 'Ada' } })).body, changed.body, 'as it was: no change')
    const less = await changePerson(latchwork, id, { profile: { gender: null, address: { locality: null }, phone_number: '+14255551213' } })
    const { gender: _, phone_number_verified: __, ...rest } = wholeProfile
    const { locality: ___, ...address } = wholeProfile.address
    assert.deepEqual(less.body.profile, { ...rest, address, phone_number: '+14255551213' })
    assert.deepEqual((await latchwork.call('GET', `/v1/people/${id}`, { bearer: latchwork.rootKey })).body, less.body)
    const { items } = (await latchwork.call('GET', `/v1/events?type=user.changed&userId=${id}`, { bearer: latchwork.rootKey })).body
    assert.deepEqual(
      items.map(({ actor, data }: { actor: { kind: string }; data: { changed: string } }) => [actor.kind, data.changed]),
      [
        ['root_key', 'gender address phone_number phone_number_verified'],
        ['root_key', ['name', ...Object.keys(wholeProfile)].join(' ')],
      ],
    )
    const written = JSON.stringify(items) + latchwork.log.join()
    for (const value of ['Lovelace', 'Countess', '1815-12-10', '+1425555', 'St James']) assert.ok(!written.includes(value), value)
  })

  it('O6: changes at the same moment are all kept', async (t) => {
    const latchwork = await start(t)
    const id = await idOfPerson(latchwork, await register(latchwork))
    const answers = await Promise.all(
      Object.entries(wholeProfile)
        .slice(0, 8)
        .map(([name, value]) => changePerson(latchwork, id, { profile: { [name]: value } })),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const { body } = await latchwork.call('GET', `/v1/people/${id}`, { bearer: latchwork.rootKey })
    assert.deepEqual(Object.entries(body.profile), Object.entries(wholeProfile).slice(0, 8))
  })

  it('O6 K3 R8: bad input is refused by the name of the member, and nothing is written', async (t) => {
    const latchwork = await start(t)
    const id = await idOfPerson(latchwork, await register(latchwork))
    const before = (await latchwork.call('GET', `/v1/people/${id}`, { bearer: latchwork.rootKey })).body
    const secret = mintToken('access_token').reveal()
    for (const [body, code, sentence] of [
      [{ profile: { birthdate: 'yesterday' } }, 'profile_invalid', /birthdate must be a date/],
      [{ name: 'Bea', profile: { website: 'ftp://example.com' } }, 'profile_invalid', /website must be an https address/],
      [{ profile: { shoe_size: 7 } }, 'profile_invalid', /profile has given_name/],
      [{ profile: { updated_at: 1 } }, 'profile_invalid', /profile has given_name/],
      [{ profile: { address: { formatted: 7 } } }, 'profile_invalid', /address\.formatted must be a text/],
      [{ profile: { nickname: secret } }, 'profile_invalid', /A credential stands in nickname/],
      [{ name: secret }, 'request_malformed', /name must be 1 to 100 visible characters, and no credential/],
      [{ name: null }, 'request_malformed', /name/],
      [{ profile: null }, 'request_malformed', /profile/],
      [{ profile: 'x' }, 'request_malformed', /profile/],
      [{}, 'request_malformed', /Name what is to change/],
      [{ email: 'b@example.com' }, 'request_malformed', /not known/],
    ] as const) {
      const answer = await changePerson(latchwork, id, body)
      refuses(answer, 400, code, sentence)
      assert.ok(!JSON.stringify(answer.body).includes(secret))
    }
    assert.deepEqual((await latchwork.call('GET', `/v1/people/${id}`, { bearer: latchwork.rootKey })).body, before)
    assert.ok(!latchwork.log.join().includes(secret))
    refuses(await changePerson(latchwork, 'usr_0000000000000000000000', { name: 'Ada' }), 404, 'not_found')
    const weak = (await latchwork.call('POST', '/v1/root-keys', { bearer: latchwork.rootKey, body: { name: 'weak', scopes: ['users:read'] } })).body.secret
    assert.equal((await changePerson(latchwork, id, { name: 'Ada' }, weak)).status, 403)
  })
})
