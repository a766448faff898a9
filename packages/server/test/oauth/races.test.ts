/** What may happen once happens once, on both engines and over several servers, and nobody is told 5xx for losing (R1, O4, O9). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Authorization, authorize, basic, isActive, redeem, refresh, signUp, takeBack } from '../kit/authorize.ts'
import { allowDevice, poll, startDevice } from '../kit/device.ts'
import { describeOnEachEngine, describeOnPostgres } from '../kit/each-engine.ts'
import { type Answer, type Latchwork, refuses, startLatchwork } from '../kit/start-latchwork.ts'
import type { WebBrowser } from '../kit/web-browser.ts'

const MANY = 100

function times<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => act(index)))
}

/** One won, all others were refused with `invalid_grant`; gives the winner. */
function oneWon(answers: readonly Answer[]): Answer {
  const won = answers.filter(({ status }) => status === 200)
  const lost = answers.filter(({ status }) => status !== 200)
  assert.equal(won.length, 1, JSON.stringify(answers.map(({ status }) => status)))
  for (const { status, body } of lost) assert.deepEqual([status, body.error], [400, 'invalid_grant'], JSON.stringify(body))
  return won[0] ?? assert.fail()
}

/** Nobody is unknown on a suite's shared database: each test has a person of its own. */
let people = 0
function newPerson(latchwork: Latchwork): Promise<WebBrowser> {
  people += 1
  return signUp(latchwork, { email: `person-${people}@example.com`, password: 'correct horse battery staple', name: 'A person' })
}

async function newCode(latchwork: Latchwork): Promise<Authorization> {
  return authorize(latchwork, { scope: 'openid notes:read offline_access' }, await newPerson(latchwork))
}

