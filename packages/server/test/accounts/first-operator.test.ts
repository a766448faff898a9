import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  claimFirstOperator,
  declareUser,
  findSignedIn,
  hashPassword,
  isFirstOperatorLink,
  offerFirstOperator,
  provePassword,
  signUp,
} from '@latchwork/accounts'
import { mintToken } from '@latchwork/kernel'
import { ADA, DAY, eventsOf, openAccounts, START, signInAda } from './open-accounts.ts'

describe('the first operator', () => {
  it('R1: a link makes one operator, though twenty use it at once, and none is offered after', async (t) => {
    const { store, accounts } = await openAccounts(t)
    const link = (await offerFirstOperator(accounts, START)) ?? assert.fail('no link')
    const claims = Array.from({ length: 20 }, (_, i) => claimFirstOperator(accounts, link.reveal(), { ...ADA, email: `ada${i}@example.com` }, START + 1))
    const outcomes = await Promise.allSettled(claims)
    const [claimed, ...others] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.deepEqual([claimed?.isOperator, others], [true, []])
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'link_invalid')
    assert.equal(await offerFirstOperator(accounts, START + 2), undefined)
    assert.deepEqual(await eventsOf(store), ['operator.link_made', 'user.created', 'operator.claimed'])
    assert.equal((await provePassword(accounts, { ...ADA, email: claimed?.email ?? '' }, START + 3)).user.isOperator, true)
  })

  it('R1: a new start ends the link before; a link ends after a day', async (t) => {
    const { accounts } = await openAccounts(t)
    const first = (await offerFirstOperator(accounts, START)) ?? assert.fail('no link')
    const second = (await offerFirstOperator(accounts, START + 1)) ?? assert.fail('no link')
    assert.deepEqual(
      [await isFirstOperatorLink(accounts, first.reveal(), START + 2), await isFirstOperatorLink(accounts, second.reveal(), START + 2)],
      [false, true],
    )
    await assert.rejects(claimFirstOperator(accounts, first.reveal(), ADA, START + 2), { code: 'link_invalid' })
    await assert.rejects(claimFirstOperator(accounts, second.reveal(), ADA, START + 1 + DAY), { code: 'link_invalid' })
    for (const text of ['', 'x', mintToken('one_time_link').reveal(), mintToken('login_session').reveal()]) {
      await assert.rejects(claimFirstOperator(accounts, text, ADA, START + 2), { code: 'link_invalid' })
    }
  })

  it('R1: a refused claim leaves the link usable', async (t) => {
    const { accounts } = await openAccounts(t)
    await signUp(accounts, ADA, START)
    const link = (await offerFirstOperator(accounts, START)) ?? assert.fail('no link')
    await assert.rejects(claimFirstOperator(accounts, link.reveal(), { ...ADA, password: 'weak' }, START), { code: 'password_weak' })
    await assert.rejects(claimFirstOperator(accounts, link.reveal(), ADA, START), { code: 'identifier_taken' })
    assert.equal((await claimFirstOperator(accounts, link.reveal(), { ...ADA, email: 'grace@example.com' }, START)).isOperator, true)
  })
})

describe('people declared in the configuration', () => {
  it('J11: sign in by the password behind the hash; a second start writes nothing', async (t) => {
    const { store, accounts } = await openAccounts(t)
    const declared = { email: 'Ops@Example.com', name: 'Ops', passwordHash: await hashPassword('correct pony battery'), isOperator: true }
    await declareUser(accounts, declared, START)
    await declareUser(accounts, declared, START + 1)
    assert.deepEqual(await eventsOf(store), ['user.created'])
    const { user } = await provePassword(accounts, { ...ADA, email: 'ops@example.com' }, START + 2)
    assert.deepEqual([user.isOperator, user.emailVerified, user.name], [true, true, 'Ops'])
    assert.equal(await offerFirstOperator(accounts, START + 3), undefined)
  })

  it('12.1: a stranger who registered the address first is signed out, and their password is gone', async (t) => {
    const open = await openAccounts(t)
    const squatter = await signInAda(open, START)
    await declareUser(open.accounts, { email: ADA.email, passwordHash: await hashPassword('another pony battery'), isOperator: true }, START + 1)
    assert.equal(await findSignedIn(open.accounts, squatter.secret.reveal(), START + 2), undefined)
    await assert.rejects(provePassword(open.accounts, ADA, START + 2), { code: 'sign_in_failed' })
    const { user } = await provePassword(open.accounts, { ...ADA, password: 'another pony battery' }, START + 2)
    assert.deepEqual([user.id, user.isOperator], [squatter.user.id, true])
    assert.ok((await eventsOf(open.store)).includes('session.ended password_changed'))
  })

  it('O6: bring a profile in line, write the names of what changed, and leave one alone that they do not declare', async (t) => {
    const { store, accounts } = await openAccounts(t)
    const declared = { email: ADA.email, name: 'Ada', passwordHash: await hashPassword('correct pony battery') }
    const told = async () => {
      const { items } = await store.accounts.listPeople({ limit: 1 })
      return [items[0]?.profile, items[0]?.updatedAt]
    }
    await declareUser(accounts, { ...declared, profile: { gender: 'female', given_name: 'Ada' } }, START)
    assert.deepEqual(await told(), [{ given_name: 'Ada', gender: 'female' }, START])
    await declareUser(accounts, { ...declared, profile: { given_name: 'Ada', gender: 'female' } }, START + 1)
    await declareUser(accounts, declared, START + 2)
    await declareUser(accounts, { ...declared, isOperator: true }, START + 3)
    assert.deepEqual(await told(), [{ given_name: 'Ada', gender: 'female' }, START], 'the role is nothing that applications are told')
    await declareUser(accounts, { ...declared, isOperator: true, profile: { locale: 'en-GB' } }, START + 4)
    assert.deepEqual(await told(), [{ locale: 'en-GB' }, START + 4])
    const { items } = await store.events.listEvents({ type: 'user.changed', limit: 10 })
    assert.deepEqual(
      items.map(({ data }) => data?.['changed']),
      ['given_name gender locale', 'operator'],
    )
    await assert.rejects(declareUser(accounts, { ...declared, profile: { locale: 'en_GB' } }, START + 5), { code: 'profile_invalid', detail: /locale/ })
  })

  it('J11: a hash that is none of Argon2id, or too cheap, is refused by a sentence for the operator', async (t) => {
    const { accounts } = await openAccounts(t)
    const cheap = (await hashPassword(ADA.password)).replace('m=19456', 'm=64')
    for (const passwordHash of ['', ADA.password, '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW', cheap]) {
      await assert.rejects(declareUser(accounts, { email: ADA.email, passwordHash }, START), {
        code: 'request_malformed',
        detail: /passwordHash of ada@example\.com/,
      })
    }
    assert.equal(await accounts.store.findUserByEmail(ADA.email), undefined)
  })
})
