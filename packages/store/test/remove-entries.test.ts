import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FEED_BEGINNING, type FeedEntry, type Lifeline, positionOf } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine } from './engines.ts'
import { HOUR, newClient, newDigest, noJournal, T0 } from './records.ts'
import { until } from './until.ts'

const revocation = (name: string, at: number, last = at) => ({ lifeline: `key:${name}` as Lifeline, at, until: last })

/** Entries of one act, in this order. */
async function write(node: Store, ...revocations: readonly ReturnType<typeof revocation>[]): Promise<readonly FeedEntry[]> {
  const head = await node.feed.head()
  const client = newClient()
  await node.oauth.createClient(client, newDigest(), noJournal)
  await node.oauth.disableClient(client.id, T0, { events: [], revocations })
  return node.feed.read(head, 1000)
}

async function removeAll(node: Store, before: number, limit = 1000): Promise<void> {
  while (await node.feed.removeOver(before, limit));
}

describeOnEachEngine('Old entries of the revocation feed', (node) => {
  const kept = async () => (await node().feed.read(0, 1000)).map(({ lifeline }) => lifeline)

  it('R7: they go from the beginning, so many at a time, when no token they end is in time; the newest stays and the numbers go on', async () => {
    assert.equal(await node().feed.removeOver(T0 + HOUR, 10), false, 'nothing there')
    const entries = await write(
      node(),
      ...Array.from({ length: 30 }, (_, index) => revocation(`old${index}`, T0)),
      revocation('longer', T0, T0 + 5 * HOUR),
      revocation('behind', T0),
      revocation('newest', T0),
    )
    await removeAll(node(), T0)
    assert.equal((await kept()).length, 33, 'not before their time')
    assert.equal(await node().feed.removeOver(T0 + 1, 20), true)
    assert.equal((await kept()).length, 13, 'one batch is no more than it says')
    await Promise.all([removeAll(node(), T0 + 1, 7), removeAll(node(), T0 + 1, 7)])
    assert.deepEqual(await kept(), ['key:longer', 'key:behind', 'key:newest'], 'a token may still be in time; what came later stays with it')
    await removeAll(node(), T0 + 6 * HOUR)
    assert.deepEqual(await kept(), ['key:newest'])
    assert.equal(await node().feed.head(), entries.at(-1)?.feedId)
    const [next] = await write(node(), revocation('next', T0 + 7 * HOUR))
    assert.ok((next?.feedId ?? 0) > (entries.at(-1)?.feedId ?? 0))
  })

  it('R7 K10: who goes on from an entry that was removed, or that says something else, is told so, and nobody else', async () => {
    const [first, second, third, last] = await write(node(), ...['a', 'b', 'c', 'd'].map((name) => revocation(name, T0)))
    assert.ok(first && second && third && last)
    const readOn = (entry: FeedEntry) => node().feed.readOn(positionOf(entry), 2)
    assert.deepEqual(await readOn(first), [second, third])
    for (const change of [{ lifeline: 'key:other' }, { at: T0 + 1 }, { until: T0 + 1 }, { feedId: last.feedId + 1 }] as const)
      assert.equal(await readOn({ ...first, ...change }), undefined, JSON.stringify(change))
    await removeAll(node(), T0 + 8 * HOUR)
    for (const removed of [first, second, third]) assert.equal(await readOn(removed), undefined)
    assert.deepEqual(await readOn(last), [])
    assert.deepEqual(await node().feed.readOn(FEED_BEGINNING, 2), [last])
  })
})

describe('Old entries among nodes (postgres)', () => {
  it('R7 K10: nodes remove at the same moment without harm; a node that heard everything misses nothing', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    const nodes = [await database.open(), await database.open(), await database.open()] as const
    const missed: number[] = []
    const heard: FeedEntry[] = []
    nodes[2].feed.subscribe(
      (entries) => heard.push(...entries),
      (head) => missed.push(head),
    )
    for (let round = 0; round < 5; round++) {
      const written = await write(nodes[0], ...Array.from({ length: 50 }, (_, index) => revocation(`${round}.${index}`, T0)))
      await until(() => heard.at(-1)?.feedId === written.at(-1)?.feedId, 'heard')
      await Promise.all(nodes.map((node) => removeAll(node, T0 + 1, 7)))
      await removeAll(nodes[0], T0 + 1)
      assert.equal((await nodes[1].feed.read(0, 1000)).length, 1)
    }
    assert.equal(heard.length, 250)
    assert.deepEqual(missed, [])
  })

  it('R7 K10: a node that was away while entries it had not heard were removed says so once, and hears what is left', async (t) => {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    const node = await database.open()
    await write(node, revocation('heard', T0))
    const head = await node.feed.head()
    const missed: number[] = []
    const heard: FeedEntry[] = []
    node.feed.subscribe(
      (entries) => heard.push(...entries),
      (newHead) => missed.push(newHead),
    )
    // What another node wrote, told nobody here, and removed: in one transaction, so that no heartbeat comes in between.
    await database.query(`
      insert into revocations (feed_id, lifeline, at, until) values (${head + 3}, 'key:left', ${T0}, ${T0});
      delete from revocations where feed_id = ${head};
    `)
    await until(() => heard.length === 1, 'the heartbeat reads on')
    assert.deepEqual(missed, [head + 3])
    assert.equal(heard[0]?.lifeline, 'key:left')
    await until(() => node.feed.freshAt(Date.now()) > Date.now() - 900, 'another heartbeat')
    assert.deepEqual(missed, [head + 3], 'once')
  })
})
