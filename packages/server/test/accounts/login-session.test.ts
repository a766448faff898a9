import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findSignedIn, newLoginSession, provePassword, signOut } from '@latchwork/accounts'
import { mintToken } from '@latchwork/kernel'
import { ADA, DAY, eventsOf, HOME, openAccounts, START, signInAda } from './open-accounts.ts'

describe('the login session', () => {
  it('J9: is found by its cookie until it expires, and each sign-in gets a new one', async (t) => {
    const open = await openAccounts(t)
    const first = await signInAda(open, START)
    const second = await signInAda(open, START + 1)
    assert.notEqual(first.secret.reveal(), second.secret.reveal())
    const found = await findSignedIn(open.accounts, first.secret.reveal(), START + DAY - 1)
    assert.deepEqual(found, { session: first.session, user: first.user })
    assert.equal(await findSignedIn(open.accounts, first.secret.reveal(), START + DAY), undefined)
    assert.deepEqual(
      [first.session.address, first.session.userAgent, first.session.methods, first.session.authenticatedAt],
      [HOME.address, HOME.userAgent, ['pwd'], START],
    )
    assert.ok(!JSON.stringify(first).includes(first.secret.reveal()))
  })

  it('J9: a cookie that is none of ours, or of another kind, costs no look-up', async (t) => {
    const open = await openAccounts(t)
    const { secret } = await signInAda(open, START)
    const text = secret.reveal()
    const untouched = { store: { ...open.accounts.store, findLoginSession: () => assert.fail('looked up') } }
    const strange = [
      undefined,
      '',
      'x',
      text.slice(1),
      `${text}=`,
      ` ${text}`,
      text.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      mintToken('refresh_token').reveal(),
      'a'.repeat(1_000_000),
      '\u0000',
    ]
    for (const cookie of strange) assert.equal(await findSignedIn(untouched, cookie, START), undefined)
    assert.equal(await findSignedIn(open.accounts, mintToken('login_session').reveal(), START), undefined)
  })

  it('J9: sign-out ends it once, with one event and one feed entry', async (t) => {
    const open = await openAccounts(t)
    const signedIn = await signInAda(open, START)
    const other = await signInAda(open, START)
    const end = { reason: 'signed_out', origin: HOME }
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => signOut(open.accounts, signedIn, end, START + 5, 600_000)))
    assert.equal(outcomes.filter(Boolean).length, 1)
    assert.equal(await findSignedIn(open.accounts, signedIn.secret.reveal(), START + 6), undefined)
    assert.notEqual(await findSignedIn(open.accounts, other.secret.reveal(), START + 6), undefined)
    assert.deepEqual(
      (await eventsOf(open.store)).filter((event) => event.startsWith('session.')),
      ['session.ended signed_out'],
    )
    assert.deepEqual(await open.store.feed.read(0, 10), [{ feedId: 1, lifeline: `session:${signedIn.session.id}`, at: START + 5, until: START + 600_005 }])
  })

  it('R6: a long or broken user agent is cut and mended', async (t) => {
    const open = await openAccounts(t)
    await signInAda(open, START)
    const proven = await provePassword(open.accounts, ADA, START)
    const { session } = newLoginSession(proven, { userAgent: `\ud800${'x'.repeat(100_000)}` }, START, { loginSessionMs: DAY })
    assert.deepEqual([session.userAgent?.length, session.userAgent?.isWellFormed(), 'address' in session], [256, true, false])
  })
})
