import assert from 'node:assert/strict'
import fs, { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { type FeedEntry, Refusal } from '@latchwork/kernel'
import { DatabaseHeld, openStore, type Store } from '../src/index.ts'
import { createDatabase } from './engines.ts'
import { startProxy } from './proxy.ts'
import { idOf, journalOf, newDigest, noJournal, T0, writeRedeemed } from './records.ts'
import { until } from './until.ts'

const isUnavailable = (error: unknown) =>
  error instanceof Refusal && error.code === 'store_unavailable' && error.status === 503 && error.retryAfterSeconds === 1 && error.cause !== undefined

const anAct = (store: Store) => store.accounts.createAccount({ id: idOf('account'), name: 'Acme', createdAt: T0 }, noJournal)

async function refusesEverything(store: Store): Promise<void> {
  await assert.rejects(store.ping(), isUnavailable, 'ping')
  await assert.rejects(async () => store.apiKeys.findKeyByDigest(newDigest()), isUnavailable, 'a key')
  await assert.rejects(store.authority.findAccessToken(newDigest()), isUnavailable, 'a token')
  await assert.rejects(store.accounts.findLoginSession(newDigest()), isUnavailable, 'a login session')
  await assert.rejects(anAct(store), isUnavailable, 'an act')
}

/** Whether acts work; until they do, they must be refused rightly. */
async function works(store: Store): Promise<boolean> {
  try {
    await anAct(store)
    return true
  } catch (error) {
    assert.ok(isUnavailable(error), String(error))
    return false
  }
}

describe('R3: PostgreSQL goes away', () => {
  async function behindProxy(t: TestContext) {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const proxy = await startProxy(database.options.url)
    const troubles: unknown[] = []
    const store = await openStore({ engine: 'postgres', url: proxy.url, poolSize: 4, onTrouble: (error) => troubles.push(error) })
    t.after(async () => {
      await store.close()
      await proxy.close()
      await database.drop()
    })
    const other = await database.open()
    return { database, proxy, store, other, troubles }
  }

  it('R3 K10: cut off: 503 and a feed that says so; back: all works, and what was missed is heard once, in order', async (t) => {
    const { proxy, store, other, troubles } = await behindProxy(t)
    const heard: FeedEntry[] = []
    store.feed.subscribe((entries) => heard.push(...entries))
    const grants = [await writeRedeemed(other), await writeRedeemed(other), await writeRedeemed(other)].map(({ grant }) => grant.id)
    await other.authority.endGrant(grants[0] ?? '', 'x', T0, journalOf(`grant:${grants[0]}`))
    await until(() => heard.length === 1, 'the first was heard')

    await proxy.cut()
    await refusesEverything(store)
    for (const grantId of grants.slice(1)) await other.authority.endGrant(grantId, 'x', T0, journalOf(`grant:${grantId}`))
    await until(() => Date.now() - store.feed.freshAt(Date.now()) > 1_500, 'the feed grows stale')
    await refusesEverything(store)
    assert.equal(heard.length, 1)
    assert.ok(troubles.length > 0)

    await proxy.restore()
    await until(() => works(store), 'acts work again')
    await until(() => heard.length === 3, 'what was missed was heard')
    assert.deepEqual(
      heard.map(({ lifeline }) => lifeline),
      grants.map((grantId) => `grant:${grantId}`),
    )
    await until(() => Date.now() - store.feed.freshAt(Date.now()) < 1_000, 'the feed is fresh again')
    assert.deepEqual(await store.feed.read(0, 10), heard)
  })

  it('R3: every backend ended: the process lives, and all works again by itself', async (t) => {
    const { database, store, other } = await behindProxy(t)
    await Promise.all(Array.from({ length: 8 }, () => anAct(store)))
    const inFlight = Array.from({ length: 20 }, () => works(store))
    await database.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
    await Promise.all(inFlight)
    for (const node of [store, other]) await until(() => works(node), 'acts work again')
    const heard: FeedEntry[] = []
    store.feed.subscribe((entries) => heard.push(...entries))
    const { grant } = await writeRedeemed(other)
    await other.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))
    await until(() => heard.length === 1, 'the channel is whole again')
  })

  it('R3: fallen silent: refused within bounded time, never hanging, and it can be closed', async (t) => {
    const { proxy, store } = await behindProxy(t)
    const second = await openStore({ engine: 'postgres', url: proxy.url, onTrouble: () => {} })
    await Promise.all([anAct(store), anAct(second)])
    proxy.silence()
    const began = performance.now()
    const refused = [store.ping(), anAct(store), store.authority.findAccessToken(newDigest())]
    for (const outcome of await Promise.allSettled(refused)) assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason))
    t.diagnostic(`refused after ${((performance.now() - began) / 1000).toFixed(1)} s`)
    await until(() => store.feed.freshAt(Date.now()) < Date.now() - 3_000, 'the feed grows stale')
    await second.close()
    await proxy.restore()
    await until(() => works(store), 'acts work again')
  })

  it('R3: an act waits no longer than the time a statement has, for whoever holds a row', async (t) => {
    const { database, store } = await behindProxy(t)
    const { grant } = await writeRedeemed(store)
    const held = database.query(`begin; update grants set kind = kind where id = '${grant.id}'; select pg_sleep(4); commit`)
    await until(
      async () => (await database.query("select 1 from pg_stat_activity where query like 'begin; update%' and wait_event = 'PgSleep'")).length > 0,
      'the row is held',
    )
    await assert.rejects(store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`)), isUnavailable)
    await held
    assert.equal(await store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`)), true)
  })

  it('R3 K10: a node that falls silent in the middle of an ending keeps others from theirs no longer than a statement may take', async (t) => {
    const { database, proxy, other } = await behindProxy(t)
    const [first, second] = [(await writeRedeemed(other)).grant.id, (await writeRedeemed(other)).grant.id]
    const isHeld = async () => (await database.query("select 1 from pg_locks where locktype = 'advisory' and granted")).length > 0
    let [statements, silentAt] = [0, Number.POSITIVE_INFINITY]
    const silenced = await openStore({
      engine: 'postgres',
      url: proxy.url,
      waitMs: 500,
      onTrouble: () => {},
      onStatement: (nth) => {
        statements = nth
        if (nth === silentAt) proxy.silence()
      },
    })
    t.after(() => silenced.close())
    const end = (store: Store, grantId: string) => store.authority.endGrant(grantId, 'x', T0, journalOf(`grant:${grantId}`))
    await end(silenced, (await writeRedeemed(other)).grant.id)
    silentAt = statements - 1 // before its commit
    const ending = end(silenced, first)
    await until(isHeld, 'the feed is held')
    const waiting = end(other, second)
    await assert.rejects(ending, isUnavailable)
    assert.equal(await waiting, true, 'it was taken away: nothing of the node that fell silent reaches the database')
    assert.equal(await isHeld(), false)
    assert.equal((await other.authority.findGrant(first))?.alive, true, 'nothing of it is done')
  })

  it('R3: a standby reads and takes no writes, and says so in a way of its own', async (t) => {
    const { database, store } = await behindProxy(t)
    await database.query(`
      create function stand_by() returns trigger language plpgsql as
        $$ begin raise exception 'cannot set transaction read-write mode during recovery' using errcode = 'feature_not_supported'; end $$;
      create trigger stand_by before insert on accounts for each row execute function stand_by()`)
    await assert.rejects(anAct(store), isUnavailable)
    assert.equal(await store.apiKeys.findKeyByDigest(newDigest()), undefined)
    await database.query('drop function stand_by cascade')
    await anAct(store)
  })

  it('R3: a store cannot be opened while the database is away', async (t) => {
    const { proxy } = await behindProxy(t)
    await proxy.cut()
    await assert.rejects(openStore({ engine: 'postgres', url: proxy.url }), isUnavailable)
  })
})

