import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Accounts, type AccountsStore, createHasher, type Hasher, type LoginLifetimes, newLoginSession, provePassword, signUp } from '@latchwork/accounts'
import { Refusal } from '@latchwork/kernel'
import { ADA, eventsOf, HOME, openAccounts, START } from './open-accounts.ts'

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await promise.then(
    () => assert.fail('was not refused'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error
}

describe('sign-up', () => {
  it('J11: makes a person with a personal account and one event, and the password then proves them, however the address is typed', async (t) => {
    const { store, accounts } = await openAccounts(t)
    const user = await signUp(accounts, { ...ADA, email: ' Ada@Example.COM ' }, START)
    assert.deepEqual([user.email, user.name, user.isOperator, user.emailVerified], ['ada@example.com', 'Ada', false, false])
    assert.equal((await store.accounts.findAccount(user.accountId))?.name, 'Ada')
    const proven = await provePassword(accounts, { ...ADA, email: 'ADA@example.com' }, START + 1)
    assert.deepEqual([proven.user, proven.methods, proven.authenticatedAt], [user, ['pwd'], START + 1])
    const [event] = (await store.events.listEvents({ limit: 10 })).items
    assert.deepEqual(
      [event?.type, event?.userId, event?.accountId, event?.address, event?.actor.id],
      ['user.created', user.id, user.accountId, HOME.address, user.id],
    )
    assert.ok(!JSON.stringify(event).includes(ADA.password))
  })

  it('R1: twenty at once for one address make one person', async (t) => {
    const { store, accounts } = await openAccounts(t)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => signUp(accounts, { ...ADA, email: i % 2 === 0 ? 'ada@example.com' : 'ADA@example.com' }, START)),
    )
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'identifier_taken')
    assert.deepEqual(await eventsOf(store), ['user.created'])
  })

  it('J11: refuses when it is closed, a weak password, a strange address and a strange name, and writes nothing', async (t) => {
    const { store, accounts } = await openAccounts(t)
    assert.equal((await refusalOf(signUp({ ...accounts, signUpOpen: false }, ADA, START))).code, 'sign_up_closed')
    assert.equal((await refusalOf(signUp(accounts, { ...ADA, password: 'password123' }, START))).code, 'password_weak')
    assert.equal((await refusalOf(signUp(accounts, { ...ADA, email: 'ada\uff20example.com' }, START))).code, 'identifier_invalid')
    for (const name of ['Ada\u202eecalevoL', 'Ada\nLovelace', 'x'.repeat(101)])
      assert.equal((await refusalOf(signUp(accounts, { ...ADA, name }, START))).code, 'request_malformed')
    assert.deepEqual([await eventsOf(store), await store.accounts.findUserByEmail(ADA.email)], [[], undefined])
    assert.equal((await signUp(accounts, { ...ADA, name: '  ' }, START)).name, 'ada')
  })

  it('R4: one network cannot register without end', async (t) => {
    const { accounts } = await openAccounts(t)
    for (let i = 0; i < 60; i++) await refusalOf(signUp(accounts, { ...ADA, password: 'weak' }, START))
    const refused = await refusalOf(signUp(accounts, ADA, START))
    assert.deepEqual([refused.code, refused.status, refused.retryAfterSeconds], ['rate_limited', 429, 3])
    assert.equal((await signUp(accounts, { ...ADA, origin: { address: '203.0.113.1' } }, START)).email, ADA.email)
  })
})

