import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventFilter } from '@latchwork/events'
import type { CompiledQuery } from 'kysely'
import { accountsStore } from '../src/accounts/store.ts'
import type { Act } from '../src/act.ts'
import { authorityStore } from '../src/authority/store.ts'
import { postgresDialect, sqliteDialect } from '../src/dialect.ts'
import type { Dialect, Engine } from '../src/engine.ts'
import { eventChainStore } from '../src/event-chain.ts'
import { eventsStore } from '../src/events.ts'
import { countActive } from '../src/keys/create-key.ts'
import { apiKeysStore } from '../src/keys/store.ts'
import { oauthStore } from '../src/oauth/store.ts'
import { rotationStore } from '../src/rotation/store.ts'
import { createDatabase, queryOnce, type TestDatabase } from './engines.ts'
import { newAccessToken, newKey, newRefreshToken, noJournal, T0 } from './records.ts'

/** An engine that only writes down what it is asked. */
function listening(asked: CompiledQuery[], dialect: Dialect = sqliteDialect): Engine {
  return {
    dialect,
    async read(query) {
      asked.push(query)
      return []
    },
    async act<T>(begin: () => Act<T>) {
      const act = begin()
      let step = act.next([])
      while (step.done !== true) {
        if ('sql' in step.value) asked.push(step.value)
        step = act.next([
          { grant_id: 'g', id: 'i', expires_at: 0, settings: '{}', grantScopes: '[]', redirectUris: '[]', grantTypes: '[]', scopes: '[]', audiences: '[]' },
        ])
      }
      return step.value
    },
    channel: { subscribe: () => () => {}, freshAt: (now) => now },
    begin: async () => {},
    close: async () => {},
  }
}

it('hot reads are one statement each, and neither they nor the acts on tokens ever walk through a table', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  await database.open()
  const asked: CompiledQuery[] = []
  const engine = listening(asked)
  const [keys, authority, accounts, oauth] = [apiKeysStore(engine), authorityStore(engine), accountsStore(engine), oauthStore(engine)]
  const accessToken = newAccessToken({ id: 'g', userId: 'u' }, 'c')
  const reads: readonly (() => Promise<unknown>)[] = [
    async () => keys.findKeyByDigest('d'),
    () => keys.findRootKeyByDigest('d'),
    () => authority.findAccessToken('d'),
    () => authority.findRefreshToken('d'),
    () => authority.findGrant('g'),
    () => accounts.findLoginSession('d'),
    () => accounts.findFormerLoginSession('d'),
    () => oauth.findClient('c'),
    () => oauth.findCode('d'),
    () => oauth.findConsent('u', 'c'),
    () => accounts.findUser('u'),
  ]
  for (const read of reads) {
    const before = asked.length
    await read()
    assert.equal(asked.length, before + 1)
    assert.doesNotMatch(asked[before]?.sql ?? '', /"users"\."(profile|updated_at)"/, 'what applications may be told is read where it is told')
  }
  await accounts.findLivingPerson('u')
  await oauth.redeemCode({ codeDigest: 'd', now: T0, accessToken, refreshToken: newRefreshToken('g', 0) }, noJournal)
  await authority.rotateRefreshToken({ consumedDigest: 'd', now: T0, successor: newRefreshToken('g', 1), accessToken }, noJournal)
  await authority.retryRefreshToken({ consumedDigest: 'd', successorDigest: 'e', now: T0, accessToken }, noJournal)
  await authority.endGrant('g', 'x', T0, noJournal)
  await accounts.endLoginSession('s', 'u', 'x', T0, noJournal)
  await oauth.endConsent('c', 'u', T0, noJournal)
  await oauth.removeExpiredTokens('token_0', T0, 10)
  await oauth.removeOverGrants('grant_0', T0, 10)
  await oauth.removeOverSessions('session_0', T0, 10)
  await oauth.removeOverSecrets(T0, 10)
  await keys.listKeys({ accountId: 'a', environment: 'live', limit: 10 })
  assert.ok(asked.length > 18)
  await walkThroughNothing(database, asked)
})

