/**
 * PostgreSQL runs acts beside one another. What is begun beside an ending either comes first, and then the ending finds it and tells of it, or comes after, and then it is refused: else a signed
 * token would be handed out that no entry of the feed ends.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import pg from 'pg'
import type { Store } from '../src/index.ts'
import { createDatabase, type TestDatabase } from './engines.ts'
import { journalOf, newAuthorization, newSession, noJournal, T0, writeParties, writePerson, writeSignedInTo } from './records.ts'
import { until } from './until.ts'

describe('what is begun beside an ending (postgres)', () => {
  let database: TestDatabase
  let node: Store
  before(async () => {
    database = await createDatabase('postgres')
    node = await database.open()
  })
  after(() => database?.drop())

  const waiting = async (): Promise<number> =>
    (await database.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length

  /** Holds the first act up where it writes the table, lets the second come as far as it can, and gives what both answer. */
  async function beside<A, B>(t: TestContext, table: string, first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]> {
    assert.ok(database.options.engine === 'postgres')
    const holder = new pg.Client({ connectionString: database.options.url })
    await holder.connect()
    t.after(() => holder.end())
    await holder.query(`begin; lock table ${table} in exclusive mode`)
    const one = first()
    await until(async () => (await waiting()) === 1, 'the first act waits')
    let isAnswered = false
    const two = second().finally(() => {
      isAnswered = true
    })
    await until(async () => isAnswered || (await waiting()) === 2, 'the second act is answered, or waits')
    await holder.query('commit')
    return Promise.all([one, two])
  }
  const told = async (head: number) => (await node.feed.read(head, 100)).map(({ lifeline }) => lifeline)
  const deliveries = async (sessionId: string) => (await database.query(`select 1 from logout_deliveries where session_id = '${sessionId}'`)).length

  it('O16 R1: after a sign-out nothing is authorized in its session, and an authorization before it is told of it', async (t) => {
    const parties = await writeSignedInTo(node)
    const { userId, sessionId } = parties
    const signOut = () => node.accounts.endLoginSession(sessionId, userId, 'signed_out', T0, journalOf(`session:${sessionId}`))
    const late = newAuthorization(parties, { offline: true })
    assert.deepEqual(await beside(t, 'revocations', signOut, () => node.oauth.authorize(late, noJournal)), [true, false])
    assert.equal(await deliveries(sessionId), 1)

    const others = await writeParties(node, { settings: { backchannelLogoutUri: 'https://acme.example/logout' } })
    const early = newAuthorization(others)
    const grant = { ...early.grant, scopes: ['openid'], begunIn: others.sessionId }
    const begin = () => node.oauth.authorize({ ...early, consent: { ...early.consent, scopes: ['openid'] }, grant }, noJournal)
    const end = () => node.accounts.endLoginSession(others.sessionId, others.userId, 'signed_out', T0, journalOf(`session:${others.sessionId}`))
    const head = await node.feed.head()
    assert.deepEqual(await beside(t, 'codes', begin, end), [true, true])
    assert.equal(await deliveries(others.sessionId), 1, 'the application hears of the sign-out')
    assert.ok((await told(head)).includes(`grant:${grant.id}`))
  })

  it('O17 R1: after a consent is taken back it is remembered by nobody, and a grant before it ends by name', async (t) => {
    const parties = await writeParties(node)
    const { userId } = parties
    const { consent, ...first } = newAuthorization(parties)
    await node.oauth.authorize({ consent, ...first }, noJournal)
    const again = () => ({ ...newAuthorization(parties, { consent, offline: true }), isRemembered: true })
    const takeBack = () => node.oauth.endConsent(consent.id, userId, T0, journalOf(`consent:${consent.id}`))
    const head = await node.feed.head()
    const early = again()
    assert.deepEqual(await beside(t, 'codes', () => node.oauth.authorize(early, noJournal), takeBack), [true, true])
    assert.ok((await told(head)).includes(`grant:${early.grant.id}`))

    const second = newAuthorization(parties)
    await node.oauth.authorize(second, noJournal)
    const late = { ...newAuthorization(parties, { consent: second.consent, offline: true }), isRemembered: true }
    const takeSecondBack = () => node.oauth.endConsent(second.consent.id, userId, T0, journalOf(`consent:${second.consent.id}`))
    assert.deepEqual(await beside(t, 'revocations', takeSecondBack, () => node.oauth.authorize(late, noJournal)), [true, false])
  })

  it('J7 R1: a sign-in beside the disabling of the person is refused, or told of to every verifier', async (t) => {
    const disable = (userId: string) => node.accounts.disableUser(userId, T0, T0, journalOf())
    const [one, other] = [await writePerson(node), await writePerson(node)]
    await node.sessions.startSession(newSession(one.user.id), noJournal)
    const late = newSession(one.user.id)
    assert.deepEqual(
      await beside(
        t,
        'revocations',
        () => disable(one.user.id),
        () => node.sessions.startSession(late, noJournal),
      ),
      ['changed', false],
    )

    const early = newSession(other.user.id)
    const head = await node.feed.head()
    assert.deepEqual(
      await beside(
        t,
        'refresh_tokens',
        () => node.sessions.startSession(early, noJournal),
        () => disable(other.user.id),
      ),
      [true, 'changed'],
    )
    assert.ok((await told(head)).includes(`session:${early.login.id}`))
  })
})
