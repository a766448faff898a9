/** Clocks that step: what is removed does not come back when the clock is set right. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDatabase, engineNames } from '@latchwork/store/test-engines'
import { settledClock } from '../../src/settled-clock.ts'
import { refreshCookie, signInDevice } from '../kit/front-end.ts'
import { startLatchwork } from '../kit/start-latchwork.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const T0 = 1_800_000_000_000

/** A clock that is moved by hand, beside one that only goes on. */
function twoClocks(lastSeenAt?: number) {
  let [time, steady] = [T0, 5_000]
  const clock = settledClock({ clock: { now: () => time }, steady: () => steady, ...(lastSeenAt === undefined ? {} : { lastSeenAt }) })
  return {
    /** How far it lags behind the clock that is stepped. */
    lag: () => time - clock.now(),
    pass: (milliseconds: number) => {
      time += milliseconds
      steady += milliseconds
    },
    step: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

describe('the clock by which is removed', () => {
  it('R5: goes with the clock, and follows a step ahead when it has lasted for an hour', () => {
    const { lag, pass, step } = twoClocks()
    assert.equal(lag(), 0)
    pass(3 * DAY)
    assert.equal(lag(), 0)
    step(10 * DAY)
    assert.equal(lag(), 10 * DAY)
    pass(59 * MINUTE)
    assert.equal(lag(), 10 * DAY)
    pass(MINUTE)
    assert.equal(lag(), 0)
  })

  it('R5: a step ahead that is taken back leaves nothing; each further step waits anew; a step back is followed at once', () => {
    const { lag, pass, step } = twoClocks()
    step(3650 * DAY)
    assert.equal(lag(), 3650 * DAY)
    pass(59 * MINUTE)
    step(-3650 * DAY)
    assert.equal(lag(), 0)
    step(HOUR)
    assert.equal(lag(), HOUR)
    pass(59 * MINUTE)
    step(DAY)
    assert.equal(lag(), HOUR + DAY)
    pass(MINUTE)
    assert.equal(lag(), HOUR + DAY)
    pass(58 * MINUTE)
    assert.equal(lag(), HOUR + DAY)
    pass(MINUTE)
    assert.equal(lag(), 0)
    step(-20_000 * DAY)
    assert.equal(lag(), 0)
    step(20_000 * DAY)
    assert.equal(lag(), 20_000 * DAY)
  })

  it('R5: a clock that is slewed is followed, however far it goes', () => {
    const { lag, pass, step } = twoClocks()
    for (let look = 0; look < 1000; look++) {
      pass(5_000)
      step(500)
      assert.equal(lag(), 0)
    }
  })

  it('R5: a server that starts with a clock far ahead of what was last written down waits for an hour as well; after a rest of less than a day it does not', () => {
    assert.equal(twoClocks(T0 - 23 * HOUR).lag(), 0)
    assert.equal(twoClocks(T0 + DAY).lag(), 0, 'what was written by a clock that was ahead')
    const { lag, pass } = twoClocks(T0 - 3650 * DAY)
    assert.equal(lag(), 3649 * DAY)
    pass(HOUR - 1)
    assert.equal(lag(), 3649 * DAY)
    pass(1)
    assert.equal(lag(), 0)
  })
})

for (const engine of engineNames) {
  describe(`a clock that is ten years ahead for a moment (${engine})`, () => {
    it('R5 R7 E1: takes no session, no event, no used assertion and no revocation with it', async (t) => {
      const database = await createDatabase(engine)
      t.after(() => database.drop())
      const postgres = database.options.engine === 'postgres' ? { postgres: database.options.url } : {}
      const latchwork = await startLatchwork(t, { ...postgres, settledRemoval: true, config: { events: { keepDays: 30 } } })
      const { installation } = latchwork.server
      const device = await signInDevice(latchwork)
      const ended = await signInDevice(latchwork, device.email)
      const endedToken = ended.refreshToken()
      await ended.post('/v1/sessions/sign-out')
      await installation.store.oauth.useAssertion('client', 'jti', latchwork.now() + MINUTE)
      const once = { bearer: latchwork.rootKey, body: { accountId: 'acc_test', kind: 'rk', name: 'once' }, headers: { 'idempotency-key': 'the-call' } }
      const { body: made } = await latchwork.call('POST', '/v1/keys', once)
      await latchwork.call('DELETE', `/v1/keys/${made.key.id}`, { bearer: latchwork.rootKey })
      await installation.eventChores.seal()
      const eventsOfNow = async () => (await latchwork.call('GET', '/v1/events?limit=100&order=written', { bearer: latchwork.rootKey })).body.items
      const [events, feed] = [await eventsOfNow(), await installation.store.feed.read(0, 100)]

      latchwork.advance(3650 * DAY)
      await installation.clockWatch.look()
      await latchwork.call('POST', '/v1/accounts', { bearer: latchwork.rootKey, body: { name: 'made in ten years' } })
      await installation.eventChores.seal()
      const { expiryChores, clientChores, keyChores, oauthChores, eventChores, signing } = installation
      for (const work of [expiryChores.run, clientChores.run, keyChores.run, oauthChores.forgetDevices, eventChores.remove, signing.turn]) await work()
      latchwork.advance(-3650 * DAY)
      await installation.clockWatch.look()
      for (const work of [expiryChores.run, clientChores.run, keyChores.run, oauthChores.forgetDevices, eventChores.remove, signing.turn]) await work()

      assert.deepEqual((await eventsOfNow()).slice(0, events.length), events)
      assert.deepEqual((await installation.store.feed.read(0, 100)).slice(0, feed.length), feed)
      assert.equal(await installation.store.oauth.useAssertion('client', 'jti', latchwork.now() + MINUTE), false)
      assert.equal((await latchwork.call('POST', '/v1/keys', once)).body.key.id, made.key.id, 'the call is made once')
      assert.equal((await device.post('/v1/sessions/refresh')).status, 200)
      const again = await latchwork.call('POST', '/v1/sessions/refresh', { headers: { cookie: `${refreshCookie}=${endedToken}` } })
      assert.equal(again.status, 400)
      const troubles = latchwork.log.filter((line) => /"level":50/.test(line) && !line.includes("of the database's"))
      assert.deepEqual(troubles, [])
    })
  })
}