describe('sign-in by password', () => {
  it('J11: an unknown address and a wrong password get one answer; which it was stands in the log alone', async (t) => {
    const { accounts } = await openAccounts(t)
    const user = await signUp(accounts, ADA, START)
    const wrong = await refusalOf(provePassword(accounts, { ...ADA, password: 'correct pony batterz' }, START))
    const unknown = await refusalOf(provePassword(accounts, { ...ADA, email: 'grace@example.com' }, START))
    const overlong = await refusalOf(provePassword(accounts, { ...ADA, password: 'x'.repeat(100_000) }, START))
    for (const { code, status, detail, title } of [unknown, overlong])
      assert.deepEqual([code, status, detail, title], [wrong.code, wrong.status, wrong.detail, wrong.title])
    assert.deepEqual([wrong.code, wrong.status], ['sign_in_failed', 401])
    assert.deepEqual([wrong.reason, unknown.reason, overlong.reason], ['wrong_password', 'unknown_address', 'password_overlong'])
    assert.deepEqual([wrong.about, unknown.about], [{ userId: user.id, accountId: user.accountId }, {}])
  })

  it('J11: an unknown address takes the same path: one look-up, one hash', async (t) => {
    const { accounts } = await openAccounts(t)
    await signUp(accounts, ADA, START)
    const stepsOf = async (email: string): Promise<readonly string[]> => {
      const steps: string[] = []
      const findUserByEmail: AccountsStore['findUserByEmail'] = (address) => {
        steps.push('look-up')
        return accounts.store.findUserByEmail(address)
      }
      const check: Hasher['check'] = (phc, password) => {
        steps.push('hash')
        return accounts.hasher.check(phc, password)
      }
      const watched: Accounts = { ...accounts, store: { ...accounts.store, findUserByEmail }, hasher: { ...accounts.hasher, check } }
      await refusalOf(provePassword(watched, { ...ADA, email, password: 'a wrong password' }, START))
      return steps
    }
    assert.deepEqual(await stepsOf('ada@example.com'), ['look-up', 'hash'])
    assert.deepEqual(await stepsOf('nobody@example.com'), ['look-up', 'hash'])
  })

  it('9.4: guesses at one account from many networks are slowed, known or not, and the owner still signs in from home', async (t) => {
    const { accounts } = await openAccounts(t)
    await signUp(accounts, ADA, START)
    await provePassword(accounts, ADA, START)
    for (const email of [ADA.email, 'nobody@example.com']) {
      const codes = new Map<string, number>()
      for (let i = 0; i < 200; i++) {
        const { code, retryAfterSeconds } = await refusalOf(
          provePassword(accounts, { email, password: 'a wrong guess', origin: { address: `203.0.${i}.1` } }, START),
        )
        codes.set(code, (codes.get(code) ?? 0) + 1)
        if (code === 'rate_limited') assert.equal(retryAfterSeconds, 30)
      }
      assert.deepEqual(Object.fromEntries(codes), { sign_in_failed: 10, rate_limited: 190 })
    }
    assert.equal((await provePassword(accounts, ADA, START)).user.email, ADA.email)
    const elsewhere = { ...ADA, origin: { address: '203.0.113.50' } }
    assert.equal(
      (await refusalOf(provePassword(accounts, elsewhere, START))).code,
      'rate_limited',
      'a right password is not told apart while guessing is slowed',
    )
    assert.equal((await provePassword(accounts, elsewhere, START + 30_000)).user.email, ADA.email)
  })

  it('9.4: without the throttle nobody is judged', async (t) => {
    const { accounts } = await openAccounts(t)
    await signUp(accounts, ADA, START)
    const away = async () => {
      throw new Refusal('store_unavailable')
    }
    const blind = {
      ...accounts,
      throttle: { admitSignIn: away, admitSignUp: away },
      hasher: { hash: () => assert.fail('hashed'), check: () => assert.fail('judged') },
    }
    assert.equal((await refusalOf(provePassword(blind, ADA, START))).code, 'store_unavailable')
    assert.equal((await refusalOf(signUp(blind, { ...ADA, email: 'grace@example.com' }, START))).code, 'store_unavailable')
  })

  it('R4: what is shed before it is judged does not count as a guess', async (t) => {
    const { accounts } = await openAccounts(t, { hasher: createHasher({ concurrency: 1, queue: 0 }) })
    await signUp(accounts, ADA, START)
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => provePassword(accounts, ADA, START)))
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'in' : outcome.reason.code)).sort(),
      ['in', ...Array(9).fill('overloaded')].sort(),
    )
    for (let i = 0; i < 10; i++) assert.equal((await refusalOf(provePassword(accounts, { ...ADA, password: 'a wrong guess' }, START))).code, 'sign_in_failed')
    assert.equal((await refusalOf(provePassword(accounts, ADA, START))).code, 'rate_limited')
  })

  it('J11: a person who was merely looked up gets no login session', async (t) => {
    const { accounts } = await openAccounts(t)
    const user = await signUp(accounts, ADA, START)
    const lifetimes: LoginLifetimes = { loginSessionMs: 1 }
    const merelyFound = { user, methods: ['pwd'], authenticatedAt: START }
    // @ts-expect-error only provePassword makes a ProvenUser: if this line compiles, the type proves nothing
    newLoginSession(merelyFound, HOME, START, lifetimes)
  })
})
