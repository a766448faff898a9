import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { journalOf, newSession, noJournal, writePerson } from './records.ts'

describeOnEachEngine('SessionsStore', (node, database) => {
  it('starts login session, grant and refresh token together', async () => {
    const { user } = await writePerson(node())
    const session = newSession(user.id)
    assert.equal(await node().sessions.startSession(session, noJournal), 'started')
    const found = await node().authority.findRefreshToken(session.refreshToken.digest)
    assert.deepEqual(found, { ...session.refreshToken, grant: session.grant, alive: true })
  })

  it('R1: starts nothing for a person who was disabled meanwhile, and writes nothing', async () => {
    const { user } = await writePerson(node())
    await database().query(`update users set disabled_at = 1 where id = '${user.id}'`)
    const before = await database().query('select (select count(*) from events) + (select count(*) from login_sessions) as n')
    const session = newSession(user.id)
    assert.equal(await node().sessions.startSession(session, journalOf()), 'disabled')
    assert.equal(await node().authority.findGrant(session.grant.id), undefined)
    assert.deepEqual(await database().query('select (select count(*) from events) + (select count(*) from login_sessions) as n'), before)
  })

  it('J9 R1: a form begins one session, for ever, and writes nothing the second time', async () => {
    const { user } = await writePerson(node())
    const [first, second] = [newSession(user.id), newSession(user.id)]
    assert.equal(await node().sessions.startSession({ ...first, formDigest: 'form' }, noJournal), 'started')
    const before = await database().dump()
    assert.equal(await node().sessions.startSession({ ...second, formDigest: 'form' }, journalOf()), 'sent_before')
    assert.equal(await database().dump(), before)
    await node().accounts.endLoginSession(first.login.id, user.id, 'signed_out', user.createdAt, noJournal)
    assert.equal(await node().sessions.startSession({ ...second, formDigest: 'form' }, journalOf()), 'sent_before')
    assert.equal(await node().sessions.startSession({ ...second, formDigest: 'another' }, journalOf()), 'started')
  })

  it('J9: who joins a session gets tokens in it, and the secret before it stays as it was', async () => {
    const { user } = await writePerson(node())
    const [session, joining] = [newSession(user.id), newSession(user.id)]
    await node().sessions.startSession(session, noJournal)
    const grant = { ...joining.grant, sessionId: session.login.id }
    const renewal = { login: session.login, grant, refreshToken: joining.refreshToken, now: user.createdAt, revokedUntil: user.createdAt }
    assert.equal(await node().sessions.renewSession(renewal, noJournal), true)
    for (const { refreshToken } of [session, joining]) assert.equal((await node().authority.findRefreshToken(refreshToken.digest))?.alive, true)
    await node().accounts.endLoginSession(session.login.id, user.id, 'signed_out', user.createdAt, noJournal)
    assert.equal(await node().sessions.renewSession({ ...renewal, grant: newSession(user.id).grant }, noJournal), false)
  })
})
