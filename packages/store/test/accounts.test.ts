import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { HOUR, idOf, journalOf, newDigest, newPerson, newSession, noJournal, T0, writePerson } from './records.ts'

describeOnEachEngine('AccountsStore', (node, database) => {
  const rows = async (table: string) => (await database().query(`select * from ${table}`)).length

  it('writes a person with account, membership and password, and finds them again', async () => {
    const person = newPerson({ emailVerified: true })
    assert.equal(await node().accounts.createUser(person, noJournal), 'created')
    assert.deepEqual(await node().accounts.findUser(person.user.id), person.user)
    assert.deepEqual(await node().accounts.findUserByEmail(person.user.email), { user: person.user, passwordHash: person.passwordHash })
    assert.deepEqual(await node().accounts.findAccount(person.account.id), person.account)
    const [member] = await database().query(`select role from members where account_id = '${person.account.id}' and user_id = '${person.user.id}'`)
    assert.equal(member?.['role'], 'owner')
    assert.equal(await node().accounts.findUser('usr_nobody'), undefined)
    assert.equal(await node().accounts.findUserByEmail('nobody@example.com'), undefined)
    assert.equal(await node().accounts.findAccount('acc_none'), undefined)
  })

  it('R1: refuses an address that is taken, and leaves no account and no event behind', async () => {
    const { user } = await writePerson(node())
    const before = [await rows('accounts'), await rows('events')]
    assert.equal(await node().accounts.createUser(newPerson({ email: user.email }), journalOf()), 'identifier_taken')
    assert.deepEqual([await rows('accounts'), await rows('events')], before)
  })

  it('brings a declared person in line, and makes one that is not there', async () => {
    const person = newPerson()
    await node().accounts.declareUser(person, noJournal)
    assert.deepEqual(await node().accounts.findUser(person.user.id), person.user)
    const again = newPerson({ email: person.user.email, name: 'Ada L.', isOperator: true })
    await node().accounts.declareUser({ ...again, passwordHash: 'other' }, noJournal)
    const found = await node().accounts.findUserByEmail(person.user.email)
    assert.deepEqual(found, { user: { ...person.user, name: 'Ada L.', isOperator: true }, passwordHash: 'other' })
    assert.equal(await node().accounts.findAccount(again.account.id), undefined)
    await database().query(`update users set is_operator = 0 where id = '${person.user.id}'`)
  })

  it('O6 R1: changes a person in one act, each change seeing the one before; without a change nothing is written', async () => {
    const { user } = await writePerson(node())
    const { accounts } = node()
    const fresh = { ...user, profile: {}, updatedAt: user.createdAt }
    assert.deepEqual(await accounts.findLivingPerson(user.id), fresh)
    const change = (at: number) =>
      accounts.changePerson(user.id, ({ name, profile }) => ({
        name: `${name}+`,
        profile: { ...profile, nickname: `${profile.nickname ?? ''}${at}` },
        updatedAt: T0 + at,
        journal: journalOf(),
      }))
    await Promise.all([1, 2, 3].map(change))
    const found = await accounts.findPerson(user.id)
    assert.deepEqual([found?.name, [...(found?.profile.nickname ?? '')].sort().join('')], ['Ada+++', '123'])
    assert.ok((found?.updatedAt ?? 0) > T0)
    const events = await rows('events')
    assert.deepEqual(await accounts.changePerson(user.id, () => undefined), found)
    await assert.rejects(
      accounts.changePerson(user.id, () => {
        throw new Error('no')
      }),
      /no/,
    )
    assert.equal(await accounts.changePerson('usr_nobody', () => assert.fail('nobody to change')), undefined)
    assert.deepEqual([await accounts.findPerson(user.id), await rows('events')], [found, events])
    await database().query(`update users set disabled_at = 1 where id = '${user.id}'`)
    assert.equal(await accounts.findLivingPerson(user.id), undefined)
    assert.equal((await accounts.findPerson(user.id))?.disabledAt, 1)
  })

  it('O6: a declared profile takes the place of the one before, and stays where none is declared', async () => {
    const person = newPerson()
    await node().accounts.declareUser({ ...person, profile: { given_name: 'Ada' } }, noJournal)
    const told = async () => {
      const found = await node().accounts.findPerson(person.user.id)
      return [found?.profile, found?.updatedAt]
    }
    assert.deepEqual(await told(), [{ given_name: 'Ada' }, T0])
    await node().accounts.declareUser(newPerson({ email: person.user.email }), noJournal)
    assert.deepEqual(await told(), [{ given_name: 'Ada' }, T0])
    await node().accounts.declareUser({ ...newPerson({ email: person.user.email }), profile: { gender: 'female' }, updatedAt: T0 + 5 }, noJournal)
    assert.deepEqual(await told(), [{ gender: 'female' }, T0 + 5])
  })

  it('finds a login session while it, its person and their account live', async () => {
    const { user } = await writePerson(node())
    const { login, grant, refreshToken } = newSession(user.id)
    await node().sessions.startSession({ login, grant, refreshToken }, noJournal)
    const find = () => node().accounts.findLoginSession(login.digest)
    assert.deepEqual(await find(), { session: login, user })
    for (const table of ['users', 'accounts']) {
      const id = table === 'users' ? user.id : user.accountId
      await database().query(`update ${table} set disabled_at = 1 where id = '${id}'`)
      assert.equal(await find(), undefined, `${table} disabled`)
      await database().query(`update ${table} set disabled_at = null where id = '${id}'`)
    }
    assert.equal(await node().accounts.endLoginSession(login.id, 'usr_other', 'x', T0, journalOf(`session:${login.id}`)), false, "another person's")
    assert.deepEqual(await find(), { session: login, user })
    assert.equal(await node().accounts.endLoginSession(login.id, user.id, 'signed_out', T0, journalOf(`session:${login.id}`)), true)
    assert.equal(await find(), undefined)
    const head = await node().feed.head()
    assert.equal(await node().accounts.endLoginSession(login.id, user.id, 'signed_out', T0, journalOf(`session:${login.id}`)), false)
    assert.equal(await node().feed.head(), head, 'nothing written the second time')
  })

  it('lists the login sessions that are neither ended nor over', async () => {
    const { user } = await writePerson(node())
    const sessions = [0, 1, 2].map((age) => {
      const session = newSession(user.id)
      return { ...session, login: { ...session.login, createdAt: T0 + age, expiresAt: T0 + age * HOUR } }
    })
    for (const session of sessions) await node().sessions.startSession(session, noJournal)
    const [, first, second] = sessions.map(({ login }) => login)
    assert.deepEqual(await node().accounts.listLoginSessions(user.id, T0), [second, first])
    await node().accounts.endLoginSession(second?.id ?? '', user.id, 'signed_out', T0, noJournal)
    assert.deepEqual(await node().accounts.listLoginSessions(user.id, T0), [first])
  })

  it('R1: a one-time link makes the first operator once, and a newer link ends it', async () => {
    const { accounts } = node()
    const linkOf = () => ({ digest: newDigest(), purpose: 'first_operator' as const, createdAt: T0, expiresAt: T0 + HOUR })
    const [older, link] = [linkOf(), linkOf()]
    await accounts.saveOneTimeLink(older, noJournal)
    assert.deepEqual(await accounts.findOneTimeLink(older.digest, T0), older)
    await accounts.saveOneTimeLink(link, noJournal)
    assert.equal(await accounts.findOneTimeLink(older.digest, T0), undefined)
    assert.equal(await accounts.findOneTimeLink(link.digest, link.expiresAt), undefined, 'over')
    const operator = newPerson({ isOperator: true })
    assert.equal(await accounts.hasOperator(), false)
    assert.equal(await accounts.claimFirstOperator(older.digest, operator, T0, noJournal), 'link_invalid')
    assert.equal(await accounts.claimFirstOperator(link.digest, operator, link.expiresAt, noJournal), 'link_invalid')
    const taken = await writePerson(node())
    assert.equal(await accounts.claimFirstOperator(link.digest, newPerson({ email: taken.user.email }), T0, noJournal), 'identifier_taken')
    assert.deepEqual(await accounts.findOneTimeLink(link.digest, T0), link, 'not used up by a claim that failed')
    assert.equal(await accounts.claimFirstOperator(link.digest, operator, T0, noJournal), 'claimed')
    assert.equal(await accounts.hasOperator(), true)
    assert.equal(await accounts.claimFirstOperator(link.digest, newPerson(), T0, noJournal), 'link_invalid')
    const late = linkOf()
    await accounts.saveOneTimeLink(late, noJournal)
    assert.equal(await accounts.claimFirstOperator(late.digest, newPerson({ isOperator: true }), T0, noJournal), 'link_invalid', 'there is a first operator')
  })

  it('E4: where no operator can act, people are disabled as ever, and a link makes one anew', async () => {
    const { accounts } = node()
    await database().query('update users set is_operator = 0')
    const [stopped, other] = [await writePerson(node(), { isOperator: true }), await writePerson(node(), { isOperator: true })]
    assert.equal(await accounts.disableUser(stopped.user.id, T0, T0 + HOUR, noJournal), 'changed')
    assert.equal(await accounts.disableUser(other.user.id, T0, T0 + HOUR, noJournal), 'last_operator')
    assert.ok(await accounts.findUser(other.user.id))
    await accounts.declareUser(newPerson({ email: other.user.email }), noJournal)
    assert.equal(await accounts.hasOperator(), false)
    assert.equal(await accounts.disableUser(stopped.user.id, T0, T0 + HOUR, noJournal), 'unchanged')
    assert.equal(await accounts.disableUser((await writePerson(node())).user.id, T0, T0 + HOUR, noJournal), 'changed')
    const link = { digest: newDigest(), purpose: 'first_operator' as const, createdAt: T0, expiresAt: T0 + HOUR }
    await accounts.saveOneTimeLink(link, noJournal)
    assert.equal(await accounts.claimFirstOperator(link.digest, newPerson({ isOperator: true }), T0, noJournal), 'claimed')
    await accounts.enableUser(stopped.user.id, T0, T0 + HOUR, noJournal)
    assert.equal(await accounts.disableUser(stopped.user.id, T0, T0 + HOUR, noJournal), 'changed', 'there is another')
  })

  it('makes an account with its event', async () => {
    const account = { id: idOf('account'), name: 'Acme', createdAt: T0 }
    await node().accounts.createAccount(account, {
      events: [{ type: 'account.created', at: T0, actor: { kind: 'system' }, accountId: account.id }],
      revocations: [],
    })
    assert.deepEqual(await node().accounts.findAccount(account.id), account)
    const { items } = await node().events.listEvents({ limit: 1, type: 'account.created' })
    assert.equal(items[0]?.accountId, account.id)
  })

  it('J7: a session that a sign-in beside the disabling left is over before the person is let in again', async () => {
    const { user } = await writePerson(node())
    const session = newSession(user.id)
    await node().sessions.startSession(session, noJournal)
    assert.equal(await node().accounts.disableUser(user.id, T0, T0 + HOUR, noJournal), 'changed')
    assert.equal(await node().accounts.findFormerLoginSession(session.login.digest), undefined)
    await database().query(`update login_sessions set ended_at = null, ended_reason = null where id = '${session.login.id}'`)
    await database().query(`update grants set ended_at = null, ended_reason = null where id = '${session.grant.id}'`)
    assert.equal(await node().accounts.findLoginSession(session.login.digest), undefined, 'nobody can use it')
    assert.equal(await node().accounts.enableUser(user.id, T0, T0 + HOUR, noJournal), 'changed')
    assert.equal(await node().accounts.findLoginSession(session.login.digest), undefined)
    assert.equal((await node().authority.findGrant(session.grant.id))?.alive, false)
    assert.ok(await node().accounts.findUser(user.id))
  })
})
