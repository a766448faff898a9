import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import pg from 'pg'
import { sqliteDialect } from '../src/dialect.ts'
import type { Engine } from '../src/engine.ts'
import { openStore, type StoreOptions } from '../src/index.ts'
import { migrate } from '../src/migrate.ts'
import { migrations } from '../src/migrations/index.ts'
import { openPostgresEngine } from '../src/postgres/engine.ts'
import { openSqliteEngine } from '../src/sqlite/engine.ts'
import { createDatabase, describeOnEachEngine, engineNames } from './engines.ts'
import { newSigningKey, noJournal } from './records.ts'

describe('migrations', () => {
  it('E5: three nodes that open one fresh PostgreSQL database at once make the tables once', async (t) => {
    const database = await createDatabase('postgres', 'none')
    t.after(() => database.drop())
    await Promise.all([database.open(), database.open(), database.open()])
    assert.deepEqual(
      (await database.query('select number, name from migrations order by number')).map((row) => row['number']),
      migrations.map(({ number }) => number),
    )
  })

  it('E5: both engines have the same tables and columns', async (t) => {
    const listings: Record<StoreOptions['engine'], string> = {
      sqlite: `select m.name || '.' || c.name as c from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'`,
      postgres: `select table_name || '.' || column_name as c from information_schema.columns where table_schema = 'public'`,
    }
    const columns: string[][] = []
    for (const engine of engineNames) {
      const database = await createDatabase(engine, 'none')
      t.after(() => database.drop())
      await database.open()
      columns.push((await database.query(listings[engine])).map((row) => String(row['c'])).sort())
    }
    assert.ok((columns[0]?.length ?? 0) > 100)
    assert.deepEqual(columns[0], columns[1])
  })

  it('every foreign key that is followed backwards has an index that begins with it', async (t) => {
    const database = await createDatabase('sqlite', 'none')
    t.after(() => database.drop())
    await database.open()
    const keys = await database.query(`select m.name as t, f."from" as c from sqlite_schema m join pragma_foreign_key_list(m.name) f where m.type = 'table'`)
    const indexes = await database.query(`
      select m.name || '.' || c.name as c from sqlite_schema m join pragma_index_list(m.name) i join pragma_index_info(i.name) c
      where m.type = 'table' and c.seqno = 0 and (i.partial = 0 or c.name in ('grant_id', 'user_id', 'consent_id', 'owner_id'))
      union select m.name || '.' || c.name from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and c.pk = 1`)
    const indexed = new Set(indexes.map((row) => row['c']))
    assert.ok(keys.length > 15)
    assert.deepEqual(
      keys.map((row) => `${row['t']}.${row['c']}`).filter((column) => !indexed.has(column)),
      [],
    )
  })

  it('E6: a step that fails leaves nothing of itself, and those before it stand', async (t) => {
    const database = await createDatabase('sqlite', 'none')
    t.after(() => database.drop())
    assert.ok(database.options.engine === 'sqlite')
    const engine: Engine = openSqliteEngine({ path: database.options.path, onTrouble: assert.ifError })
    t.after(() => engine.close())
    const { schema } = sqliteDialect.db
    const make = (table: string) => schema.createTable(table).addColumn('id', 'text').compile()
    const newest = migrations.at(-1)?.number ?? 0
    const broken = { number: newest + 1, name: 'broken', statements: () => [make('good'), make('accounts')] }
    await assert.rejects(migrate(engine, 1, [...migrations, broken]), /already exists/)
    const names = (await database.query('select name from sqlite_schema')).map((row) => row['name'])
    assert.ok(names.includes('accounts') && !names.includes('good'))
    assert.deepEqual(await migrate(engine, 1), [], 'nothing is applied twice')
    const next = { number: newest + 1, name: 'mended', statements: () => [make('good')] }
    assert.deepEqual(await migrate(engine, 1, [...migrations, next]), ['mended'])
  })

  it('E6 J2: the signing keys of an older ring are the current ones of the new', async (t) => {
    for (const name of engineNames) {
      const database = await databaseBefore(8, name, t)
      await database.query(`insert into signing_keys values ('kid', 'ES256', '{"kid":"kid"}', 'sealed', 7, 1)`)
      const store = await database.open()
      const key = { kid: 'kid', algorithm: 'ES256', state: 'current', publicJwk: { kid: 'kid' }, privateHalf: 'sealed', createdAt: 7, activatesAt: 7 }
      assert.deepEqual(await store.signing.listSigningKeys(), [key])
      assert.equal(await store.signing.addSigningKey(newSigningKey('ES256', 'current'), noJournal), false)
    }
  })

  it('E6 R7: tokens made before they carried their time are gone; what was written down, and that their clients were used, stays', async (t) => {
    for (const name of engineNames) {
      const database = await databaseBefore(15, name, t)
      const client = (id: string) =>
        `insert into clients (id, name, profile, authentication_method, environment, redirect_uris, grant_types, scopes, audiences, created_at, application_type, settings)
         values ('${id}', 'Acme', 'oauth21', 'client_secret_basic', 'test', '[]', '[]', '[]', '[]', 1, 'web', '{}')`
      for (const id of ['used', 'unused']) await database.query(client(id))
      for (const [id, at] of [
        ['tok_1', 5],
        ['tok_2', 7],
      ])
        await database.query(
          `insert into access_tokens (id, digest, fingerprint, client_id, environment, scopes, audience, issued_at, expires_at)
           values ('${id}', 'digest ${id}', 'lw_at_AB…wxyz', 'used', 'test', '[]', '[]', ${at}, 99)`,
        )
      for (const id of ['evt_1', 'evt_2'])
        await database.query(`insert into events (id, type, at, actor_kind, client_id) values ('${id}', 'token.issued', 5, 'client', 'used')`)
      const store = await database.open()
      assert.equal(await store.authority.findAccessToken('digest tok_1'), undefined)
      const clients = await database.query('select id, used_at from clients order by id desc')
      assert.deepEqual(
        clients.map((row) => [row['id'], row['used_at'] === null ? null : Number(row['used_at'])]),
        [
          ['used', 7],
          ['unused', null],
        ],
      )
      await store.events.writeEvents([{ type: 'token.revoked', at: 9, actor: { kind: 'client' }, clientId: 'used' }])
      const { items } = await store.events.listEvents({ clientId: 'used', limit: 10 })
      assert.deepEqual(
        items.map(({ type }) => type),
        ['token.revoked', 'token.issued', 'token.issued'],
      )
      assert.deepEqual(
        items.slice(1).map(({ id }) => id),
        ['evt_2', 'evt_1'],
      )
    }
  })

  it('O6 O7: a person of before has no profile and changed when they were made; a consent of before knows of their name alone', async (t) => {
    for (const name of engineNames) {
      const database = await databaseBefore(20, name, t)
      await database.query(`insert into accounts (id, name, created_at) values ('acc_1', 'Ada', 5)`)
      await database.query(
        `insert into users (id, email, email_verified, name, is_operator, account_id, created_at) values ('usr_1', 'ada@example.com', 1, 'Ada', 0, 'acc_1', 5)`,
      )
      await database.query(
        `insert into clients (id, name, profile, authentication_method, environment, redirect_uris, grant_types, scopes, audiences, created_at, application_type, settings)
         values ('app', 'Acme', 'oauth21', 'none', 'live', '[]', '[]', '[]', '[]', 1, 'web', '{}')`,
      )
      await database.query(
        `insert into consents (id, user_id, client_id, scopes, audience, given_at) values ('con_1', 'usr_1', 'app', '["openid","profile"]', '[]', 5)`,
      )
      const store = await database.open()
      const { profile, updatedAt } = (await store.accounts.findLivingPerson('usr_1')) ?? assert.fail('the person')
      assert.deepEqual([profile, updatedAt], [{}, 5])
      const consent = { id: 'con_1', userId: 'usr_1', clientId: 'app', scopes: ['openid', 'profile'], audience: [], givenAt: 5 }
      assert.deepEqual(await store.oauth.findConsent('usr_1', 'app'), consent)
    }
  })

  it('E6: a node goes on where a newer one has changed the tables under it: what it had prepared on each of its connections is prepared anew', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    const store = await database.open()
    await store.signing.addSigningKey(newSigningKey('ES256', 'current'), noJournal)
    const readAtOnce = () => Promise.all(Array.from({ length: 20 }, () => store.signing.listSigningKeys()))
    await readAtOnce()
    await database.query('alter table signing_keys add column of_a_newer_version text')
    for (const keys of await readAtOnce()) assert.equal(keys.length, 1)
  })

  it('R2: a PostgreSQL that answers before it has written is refused', async (t) => {
    const database = await createDatabase('postgres', 'none')
    t.after(() => database.drop())
    await database.query(`do $$ begin execute 'alter database ' || current_database() || ' set synchronous_commit = off'; end $$`)
    await assert.rejects(database.open(), /synchronous_commit/)
  })

  it('the file is for its owner alone', async (t) => {
    const database = await createDatabase('sqlite', 'none')
    t.after(() => database.drop())
    await database.open()
    assert.ok(database.options.engine === 'sqlite')
    for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(database.options.path + suffix).mode & 0o077, 0, suffix)
  })

  it("leaves the driver's own type parsers alone", async (t) => {
    const database = await createDatabase('postgres', 'none')
    t.after(() => database.drop())
    const store = await database.open()
    assert.equal(await store.feed.head(), 0)
    assert.equal(pg.types.getTypeParser(20)('7'), '7')
  })
})

describeOnEachEngine('a database of a newer Latchwork', (_, database) => {
  it('E6: is not opened', async () => {
    await database().query(`insert into migrations (number, name, applied_at) values (999, 'to come', 1)`)
    await assert.rejects(openStore(database().options), /newer Latchwork/)
  })
})

/** A database with all that came before this step, for its test alone. */
async function databaseBefore(number: number, name: StoreOptions['engine'], t: TestContext) {
  const database = await createDatabase(name, 'none')
  t.after(() => database.drop())
  const { options } = database
  const parts = { onTrouble: assert.ifError }
  const engine = options.engine === 'sqlite' ? openSqliteEngine({ path: options.path, ...parts }) : openPostgresEngine({ url: options.url, ...parts })
  const older = migrations.filter((step) => step.number < number)
  await migrate(engine, 1, older).finally(engine.close)
  return database
}
