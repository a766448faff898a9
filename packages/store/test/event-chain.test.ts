import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { headText, removeOldEvents, renewSeals, sealKeysOf, tellRemovedEvents } from '@latchwork/events'
import type { Store } from '../src/index.ts'
import { accept, check, eventsOf, keys, removeAll, sealAll, sealerOf, verdict } from './chains.ts'
import { createDatabase, describeOnEachEngine, type EngineName, type TestDatabase } from './engines.ts'
import { T0 } from './records.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

async function fresh(t: TestContext, engine: EngineName): Promise<{ readonly database: TestDatabase; readonly store: Store }> {
  const database = await createDatabase(engine)
  t.after(() => database.drop())
  return { database, store: await database.open() }
}

/** Batches of ten, as many as asked for, each sealed an hour after the one before. */
async function writeBatches(store: Store, count: number): Promise<void> {
  for (let batch = 0; batch < count; batch++) {
    await store.events.writeEvents(eventsOf(10, T0 + batch * HOUR))
    await sealAll(store, T0 + batch * HOUR + 1000)
  }
}

async function newestHead(store: Store): Promise<string> {
  return headText((await store.eventChain.findNewestSeal()) ?? assert.fail('nothing is sealed'))
}

describeOnEachEngine('the chain over the event log', (_node, databaseOf) => {
  const engine = () => databaseOf().engine

  it('E1: what is written is sealed batch by batch, and checked whole, page by page', async (t) => {
    const { store } = await fresh(t, engine())
    assert.equal(await verdict(store), 'whole')
    await store.events.writeEvents(eventsOf(450))
    const { unsealed, head } = await check(store)
    assert.deepEqual([unsealed, head], [{ count: 450, since: T0 }, undefined])
    const sealer = sealerOf(store)
    await sealer.turn()
    await sealer.turn()
    const page = await check(store, {}, keys, 1)
    assert.deepEqual([page.checked, page.unsealed, page.broken], [{ batches: 5, events: 450 }, { count: 0 }, undefined])
    assert.equal(page.head?.value, sealer.head()?.value)
    await store.events.writeEvents(eventsOf(1))
    assert.deepEqual((await check(store)).unsealed, { count: 1, since: T0 })
    await sealer.turn()
    assert.deepEqual((await check(store)).checked, { batches: 6, events: 451 })
  })

  it('E1: a change of any column of an event is found, also one between nothing and an empty text', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 3)
    const [row = {}] = await database.query('select * from events where seq = 15')
    const columns = Object.keys(row).filter((name) => name !== 'seq')
    assert.equal(columns.length, 16)
    for (const column of columns) {
      const before = row[column] === null ? 'null' : `'${row[column]}'`
      const after = column === 'at' ? '7' : before === 'null' ? "''" : "'changed'"
      await database.query(`update events set ${column} = ${after} where seq = 15`)
      assert.equal(await verdict(store), 'events_changed 2', column)
      await database.query(`update events set ${column} = ${before} where seq = 15`)
    }
    await database.query("update events set user_id = 'a', client_id = null where seq = 15")
    const one = await store.eventChain.listLogged({ after: 14, upTo: 15 }, 1)
    await database.query("update events set user_id = null, client_id = 'a' where seq = 15")
    assert.notDeepEqual(await store.eventChain.listLogged({ after: 14, upTo: 15 }, 1), one)
    await database.query('update events set client_id = null where seq = 15')
    assert.equal(await verdict(store), 'whole')
  })

  it('E1: events that were removed, added, swapped or moved are found, and how many there are', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 2)
    await database.query('update events set seq = 1000 where seq = 15') // a hole in the numbers, as rolled back acts leave them
    await database.query('delete from event_seals where number = 2')
    await sealAll(store)
    assert.equal(await verdict(store), 'whole')
    const acts: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      ['removed', ['update events set seq = seq + 10000 where seq = 13'], ['update events set seq = 13 where seq = 10013']],
      ['added', ["insert into events (seq, id, type, at, actor_kind) values (15, 'evt', 'key.created', 5, 'system')"], ['delete from events where seq = 15']],
      [
        'swapped',
        ['update events set seq = 5000 where seq = 12', 'update events set seq = 12 where seq = 13', 'update events set seq = 13 where seq = 5000'],
        ['update events set seq = 5000 where seq = 12', 'update events set seq = 12 where seq = 13', 'update events set seq = 13 where seq = 5000'],
      ],
      [
        'moved',
        ['update events set seq = 16000 where seq = 16', 'update events set seq = 15 where seq = 16000'],
        ['update events set seq = 16 where seq = 15'],
      ],
    ]
    for (const [what, attack, undo] of acts) {
      for (const sql of attack) await database.query(sql)
      const { broken } = await check(store)
      assert.deepEqual([broken?.reason, broken?.number, broken?.seal?.count], ['events_changed', 2, 10], what)
      assert.equal(broken?.found, what === 'removed' ? 9 : what === 'added' ? 11 : 10)
      for (const sql of undo) await database.query(sql)
      assert.equal(await verdict(store), 'whole')
    }
    await database.query("insert into events (seq, id, type, at, actor_kind) values (-3, 'evt', 'key.created', 5, 'system')")
    assert.equal(await verdict(store), 'events_before 1')
  })

  it('E1: a batch that was removed, a seal that was removed or changed, and a beginning that was removed are found', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 5)
    await database.query('create table kept as select * from event_seals')
    const restore = async () => {
      await database.query('delete from event_seals')
      await database.query('insert into event_seals select * from kept')
      assert.equal(await verdict(store), 'whole')
    }
    await database.query('delete from event_seals where number = 3')
    assert.equal(await verdict(store), 'seal_missing 3')
    await restore()
    for (const column of ['first_seq', 'last_seq', 'count', 'oldest_at', 'newest_at', 'sealed_at']) {
      await database.query(`update event_seals set ${column} = ${column} + 1 where number = 3`)
      assert.equal(await verdict(store), 'seal_changed 3', column)
      await restore()
    }
    for (const [column, found] of [
      ['digest', 'seal_changed 3'],
      ['value', 'seal_changed 3'],
      ['mac', 'seal_changed 3'],
      ['key_id', 'key_unknown 3'],
    ]) {
      await database.query(`update event_seals set ${column} = 'x' where number = 3`)
      assert.equal(await verdict(store), found)
      await restore()
    }
    await database.query('delete from event_seals where number <= 2')
    await database.query('delete from events where seq <= 20')
    assert.equal(await verdict(store), 'seal_missing 1')
    await database.query(
      "update event_floor set number = 2, last_seq = 20, value = (select value from kept where number = 2), key_id = 'x', proof = 'x', removed = 20",
    )
    assert.equal(await verdict(store), 'key_unknown 2')
    await database.query('update event_floor set key_id = (select key_id from kept where number = 2)')
    assert.equal(await verdict(store), 'beginning_changed 2')
    await database.query('delete from events where seq <= 40 and seq > 30')
    await database.query('update event_floor set number = 0, last_seq = 0')
    assert.equal(await verdict(store), 'beginning_changed 0', 'what was there before has no proof')
  })

  it('E1: a tail that was cut off, or sealed anew, shows by a head that was kept, and to a node that goes on running', async (t) => {
    const { store, database } = await fresh(t, engine())
    const told: string[] = []
    const sealer = sealerOf(store, { told })
    await store.events.writeEvents(eventsOf(10))
    await sealer.turn()
    const early = await newestHead(store)
    await store.events.writeEvents(eventsOf(10))
    await sealer.turn()
    const head = await newestHead(store)
    assert.deepEqual([(await check(store, { head })).headIs, (await check(store, { head: early })).headIs, told], ['in_chain', 'in_chain', []])
    await database.query('delete from event_seals where number = 2')
    await database.query('delete from events where seq > 15')
    assert.equal(await verdict(store), 'whole', 'by itself the rest is whole')
    assert.equal(await verdict(store, { head }), 'head_missing 2')
    await sealer.turn()
    assert.deepEqual([await verdict(store), await verdict(store, { head })], ['whole', 'head_missing 2'], 'sealed anew')
    assert.equal(await verdict(store, { head: early }), 'whole')
    assert.equal(told.length, 1)
    assert.ok(told[0]?.includes('cut back') && told[0].includes(head))
    await sealer.turn()
    assert.equal(told.length, 1)
    await assert.rejects(check(store, { head: 'x' }), /A head is a number/)
  })

  it('E1: former secret keys prove what they sealed, until all is sealed anew; a chain made anew without the secret does not hold', async (t) => {
    const { store, database } = await fresh(t, engine())
    const [former, current] = [randomBytes(32), randomBytes(32)]
    const rotated = sealKeysOf([current, former])
    await store.events.writeEvents(eventsOf(10))
    await sealerOf(store, { by: sealKeysOf([former]) }).turn()
    await store.events.writeEvents(eventsOf(10))
    await sealerOf(store, { by: rotated }).turn()
    assert.deepEqual([await verdict(store, {}, rotated), await verdict(store, {}, sealKeysOf([current]))], ['whole', 'key_unknown 1'])
    const head = await newestHead(store)
    assert.equal((await check(store, {}, rotated)).needsFormerKey, true)
    assert.equal(await renewSeals(store.eventChain, rotated, async () => true), true)
    assert.equal((await check(store, { head }, rotated)).needsFormerKey, false)
    assert.equal(await verdict(store, { head }, sealKeysOf([current])), 'whole', 'the former key can be taken away, and the head is the same')
    await database.query('delete from event_seals')
    await database.query("update events set reason = 'other' where seq = 3")
    await sealerOf(store, { by: sealKeysOf([randomBytes(32)]) }).turn()
    assert.equal(await verdict(store, {}, rotated), 'key_unknown 1')
    await database.query(`update event_seals set key_id = '${rotated[0].id}'`)
    assert.equal(await verdict(store, {}, rotated), 'seal_changed 1')
  })

  it('R7: whole batches go when their time is over, oldest first; what is left is proven from there on, and lists and cursors go on', async (t) => {
    const { store } = await fresh(t, engine())
    await writeBatches(store, 6)
    const first = await store.events.listEvents({ limit: 5, order: 'written' })
    const oldest = await store.events.listEvents({ limit: 5, order: 'oldest' })
    const [early, head] = [headText((await store.eventChain.findSeal(2)) ?? assert.fail()), await newestHead(store)]
    await removeAll(store, T0 + 2 * HOUR, 15)
    assert.equal((await store.eventChain.findFloor()).number, 2)
    await removeAll(store, T0 + 3 * HOUR + 5)
    const page = await check(store, { head })
    assert.deepEqual(
      [page.broken, page.floor.number, page.floor.removed, page.checked, page.headIs],
      [undefined, 3, 30, { batches: 3, events: 30 }, 'in_chain'],
      'a batch goes when all of it is over',
    )
    assert.equal((await check(store, { head: early })).headIs, 'removed')
    assert.equal((await check(store, { after: 1 })).checked.batches, 3, 'a page that began before goes on where the log does')
    const written = await store.events.listEvents({ limit: 100, order: 'written', after: first.next ?? '' })
    const onward = await store.events.listEvents({ limit: 100, order: 'oldest', after: oldest.next ?? '' })
    assert.deepEqual([written.items.length, onward.items.length], [30, 30])
    await store.events.writeEvents(eventsOf(2, T0))
    await removeAll(store, T0 + 99 * DAY)
    const rest = await check(store)
    assert.deepEqual(
      [rest.checked, rest.unsealed.count, rest.broken],
      [{ batches: 1, events: 10 }, 2, undefined],
      'the newest batch stays, and what is not sealed',
    )
    await tellRemovedEvents(store.eventChain, T0 + 99 * DAY)
    await tellRemovedEvents(store.eventChain, T0 + 99 * DAY + 5)
    const { items } = await store.events.listEvents({ limit: 9, type: 'events.removed' })
    assert.deepEqual(
      items.map(({ data }) => data),
      [{ count: 50, total: 50, lastBatch: 5 }],
    )
    await sealAll(store, T0 + 99 * DAY)
    await removeAll(store, T0 + 199 * DAY)
    await tellRemovedEvents(store.eventChain, T0 + 99 * DAY + HOUR)
    assert.equal((await store.events.listEvents({ limit: 9, type: 'events.removed' })).items.length, 1, 'once a day')
    await tellRemovedEvents(store.eventChain, T0 + 101 * DAY)
    assert.deepEqual((await store.events.listEvents({ limit: 1, type: 'events.removed' })).items[0]?.data, { count: 10, total: 60, lastBatch: 6 })
    assert.equal(await verdict(store), 'whole')
  })

  it('R5 E1: events sealed while a clock was set back take none with them that is kept, and those of a clock that was ahead hold nothing up', async (t) => {
    const { store } = await fresh(t, engine())
    const write = async (at: number): Promise<void> => {
      await store.events.writeEvents(eventsOf(10, at))
      await sealAll(store, at + 100)
    }
    for (const at of [T0, T0 + HOUR, 0, T0 + 2 * HOUR, T0 + 4000 * DAY, T0 + 3 * HOUR, T0 + 4 * HOUR]) await write(at)
    const left = async (before: number): Promise<readonly number[]> => {
      await removeAll(store, before, 100, T0 + 5 * HOUR)
      return (await store.eventChain.listSeals(0, 10)).map(({ number }) => number)
    }
    assert.deepEqual(await left(T0 - HOUR), [1, 2, 3, 4, 5, 6, 7])
    assert.deepEqual(await left(T0 + 2 * HOUR), [4, 5, 6, 7])
    assert.deepEqual(await left(T0 + 3 * HOUR), [5, 6, 7])
    assert.deepEqual(await left(T0 + 4 * HOUR), [7])
    assert.equal(await verdict(store), 'whole')
  })

  it('R7 E1: who changes the times of a seal does not have the server remove what is young; a later seal that is proven vouches for one that is not', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 4)
    await database.query('update event_seals set newest_at = 1, sealed_at = 1')
    await assert.rejects(
      removeOldEvents(store.eventChain, keys, { before: T0 - DAY, now: T0 + DAY }, 100),
      /batch 1 of the event log is not proven, so that nothing is removed/,
    )
    assert.equal((await store.eventChain.findFloor()).removed, 0)
    await database.query('update events set at = 1')
    await database.query('delete from event_seals')
    await sealAll(store, T0)
    assert.equal((await store.eventChain.listSeals(0, 10)).length, 1)
    await store.events.writeEvents(eventsOf(10))
    await sealAll(store, T0 + 1)
    await store.events.writeEvents(eventsOf(10))
    await sealAll(store, T0 + 2)
    await database.query('update event_seals set sealed_at = sealed_at + 1 where number = 1')
    await removeAll(store, T0 + DAY)
    assert.deepEqual([(await store.eventChain.findFloor()).number, await verdict(store)], [2, 'whole'])
  })

  it('E1: what is not proven is not sealed anew after a change of the secret key; the beginning is', async (t) => {
    const { store, database } = await fresh(t, engine())
    const rotated = sealKeysOf([randomBytes(32), Buffer.alloc(32, 'chain')])
    await writeBatches(store, 4)
    await removeAll(store, T0 + HOUR)
    await database.query("update event_seals set value = 'x' where number = 3")
    await renewSeals(store.eventChain, rotated, async () => true)
    assert.equal((await store.eventChain.findFloor()).keyId, rotated[0].id)
    assert.deepEqual(
      (await store.eventChain.listSeals(0, 9)).map(({ number, keyId }) => [number, keyId === rotated[0].id]),
      [
        [2, true],
        [3, false],
        [4, true],
      ],
    )
    assert.equal(await verdict(store, {}, rotated), 'seal_changed 3')
  })

  it('E1: a break that was accepted is told each time, and the check goes on behind it; whatever is changed there later is a break again', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 6)
    await database.query("update events set reason = 'other' where seq in (15, 45)")
    assert.equal(await verdict(store), 'events_changed 2')
    for (const wish of [
      { batch: 2, reason: 'seal_changed' },
      { batch: 1, reason: 'events_changed' },
      { batch: 99, reason: 'events_changed' },
    ] as const)
      await assert.rejects(accept(store, wish), { code: 'not_found' })
    assert.equal(await accept(store, { batch: 2, reason: 'events_changed' }), 1)
    assert.equal(await verdict(store), 'events_changed 5', 'that one alone')
    assert.equal(await accept(store, { batch: 1, through: 5, reason: 'events_changed' }, keys, 3, -1), 1, 'batch by batch, where each takes all of the time')
    await assert.rejects(accept(store, { batch: 2, reason: 'events_changed' }), { code: 'not_found' }, 'once')
    const { broken, accepted, checked } = await check(store)
    assert.deepEqual([broken, checked.batches], [undefined, 6])
    assert.deepEqual(
      accepted.map(({ number, first, reason, acceptedBy, why }) => [number, first, reason, acceptedBy, why]),
      [2, 5].map((number) => [number, number, 'events_changed', 'root_1', 'a disk was repaired']),
    )
    const { items } = await store.events.listEvents({ limit: 9, type: 'events.break_accepted' })
    assert.deepEqual(
      items.map(({ actor, reason, data }) => [actor.id, reason, data]),
      [5, 2].map((batch) => ['root_1', 'a disk was repaired', { breaks: 1, firstBatch: batch, lastBatch: batch, broken: 'events_changed' }]),
    )
    await database.query("update events set reason = 'third' where seq = 15")
    assert.equal(await verdict(store), 'events_changed 2')
    await database.query("update events set reason = 'other' where seq = 15")
    assert.equal(await verdict(store), 'whole')
    await database.query("insert into events (seq, id, type, at, actor_kind) values (-3, 'evt', 'key.created', 5, 'system')")
    await database.query('delete from event_seals where number in (3, 4)')
    await accept(store, { batch: 1, reason: 'events_before' })
    assert.equal(await verdict(store), 'seal_missing 3')
    await accept(store, { batch: 3, reason: 'seal_missing' })
    assert.equal(await verdict(store), 'whole')
    assert.deepEqual(
      (await check(store)).accepted.map(({ reason, first, number }) => [reason, first, number]),
      [
        ['events_before', 1, 0],
        ['events_changed', 2, 2],
        ['seal_missing', 3, 5],
      ],
    )
    await database.query("insert into events (seq, id, type, at, actor_kind) values (-2, 'evt2', 'key.created', 5, 'system')")
    assert.equal(await verdict(store), 'events_before 1')
  })

  it('E1: who can write to the database but has not the key accepts nothing; what was accepted outlives a change of the secret key', async (t) => {
    const { store, database } = await fresh(t, engine())
    await writeBatches(store, 4)
    await database.query("update events set reason = 'other' where seq in (15, 25)")
    await accept(store, { batch: 2, reason: 'events_changed' })
    await database.query(
      'insert into event_breaks select 3, 3, reason, stands, found, accepted_at, accepted_by, why, key_id, mac from event_breaks where number = 2',
    )
    assert.equal(await verdict(store), 'events_changed 3')
    for (const [column, value] of [
      ['why', "'nothing'"],
      ['accepted_by', "'root_2'"],
      ['accepted_at', '1'],
      ['first', '1'],
      ['mac', "'x'"],
    ]) {
      await database.query('create table kept as select * from event_breaks')
      await database.query(`update event_breaks set ${column} = ${value} where number = 2`)
      assert.equal(await verdict(store), 'events_changed 2', column)
      await database.query('delete from event_breaks')
      await database.query('insert into event_breaks select * from kept')
      await database.query('drop table kept')
    }
    await accept(store, { batch: 3, reason: 'events_changed' })
    assert.equal(await verdict(store), 'whole')
    const [current, former] = [randomBytes(32), Buffer.alloc(32, 'chain')]
    const rotated = sealKeysOf([current, former])
    assert.equal((await check(store, {}, rotated)).needsFormerKey, true)
    await renewSeals(store.eventChain, rotated, async () => true)
    const alone = await check(store, {}, sealKeysOf([current]))
    assert.deepEqual([alone.broken, alone.accepted.length, alone.needsFormerKey], [undefined, 2, false])
  })

  it('R7 E1: what is not proven holds the removal up until it is accepted; then it goes with its time, and who changes its times later gains nothing', async (t) => {
    const { store, database } = await fresh(t, engine())
    const other = sealKeysOf([randomBytes(32)])
    await writeBatches(store, 7)
    const before = T0 + 3 * HOUR + 5
    const remove = () => removeOldEvents(store.eventChain, other, { before, now: T0 + 9 * HOUR }, 100)
    await assert.rejects(remove(), /batch 1 of the event log is not proven.*accept-break/)
    await database.query("update events set reason = 'other' where seq = 35")
    assert.equal(await accept(store, { batch: 1, through: 7, reason: 'key_unknown' }, other), 6)
    assert.equal(await verdict(store, {}, other), 'events_changed 4', 'that is not accepted with the key')
    await database.query('update events set reason = (select reason from events where seq = 45) where seq = 35')
    assert.equal(await accept(store, { batch: 4, reason: 'key_unknown' }, other), 1)
    assert.deepEqual([await verdict(store, {}, other), (await check(store, {}, other)).needsFormerKey], ['whole', false])
    await database.query('update event_seals set newest_at = 1, sealed_at = 1 where number = 5')
    assert.equal(await remove(), true)
    assert.deepEqual([(await store.eventChain.findFloor()).number, await verdict(store, {}, other)], [3, 'seal_changed 5'])
    const kept = await database.query('select number from event_breaks order by number')
    assert.deepEqual(
      kept.map(({ number }) => Number(number)),
      [4, 5, 6, 7],
    )
  })

  it('E1: a beginning that is not proven is accepted with the batches behind it, and proven again by the next removal', async (t) => {
    const { store } = await fresh(t, engine())
    const other = sealKeysOf([randomBytes(32)])
    await writeBatches(store, 6)
    await removeAll(store, T0 + HOUR)
    assert.equal(await verdict(store, {}, other), 'key_unknown 1')
    assert.equal(await accept(store, { batch: 1, through: 6, reason: 'key_unknown' }, other), 6)
    await store.events.writeEvents(eventsOf(3, T0 + 9 * HOUR))
    await sealerOf(store, { by: other, now: T0 + 9 * HOUR }).turn()
    const page = await check(store, {}, other)
    assert.deepEqual([page.broken, page.accepted.map(({ number }) => number), page.checked.batches], [undefined, [1, 2, 3, 4, 5, 6], 6])
    await removeOldEvents(store.eventChain, other, { before: T0 + 2 * HOUR + 5, now: T0 + 10 * HOUR }, 100)
    assert.deepEqual(
      (await check(store, {}, other)).accepted.map(({ number }) => number),
      [3, 4, 5, 6],
    )
  })

  it('R7: the store does not grow at constant load, and the budget of a removal is kept', async (t) => {
    const { store, database } = await fresh(t, engine())
    const sizes = new Set<string>()
    for (let day = 0; day < 12; day++) {
      const now = T0 + day * DAY
      for (let hour = 0; hour < 3; hour++) {
        await store.events.writeEvents(eventsOf(20, now + hour * HOUR))
        await sealAll(store, now + hour * HOUR + 1)
      }
      const before = (await store.eventChain.findFloor()).removed
      await removeOldEvents(store.eventChain, keys, { before: now + 4 * HOUR - 2 * DAY, now: now + 4 * HOUR }, 40)
      assert.ok((await store.eventChain.findFloor()).removed - before <= 40)
      await removeAll(store, now + 4 * HOUR - 2 * DAY, 40)
      await tellRemovedEvents(store.eventChain, now + 4 * HOUR)
      await sealAll(store, now + 4 * HOUR)
      const [row] = await database.query('select (select count(*) from events) as events, (select count(*) from event_seals) as seals')
      if (day >= 4) sizes.add(JSON.stringify(Object.values(row ?? {}).map(Number)))
    }
    assert.deepEqual([...sizes], ['[123,9]'], 'two days of events, and what tells of the end of others')
    assert.equal(await verdict(store), 'whole')
  })

  it('R2: a sealer that is killed leaves a chain that is whole and goes on', async (t) => {
    const { store, database } = await fresh(t, engine())
    const sealed = new Set<number>()
    for (let round = 0; round < 2; round++) {
      if (engine() === 'sqlite') await store.close()
      const child = fork(new URL('write-and-seal.ts', import.meta.url), [JSON.stringify(database.options)], { execArgv: [] })
      t.after(() => child.kill('SIGKILL'))
      for (let batches = 0; batches < 8; batches++) {
        const [message] = (await once(child, 'message')) as [number]
        sealed.add(message)
      }
      child.kill('SIGKILL')
      await once(child, 'exit')
      const again = engine() === 'sqlite' ? await database.open() : store
      const page = await check(again)
      assert.equal(page.broken, undefined)
      assert.ok(page.checked.batches >= Math.max(...sealed), 'what was said to be sealed is')
      await sealAll(again)
      assert.deepEqual([(await check(again)).unsealed, (await check(again)).broken], [{ count: 0 }, undefined])
      if (engine() === 'sqlite') await again.close()
    }
  })

  it('R1 E1: nodes that seal at once while others write make one chain: nothing is missed, nothing twice, and it keeps up', async (t) => {
    const { store, database } = await fresh(t, engine())
    const nodes = engine() === 'sqlite' ? [store, store, store] : [store, await database.open(), await database.open()]
    let [isOver, written]: [boolean, number] = [false, 0]
    const writers = nodes.flatMap((to) =>
      [0, 1, 2, 3].map(async () => {
        for (let turn = 0; turn < 40; turn++) {
          await to.events.writeEvents(eventsOf(5))
          written += 5
          // Numbers that are given out and taken back.
          if (engine() === 'postgres' && turn % 10 === 0)
            await database.query("begin; insert into events (id, type, at, actor_kind) values ('x', 'y', 1, 'z'); rollback")
        }
      }),
    )
    const sealers = nodes.map(async (by) => {
      const sealer = sealerOf(by, { told: failing() })
      for (; !isOver; await nextTurn()) await sealer.turn()
    })
    await Promise.all(writers)
    isOver = true
    await Promise.all(sealers)
    await sealAll(store)
    const page = await check(store)
    assert.deepEqual([page.broken, page.checked.events, page.unsealed.count], [undefined, written, 0])
    assert.ok(page.checked.batches > 3)
    const [row] = await database.query('select count(*) as n, max(number) as m, sum(count) as events from event_seals')
    assert.deepEqual(Object.values(row ?? {}).map(Number), [page.checked.batches, page.checked.batches, written])
  })

  it('E1: sealing changes no event', async (t) => {
    const { store, database } = await fresh(t, engine())
    await store.events.writeEvents(eventsOf(5))
    const before = await database.query('select * from events order by seq')
    await sealAll(store)
    assert.deepEqual(await database.query('select * from events order by seq'), before)
  })
})

describe('the chain over the event log, beside other writers (postgres)', () => {
  it('E1: an event whose act is still open is waited for, and not stepped over', async (t) => {
    const { store, database } = await fresh(t, 'postgres')
    assert.ok(database.options.engine === 'postgres')
    const { default: pg } = await import('pg')
    const open = new pg.Client({ connectionString: database.options.url })
    await open.connect()
    await open.query("begin; insert into events (id, type, at, actor_kind) values ('late', 'key.created', 1, 'system')")
    await store.events.writeEvents(eventsOf(3))
    const turn = sealAll(store)
    assert.equal(await store.eventChain.findNewestSeal(), undefined)
    await open.query('commit')
    await open.end()
    await turn
    assert.deepEqual((await check(store)).checked, { batches: 1, events: 4 })
  })
})

/** No trouble is expected. */
function failing(): string[] {
  return new Proxy([], { get: (list, name, receiver) => (name === 'push' ? (message: string) => assert.fail(message) : Reflect.get(list, name, receiver)) })
}