async function walkThroughNothing(database: TestDatabase, asked: readonly CompiledQuery[]): Promise<void> {
  for (const query of asked) {
    const bound = query.parameters.reduce<string>((text, value) => text.replace('?', typeof value === 'number' ? String(value) : `'${value}'`), query.sql)
    const plan = (await database.query(`explain query plan ${bound}`)).map((row) => String(row['detail']))
    assert.deepEqual(
      plan.filter((line) => /^SCAN (?!CONSTANT)/.test(line)),
      [],
      query.sql,
    )
  }
}

it('R6: the keys of an account, or of a person, are not sorted whole for a page of them', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  await database.open()
  for (const filter of [{ accountId: 'a' }, { accountId: 'a', activeAt: T0 }, { madeBy: 'u' }]) {
    const asked: CompiledQuery[] = []
    await apiKeysStore({
      ...listening(asked),
      async read(query) {
        asked.push(query)
        return query.sql.startsWith('select "seq" from') ? seqs(query) : []
      },
    }).listKeys({ ...filter, limit: 1 })
    assert.equal(asked.length, 3)
    for (const query of asked.slice(0, 2)) assert.doesNotMatch(await planOf(database, query), /TEMP B-TREE|SCAN/)
    const plan = await planOf(database, asked[2] ?? assert.fail())
    assert.match(plan, 'madeBy' in filter ? /INDEX 1\n.*rowid>\? AND rowid<\?/ : /environment=\? AND seq>\? AND seq<\?/, 'no further than the page')
  }
})

/** As many rows as there could be. */
function seqs<R>({ parameters }: CompiledQuery<R>): R[] {
  return Array.from({ length: Number(parameters.at(-1)) }, (_, index) => ({ seq: 9000 - index }) as R)
}

it('K19: rotations whose keys changed, and one that is asked for, are found without a walk through any table', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  await database.open()
  const asked: CompiledQuery[] = []
  const rotations = rotationStore(listening(asked))
  await rotations.lookAgain({ keyIds: ['k', 'l'], accountIds: ['a', 'b'] }, T0)
  assert.equal(asked.length, 4)
  await rotations.findRotation('k')
  assert.equal(asked.length, 5)
  await walkThroughNothing(database, asked)
})

it('K6: how many keys an account has is counted in an index of those that are not revoked, none of which is looked at itself', async (t) => {
  const database = await createDatabase('sqlite')
  t.after(() => database.drop())
  await database.open()
  const asked: CompiledQuery[] = []
  await listening(asked).act(() => countActive(sqliteDialect, newKey('a', { kind: 'rk' }), 100))
  const [{ sql = '' } = {}] = asked
  const plan = (await database.query(`explain query plan ${sql.replaceAll('?', "'x'")}`)).map((row) => String(row['detail']))
  assert.ok(
    plan.some((line) => line.includes('USING COVERING INDEX api_keys_in_use (account_id=? AND kind=?)')),
    plan.join('\n'),
  )
})

describe('E1: each filter of the event log is led by an index that has the order of the list', () => {
  const filters: readonly (readonly [string, Omit<EventFilter, 'limit'>])[] = [
    ['events_by_at', {}],
    ['events_by_account_id_at', { accountId: 'a' }],
    ['events_by_user_id_at', { userId: 'u' }],
    ['events_by_client_id_at', { clientId: 'c' }],
    ['events_by_credential_id_at', { credentialId: 'k' }],
    ['events_by_type_at', { type: 'key.created' }],
    ['events_by_reference', { reference: 'r' }],
    ['events_by_account_id_at', { accountId: 'a', type: 'key.created', reason: 'r' }],
    ['events_by_at', { reason: 'r' }],
  ]
  for (const dialect of [sqliteDialect, postgresDialect])
    it(dialect.name, async (t) => {
      const database = await createDatabase(dialect.name)
      t.after(() => database.drop())
      await database.open()
      for (const order of ['newest', 'oldest'] as const)
        for (const [index, filter] of filters) {
          const asked: CompiledQuery[] = []
          await eventsStore(listening(asked, dialect)).listEvents({ since: T0, until: T0 + 1, ...filter, order, limit: 10 })
          // A reference leads to the numbers of its rows, which are then looked up.
          for (const query of index === 'events_by_reference' ? asked.slice(0, 1) : asked) {
            const plan = await planOf(database, query)
            const told = `${JSON.stringify(filter)}: ${query.sql}\n${plan}`
            assert.ok(plan.includes(index), told)
            assert.doesNotMatch(plan, /TEMP B-TREE|Sort|SCAN|Seq Scan/, told)
          }
          assert.ok(asked.length >= 1)
        }
    })
})

