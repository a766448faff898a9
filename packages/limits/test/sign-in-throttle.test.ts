import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSignInThrottle, type SignInThrottle } from '@latchwork/limits'

const START = 1_800_000_000_000
const HOME = '198.51.100.7'

async function attempt(throttle: SignInThrottle, account: string, address: string, outcome: 'succeeded' | 'failed' | 'untried', now: number): Promise<boolean> {
  const admission = await throttle.admitSignIn({ account, address }, now)
  if (admission.admitted) admission.settle(outcome, now)
  return admission.admitted
}

describe('the throttle of sign-ins', () => {
  it('9.4: slows 1,000 guesses from 1,000 networks at one account, while the owner still gets in from a place they know', async () => {
    const throttle = createSignInThrottle()
    assert.equal(await attempt(throttle, 'ada', HOME, 'succeeded', START), true)
    let judged = 0
    for (let i = 0; i < 1000; i++) if (await attempt(throttle, 'ada', `203.0.${i >> 8}.${i & 255}`, 'failed', START + i)) judged++
    assert.equal(judged, 10)
    for (let i = 0; i < 50; i++) assert.equal(await attempt(throttle, 'ada', HOME, 'succeeded', START + 1000), true)
    assert.equal(await attempt(throttle, 'grace', '203.0.113.9', 'failed', START + 1000), true, 'nobody else is concerned')
  })

  it('9.4: only slows: with time the account takes attempts from anywhere again', async () => {
    const throttle = createSignInThrottle()
    for (let i = 0; i < 100; i++) await attempt(throttle, 'ada', `203.0.113.${i}`, 'failed', START)
    const refused = await throttle.admitSignIn({ account: 'ada', address: HOME }, START)
    assert.deepEqual(refused, { admitted: false, retryAfterMs: 30_000 })
    assert.equal(await attempt(throttle, 'ada', HOME, 'succeeded', START + 30_000), true)
  })

  it('9.4: a failure makes no place known', async () => {
    const throttle = createSignInThrottle()
    let judged = 0
    for (let i = 0; i < 500; i++) if (await attempt(throttle, 'ada', `203.0.113.${i % 100}`, i % 2 === 0 ? 'failed' : 'untried', START)) judged++
    assert.ok(judged < 30, `${judged} were judged`)
  })

  it('9.4: guesses from a known place are slowed as well', async () => {
    const throttle = createSignInThrottle()
    await attempt(throttle, 'ada', HOME, 'succeeded', START)
    let judged = 0
    for (let i = 0; i < 100; i++) if (await attempt(throttle, 'ada', HOME, 'failed', START)) judged++
    assert.equal(judged, 10)
  })

  it('9.4: one network is slowed over all accounts, and an own account buys it no more guesses', async () => {
    const throttle = createSignInThrottle()
    let judged = 0
    for (let i = 0; i < 500; i++) {
      if (await attempt(throttle, `victim ${i}`, '203.0.113.9', 'failed', START)) judged++
      await attempt(throttle, 'mallory', '203.0.113.9', 'succeeded', START)
    }
    assert.equal(judged, 30)
  })

  it('10.2: the addresses of one /64 are one network', async () => {
    const throttle = createSignInThrottle()
    let judged = 0
    for (let i = 0; i < 10_000; i++) if (await attempt(throttle, `victim ${i}`, `2001:db8::${i.toString(16)}`, 'failed', START)) judged++
    assert.equal(judged, 30)
  })

  it('J11: successes, and attempts that were not judged, do not use up the limit', async () => {
    const throttle = createSignInThrottle()
    for (let i = 0; i < 200; i++) {
      assert.equal(await attempt(throttle, `colleague ${i}`, HOME, 'succeeded', START), true)
      assert.equal(await attempt(throttle, 'ada', HOME, 'untried', START), true)
    }
  })

  it('9.4: a hundred attempts at once count before any of them is judged', async () => {
    const throttle = createSignInThrottle()
    const admissions = await Promise.all(Array.from({ length: 100 }, () => throttle.admitSignIn({ account: 'ada', address: HOME }, START)))
    assert.equal(admissions.filter(({ admitted }) => admitted).length, 10)
  })

  it('R4: registrations from one network are limited', async () => {
    const throttle = createSignInThrottle()
    let admitted = 0
    for (let i = 0; i < 1000; i++) if ((await throttle.admitSignUp('203.0.113.9', START)).admitted) admitted++
    assert.equal(admitted, 60)
    assert.equal((await throttle.admitSignUp(HOME, START)).admitted, true)
  })
})