describe('R3: the SQLite file goes away', () => {
  async function onFile(t: TestContext) {
    const database = await createDatabase('sqlite')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'sqlite')
    return { database, path: database.options.path }
  }

  it('R3: its place is taken by something else: 503; back: all works', async (t) => {
    const { database, path } = await onFile(t)
    const first = await database.open()
    await anAct(first)
    await first.close()
    const folder = dirname(path)
    const away = () => {
      renameSync(folder, `${folder}-away`)
      writeFileSync(folder, '')
    }
    const back = () => {
      rmSync(folder)
      renameSync(`${folder}-away`, folder)
    }
    away()
    await assert.rejects(openStore(database.options), isUnavailable)
    back()
    const store = await database.open()
    const { accessToken } = await writeRedeemed(store)
    const blocker = new DatabaseSync(path)
    blocker.exec('begin immediate')
    await assert.rejects(anAct(store), isUnavailable)
    blocker.close()
    away() // the writer, which let go of the file, must open it again
    await assert.rejects(anAct(store), isUnavailable)
    back()
    await anAct(store)
    assert.equal((await store.authority.findAccessToken(accessToken.digest))?.alive, true)
  })

  it('R2 R3: the file is moved away, or another is put in its place: nothing is answered that would be lost with the process; put back: all works', async (t) => {
    const { database, path } = await onFile(t)
    const store = await database.open()
    await anAct(store)
    const accounts = async () => (await database.query('select id from accounts')).length
    const before = await accounts()
    renameSync(path, `${path}.away`)
    await assert.rejects(anAct(store), isUnavailable)
    assert.equal(existsSync(path), false, 'no empty one is made')
    writeFileSync(path, '')
    await refusesEverything(store)
    renameSync(`${path}.away`, path)
    await anAct(store)
    assert.equal(await accounts(), before + 1)
  })

  it('R2: the log is removed: what was answered before and after is in the files all the same', async (t) => {
    const { database, path } = await onFile(t)
    const store = await database.open()
    const { grant, accessToken } = await writeRedeemed(store)
    rmSync(`${path}-wal`)
    assert.equal(await store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`)), true)
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${path}.found${suffix}`) // what a start after a power cut would find
    const found = await openStore({ engine: 'sqlite', path: `${path}.found` })
    t.after(() => found.close())
    assert.equal((await found.authority.findAccessToken(accessToken.digest))?.alive, false)
  })

  it('K10 E5: one server has the file: a second is refused, because it would not hear what the first revokes', async (t) => {
    const { database } = await onFile(t)
    assert.ok(database.options.engine === 'sqlite')
    const server = { ...database.options, alone: true }
    const first = await openStore(server)
    await assert.rejects(openStore(server), DatabaseHeld)
    const beside = await database.open() // what only adds something
    await anAct(beside)
    await first.close()
    const second = await openStore(server)
    await second.close()
  })

  it('R3: another process writes too long: acts are refused together, reads go on, nothing is half-done', async (t) => {
    const { database, path } = await onFile(t)
    const store = await database.open()
    const { grant } = await writeRedeemed(store)
    const blocker = new DatabaseSync(path)
    blocker.exec('begin immediate')
    const acts = [anAct(store), anAct(store), store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))]
    for (const outcome of await Promise.allSettled(acts)) assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason))
    assert.equal((await store.authority.findGrant(grant.id))?.alive, true)
    blocker.close()
    assert.equal(await store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`)), true)
  })

  it('R3 K10: the disk refuses to keep it: the act is refused, and what it ended is heard all the same, because a second call finds nothing to end', async (t) => {
    const { database } = await onFile(t)
    const store = await database.open()
    const { grant } = await writeRedeemed(store)
    const heard: string[] = []
    store.feed.subscribe((entries) => heard.push(...entries.map(({ lifeline }) => lifeline)))
    const refusing = t.mock.method(fs, 'fdatasync', (_file: number, answer: (error: Error) => void) => setImmediate(answer, new Error('EIO')))
    syncBuiltinESMExports()
    const end = () => store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))
    await assert.rejects(end(), isUnavailable)
    refusing.mock.restore()
    syncBuiltinESMExports()
    assert.equal(await end(), false)
    assert.equal((await store.authority.findGrant(grant.id))?.alive, false)
    assert.deepEqual(heard, [`grant:${grant.id}`])
  })

  it('R2 R3: what the disk refused once is written anew before anything else is promised: it may say that all is there, and not have it', async (t) => {
    const { database, path } = await onFile(t)
    const store = await database.open()
    const { grant } = await writeRedeemed(store)
    const another = new DatabaseSync(path) // the writer is not the last to leave the log, which would be written to the file then
    t.after(() => another.close())
    another.prepare('select count(*) from grants').get()
    assert.equal((await store.authority.findGrant(grant.id))?.alive, true)
    let refuse = (): void => assert.fail('the disk was not asked')
    const asked = t.mock.method(fs, 'fdatasync', (_file: number, answer: (error: Error) => void) => {
      refuse = () => answer(new Error('EIO'))
      asked.mock.restore() // afterwards it says that all is well
      syncBuiltinESMExports()
    })
    syncBuiltinESMExports()
    const accounts = async () => (await database.query('select id from accounts')).length
    const [before, first] = [await accounts(), store.authority.endGrant(grant.id, 'x', T0, journalOf(`grant:${grant.id}`))]
    await until(async () => (await store.authority.findGrant(grant.id))?.alive === false, 'the first act is committed')
    const second = anAct(store) // comes while the disk is at work, and stands on the first in the log
    await until(async () => (await accounts()) > before, 'the second act is committed')
    refuse()
    for (const act of [first, second]) await assert.rejects(act, isUnavailable)
    const reading = new DatabaseSync(path)
    t.after(() => reading.close())
    reading.exec('begin; select count(*) from grants') // another process reads the log: it cannot be begun anew
    await assert.rejects(anAct(store), isUnavailable)
    assert.equal((await store.authority.findGrant(grant.id))?.alive, false, 'reads go on')
    reading.exec('rollback')
    await anAct(store)
    const fileAlone = `${path}.alone` // what was committed before is in the file itself, and no matter of the log
    copyFileSync(path, fileAlone)
    const alone = new DatabaseSync(fileAlone)
    t.after(() => alone.close())
    assert.deepEqual({ ...alone.prepare('select ended_at from grants where id = ?').get(grant.id) }, { ended_at: T0 })
  })

  it('R3: a file that is no database is refused, and left as it is', async (t) => {
    const { path } = await onFile(t)
    const store = await openStore({ engine: 'sqlite', path })
    await store.close()
    writeFileSync(path, 'not a database, but somebody may need it'.repeat(100))
    await assert.rejects(openStore({ engine: 'sqlite', path }), isUnavailable)
  })

  it('a closed store refuses', async (t) => {
    const { database } = await onFile(t)
    const store = await database.open()
    const last = anAct(store)
    await store.close()
    await last
    await refusesEverything(store)
  })
})
