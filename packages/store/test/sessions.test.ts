import assert from 'node:assert/strict'
import { it } from 'node:test'
import { describeOnEachEngine } from './engines.ts'
import { journalOf, newSession, noJournal, writePerson } from './records.ts'

describeOnEachEngine('SessionsStore', (node, database) => {
  it('starts login session, grant and refresh token together', async () => {
    const { user } = await writePerson(node())
    const session = newSession(user.id)
    assert.equal(await node().sessions.startSession(session, noJournal), true)
    const found = await node().authority.findRefreshToken(session.refreshToken.digest)
    assert.deepEqual(found, { ...session.refreshToken, grant: session.grant, alive: true })
  })

  it('R1: starts nothing for a person who was disabled meanwhile, and writes nothing', async () => {
    const { user } = await writePerson(node())
    await database().query(`update users set disabled_at = 1 where id = '${user.id}'`)
    const before = await database().query('select (select count(*) from events) + (select count(*) from login_sessions) as n')
    const session = newSession(user.id)
    assert.equal(await node().sessions.startSession(session, journalOf()), false)
    assert.equal(await node().authority.findGrant(session.grant.id), undefined)
    assert.deepEqual(await database().query('select (select count(*) from events) + (select count(*) from login_sessions) as n'), before)
  })
})