describe('E1 R7: sealing, checking and removing events walks through no table and sorts nothing', () => {
  for (const dialect of [sqliteDialect, postgresDialect])
    it(dialect.name, async (t) => {
      const database = await createDatabase(dialect.name)
      t.after(() => database.drop())
      await database.open()
      const asked: CompiledQuery[] = []
      const told = listening(asked, dialect)
      const place = { number: 1, lastSeq: 10, value: '' }
      const seal = { ...place, firstSeq: 1, count: 10, oldestAt: T0, newestAt: T0, sealedAt: T0, keyId: 'k', digest: 'd', mac: 'm' }
      // Whatever is read is there, once.
      const row = { ...seal, seq: 20, at: T0, writtenAt: '1', removed: 10, told: 0, toldAt: 0, proof: '' }
      const engine: Engine = {
        ...told,
        async read<R>(query: CompiledQuery<R>) {
          await told.read(query)
          return (query.sql.includes('pg_locks') ? [] : [row]) as R[]
        },
        async act<T>(begin: () => Act<T>) {
          const act = begin()
          let step = act.next([])
          while (step.done !== true) {
            if ('sql' in step.value) asked.push(step.value)
            step = act.next([row, row])
          }
          return step.value
        },
      }
      const chain = eventChainStore(engine)
      await chain.sealNext(10, () => seal)
      await chain.renewSeals(0, 10, { seal: () => ({ keyId: 'k', mac: 'm' }), floor: () => ({ keyId: 'k', proof: 'p' }), accepted: (accepted) => accepted })
      await chain.findAccepted(1)
      await chain.removeFirst(10, { judge: () => 'over', prove: () => ({ keyId: 'k', proof: 'p' }) })
      await chain.tellRemoved(T0, T0, () => ({ type: 'events.removed', at: T0, actor: { kind: 'system' } }))
      await chain.findFloor()
      await chain.findSeal(1)
      await chain.listSeals(1, 10)
      await chain.listLogged({ after: 1, upTo: 10 }, 10)
      await chain.listLogged({ upTo: 10 }, 10)
      await chain.findUnsealed(10, 100)
      const plans = asked.filter(({ sql }) => !/^insert|pg_locks|skip locked/.test(sql))
      assert.ok(plans.length >= 15, String(plans.length))
      for (const query of plans) {
        const plan = await planOf(database, query)
        if (/from "event_seals"/.test(query.sql)) assert.doesNotMatch(plan, /INDEX (?!event_seals_pkey)/, 'in the order of the table')
        assert.doesNotMatch(plan, /TEMP B-TREE|Sort|SCAN (?!some|event_seals)|Seq Scan/, `${query.sql}\n${plan}`)
      }
    })
})

/** Of an empty table: PostgreSQL would read it whole if it could. */
async function planOf(database: TestDatabase, query: CompiledQuery): Promise<string> {
  const literal = (value: unknown): string => (typeof value === 'number' ? String(value) : `'${value}'`)
  if (database.engine === 'sqlite') {
    const bound = query.parameters.reduce<string>((text, value) => text.replace('?', literal(value)), query.sql)
    return (await database.query(`explain query plan ${bound}`)).map((row) => String(row['detail'])).join('\n')
  }
  const bound = query.sql.replaceAll(/\$(\d+)/g, (_, number) => literal(query.parameters[Number(number) - 1]))
  assert.ok(database.options.engine === 'postgres')
  const url = new URL(database.options.url)
  url.searchParams.set('options', '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off')
  return (await queryOnce(url.href, `explain ${bound}`)).map((row) => String(row['QUERY PLAN'])).join('\n')
}
