import assert from 'node:assert/strict'
import { it } from 'node:test'
import pg from 'pg'
import { createDatabase, describeOnEachEngine } from './engines.ts'
import { journalOf, newPerson, newSession, noJournal, T0, writePerson, writeRedeemed } from './records.ts'
import { until } from './until.ts'

it('design 5: nobody sees what is not committed (sqlite)', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  const during: Promise<boolean>[] = []
  let watched: string | undefined
  const store = await database.open({
    onStatement() {
      // The read is made here, in the middle of the act: on SQLite it runs before this line ends.
      if (watched !== undefined) during.push(store.authority.findGrant(watched).then((grant) => grant?.alive ?? false))
    },
  })
  const { grant } = await writeRedeemed(store)
  watched = grant.id
  await store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))
  watched = undefined
  const seen = await Promise.all(during)
  assert.deepEqual(seen, [...seen.slice(1).map(() => true), false], 'alive up to the commit, ended after it')
  assert.ok(seen.length >= 4)
})

it('design 5: what another process has committed is seen while others go on reading (sqlite)', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  const store = await database.open()
  const { user } = await writePerson(store)
  const read = () => store.accounts.findUser(user.id)
  assert.deepEqual(await read(), user)
  await database.query(`update users set disabled_at = ${T0} where id = '${user.id}'`)
  await until(async () => (await read()) === undefined, 'the other process is heard')
})

it('design 5: acts of one moment share one transaction; where one fails that has written, the others are done all the same, once (sqlite)', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  const store = await database.open()
  const { user } = await writePerson(store)
  const people = Array.from({ length: 20 }, () => newPerson())
  const taken = newSession(user.id)
  await store.sessions.startSession(taken, noJournal)
  const bad = { ...newSession(user.id), refreshToken: taken.refreshToken }
  const outcomes = await Promise.allSettled(
    people.flatMap((person, at) => [store.accounts.createUser(person, journalOf()), ...(at % 5 === 3 ? [store.sessions.startSession(bad, journalOf())] : [])]),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 4)
  assert.equal((await database.query('select * from users')).length, people.length + 1)
  assert.equal((await database.query('select * from grants')).length, 1, 'of those that failed nothing stays')
})

it('design 5: nobody sees what is not committed (postgres)', async (t) => {
  const database = await createDatabase('postgres')
  t.after(() => database.drop())
  const [store, other] = [await database.open(), await database.open()]
  const { grant } = await writeRedeemed(store)
  assert.ok(database.options.engine === 'postgres')
  const holder = new pg.Client({ connectionString: database.options.url })
  await holder.connect()
  await holder.query('begin')
  await holder.query('lock table revocations in exclusive mode') // the act comes as far as its feed entry, and waits
  const ending = store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))
  await until(async () => (await database.query("select 1 from pg_locks where not granted and relation = 'revocations'::regclass")).length > 0, 'the act waits')
  for (const node of [store, other]) assert.equal((await node.authority.findGrant(grant.id))?.alive, true)
  await holder.query('commit')
  await holder.end()
  assert.equal(await ending, true)
  for (const node of [store, other]) assert.equal((await node.authority.findGrant(grant.id))?.alive, false)
})

describeOnEachEngine('acts of one moment', (node, database) => {
  it('design 5: one that fails takes no other with it, and leaves nothing of itself', async () => {
    const good = [newPerson(), newPerson()] as const
    const { user } = await writePerson(node())
    const session = newSession(user.id)
    await node().sessions.startSession(session, noJournal)
    const before = (await database().query('select * from events')).length
    const repeated = { ...newSession(user.id), refreshToken: session.refreshToken } // login session and grant are written, then the token is one that exists
    const [first, bad, taken, last] = await Promise.allSettled([
      node().accounts.createUser(good[0], journalOf()),
      node().sessions.startSession(repeated, journalOf()),
      node().accounts.createUser(newPerson({ email: user.email }), journalOf()),
      node().accounts.createUser(good[1], journalOf()),
    ])
    assert.deepEqual(
      [first, last, taken].map((outcome) => outcome.status === 'fulfilled' && outcome.value),
      ['created', 'created', 'identifier_taken'],
    )
    assert.equal(bad.status, 'rejected')
    assert.equal(await node().authority.findGrant(repeated.grant.id), undefined)
    assert.equal(await node().accounts.findLoginSession(repeated.login.digest), undefined)
    assert.equal((await database().query('select * from events')).length, before + 2)
  })

  it('an answered act is seen by the next read', async () => {
    for (let round = 0; round < 20; round++) {
      const person = newPerson()
      await node().accounts.createUser(person, noJournal)
      assert.deepEqual(await node().accounts.findUser(person.user.id), person.user)
    }
  })
})