describeOnEachEngine('races at the token endpoint', (start) => {
  it(`O4 R1: ${MANY} redemptions of one code: one success, after which its grant has ended (RFC 6749 §4.1.2)`, async (t) => {
    const latchwork = await start(t)
    const authorization = await newCode(latchwork)
    const { body } = oneWon(await times(MANY, () => redeem(latchwork, authorization)))
    assert.equal(await isActive(latchwork, body.access_token), false)
    refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
    assert.equal((await endsOf(latchwork, 'code.replayed')).length, 1, 'written down once')
  })

  it(`O4 R1: ${MANY} redemptions, of which one alone has the verifier: it wins, and keeps what it won`, async (t) => {
    const latchwork = await start(t)
    const authorization = await newCode(latchwork)
    const answers = await times(MANY, (index) => redeem(latchwork, authorization, index === 50 ? {} : { code_verifier: 'x'.repeat(43) }))
    const { body } = oneWon(answers)
    assert.ok(await isActive(latchwork, body.access_token))
  })

  it(`O9 R1: ${MANY} refreshes of one token: one success, no live token after, the end written down (2.1, 2.2)`, async (t) => {
    const latchwork = await start(t)
    const browser = await newPerson(latchwork)
    const scope = { scope: 'openid notes:read offline_access' }
    const { body: first } = await redeem(latchwork, await authorize(latchwork, scope, browser))
    const { body: elsewhere } = await redeem(latchwork, await authorize(latchwork, scope, browser))
    const { body } = oneWon(await times(MANY, () => refresh(latchwork, first.refresh_token)))
    for (const token of [first.access_token, body.access_token]) assert.equal(await isActive(latchwork, token), false)
    refuses(await refresh(latchwork, body.refresh_token), 400, 'invalid_grant')
    assert.equal((await endsOf(latchwork, 'token.reuse_detected')).length, 1)
    assert.ok(await isActive(latchwork, elsewhere.access_token), 'the other device’s token')
    assert.equal((await refresh(latchwork, elsewhere.refresh_token)).status, 200)
  })

  it('O9 O10 R1: refresh ∥ revoke, again and again: after the revocation’s 200 no token of either answer is alive (2.9)', async (t) => {
    const latchwork = await start(t)
    const browser = await newPerson(latchwork)
    for (let round = 0; round < 12; round++) {
      const { body } = await redeem(latchwork, await authorize(latchwork, {}, browser))
      const rotated = refresh(latchwork, body.refresh_token)
      const token = round % 2 === 0 ? body.refresh_token : (await rotated).body.refresh_token
      const [refreshed, revoked] = await Promise.all([rotated, latchwork.form('/revoke', { token }, basic('app'))])
      assert.equal(revoked.status, 200)
      for (const dead of [body.access_token, refreshed.body.access_token]) {
        if (dead !== undefined) assert.equal(await isActive(latchwork, dead), false, `round ${round}`)
      }
      if (refreshed.status === 200) refuses(await refresh(latchwork, refreshed.body.refresh_token), 400, 'invalid_grant')
    }
  })

  it('O4 O17 R1: redeem ∥ consent taken back: whatever is bought is dead', async (t) => {
    const latchwork = await start(t)
    const browser = await newPerson(latchwork)
    for (let round = 0; round < 6; round++) {
      const authorization = await authorize(latchwork, { scope: 'openid notes:read offline_access' }, browser)
      const page = await browser.open(`${latchwork.issuer}/account/applications`)
      const [answer, end] = await Promise.all([redeem(latchwork, authorization), takeBack(latchwork, browser, page)])
      assert.equal(end.status, 303)
      assert.ok(answer.status === 200 || answer.body.error === 'invalid_grant', JSON.stringify(answer.body))
      if (answer.status === 200) assert.equal(await isActive(latchwork, answer.body.access_token), false, `round ${round}`)
    }
  })

  it(`O2 R1: ${MANY} polls of an allowed device: one success, which stays good`, async (t) => {
    const latchwork = await start(t)
    const device = await startDevice(latchwork)
    await allowDevice(latchwork, await newPerson(latchwork), device)
    const { body } = oneWon(await times(MANY, () => poll(latchwork, device)))
    assert.ok(await isActive(latchwork, body.access_token))
  })

  it('O7 R1: 20 first consents at the same moment become one consent', async (t) => {
    const latchwork = await start(t)
    const browser = await newPerson(latchwork)
    const codes = await times(20, () => authorize(latchwork, {}, browser))
    const answers = await Promise.all(codes.map((code) => redeem(latchwork, code)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    const page = await browser.open(`${latchwork.issuer}/account/applications`)
    assert.equal([...page.text.matchAll(/name="consent_id"/g)].length, 1)
  })
})

describeOnPostgres('two servers on one database', (start, databaseUrl) => {
  it('O10 R1: what one revokes is refused by the other at once: access token, grant, client', async (t) => {
    const one = await start(t)
    const two = await startLatchwork(t, { postgres: databaseUrl() })
    const browser = await newPerson(one)
    const fresh = async () => (await redeem(one, await authorize(one, {}, browser))).body
    const [single, family] = [await fresh(), await fresh()]
    for (const { access_token } of [single, family]) assert.ok(await isActive(two, access_token), 'two knows what one issued')
    await one.form('/revoke', { token: single.access_token }, basic('app'))
    assert.equal(await isActive(two, single.access_token), false)
    assert.equal((await refresh(two, single.refresh_token)).status, 200, 'an access token goes alone (RFC 7009 §2.1)')
    await two.form('/revoke', { token: family.refresh_token }, basic('app'))
    assert.equal(await isActive(one, family.access_token), false)
    refuses(await refresh(one, family.refresh_token), 400, 'invalid_grant')
    const machine = await one.form('/token', { grant_type: 'client_credentials' }, basic('machine'))
    assert.ok(await isActive(two, machine.body.access_token))
    assert.equal((await two.call('DELETE', '/v1/clients/machine', { bearer: two.rootKey })).status, 204)
    assert.equal(await isActive(one, machine.body.access_token), false)
    refuses(await one.form('/token', { grant_type: 'client_credentials' }, basic('machine')), 401, 'invalid_client')
  })

  it(`O4 R1: one code redeemed ${MANY} times over both: one success, and the grant ends on both`, async (t) => {
    const servers = [await start(t), await startLatchwork(t, { postgres: databaseUrl() })] as const
    const authorization = await newCode(servers[0])
    const { body } = oneWon(await times(MANY, (index) => redeem(servers[index % 2 === 0 ? 0 : 1], authorization)))
    for (const server of servers) assert.equal(await isActive(server, body.access_token), false)
  })

  it(`O2 R1: one device code polled ${MANY} times over three: one success`, async (t) => {
    const servers = [await start(t), await startLatchwork(t, { postgres: databaseUrl() }), await startLatchwork(t, { postgres: databaseUrl() })] as const
    const device = await startDevice(servers[0])
    await allowDevice(servers[1], await newPerson(servers[1]), device)
    const { body } = oneWon(await times(MANY, (index) => poll(servers[(index % 3) as 0 | 1 | 2], device)))
    for (const server of servers) assert.ok(await isActive(server, body.access_token))
  })

  it(`O9 R1: one refresh token used ${MANY} times over both: one success, one end`, async (t) => {
    const servers = [await start(t), await startLatchwork(t, { postgres: databaseUrl() })] as const
    const { body: first } = await redeem(servers[0], await newCode(servers[0]))
    const { body } = oneWon(await times(MANY, (index) => refresh(servers[index % 2 === 0 ? 0 : 1], first.refresh_token)))
    for (const server of servers) assert.equal(await isActive(server, body.access_token), false)
  })
})

async function endsOf(latchwork: Latchwork, type: string): Promise<readonly unknown[]> {
  return (await latchwork.call('GET', `/v1/events?type=${type}`, { bearer: latchwork.rootKey })).body.items
}
