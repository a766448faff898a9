import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { FeedEntry, Lifeline } from '@latchwork/kernel'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine } from './engines.ts'
import { journalOf, noJournal, T0, writeRedeemed } from './records.ts'
import { until } from './until.ts'

const end = (store: Store, grantId: string) => store.authority.endGrant(grantId, 'test', T0, journalOf(`grant:${grantId}`))

describeOnEachEngine('RevocationFeed', (node, databaseOf) => {
  it('K10: subscribers of this node hear of an end before it is answered, once and in order', async () => {
    const { grant, parties } = await writeRedeemed(node())
    const heard: FeedEntry[] = []
    const stop = node().feed.subscribe((entries) => heard.push(...entries))
    const head = await node().feed.head()
    assert.equal(await end(node(), grant.id), true)
    assert.deepEqual(
      heard.map(({ lifeline }) => lifeline),
      [`grant:${grant.id}`],
    )
    assert.deepEqual(await node().feed.read(head, 10), heard)
    assert.equal(await end(node(), grant.id), false)
    const lifelines = [`session:${parties.sessionId}`, `user:${parties.userId}`] as const
    await node().accounts.endLoginSession(parties.sessionId, parties.userId, 'x', T0, journalOf(...lifelines))
    assert.deepEqual(
      heard.slice(1).map(({ lifeline }) => lifeline),
      lifelines,
    )
    assert.deepEqual(
      heard.map(({ feedId }) => feedId),
      [...heard.map(({ feedId }) => feedId)].sort((a, b) => a - b),
    )
    assert.equal(await node().feed.head(), heard.at(-1)?.feedId)
    stop()
    await node().oauth.disableClient(parties.clientId, T0, journalOf(`client:${parties.clientId}`))
    assert.equal(heard.length, 3, 'nothing after it stopped listening')
  })

  it('K10 K14: what ends a thousand things at once takes few statements, so that it holds nobody else’s ending up; all are heard in order', async (t) => {
    const database = await createDatabase(databaseOf().engine)
    t.after(database.drop)
    let statements = 0
    const store = await database.open({
      onStatement: (nth) => {
        statements = Math.max(statements, nth)
      },
    })
    const { parties } = await writeRedeemed(store)
    const heard: FeedEntry[] = []
    store.feed.subscribe((entries) => heard.push(...entries))
    const lifelines = Array.from({ length: 1200 }, (_, nth) => `key:${nth}` as const)
    statements = 0
    await store.oauth.disableClient(parties.clientId, T0, journalOf(...lifelines))
    assert.ok(statements > 0 && statements < 20, `${statements} statements`)
    assert.deepEqual(
      heard.map(({ lifeline }) => lifeline),
      lifelines,
    )
    assert.deepEqual(
      heard.map(({ feedId }) => feedId - (heard[0]?.feedId ?? 0)),
      lifelines.map((_, nth) => nth),
    )
  })

  it('reads from any place, as many as asked for', async () => {
    const head = await node().feed.head()
    const { parties } = await writeRedeemed(node())
    await node().oauth.disableClient(parties.clientId, T0, journalOf('key:a', 'key:b', 'key:c'))
    const [first, second] = await node().feed.read(head, 2)
    assert.deepEqual([first?.lifeline, second?.lifeline], ['key:a', 'key:b'])
    assert.deepEqual(
      (await node().feed.read(second?.feedId ?? 0, 10)).map(({ lifeline }) => lifeline),
      ['key:c'],
    )
    assert.deepEqual(first, { feedId: first?.feedId, lifeline: 'key:a', at: T0, until: T0 + 3_600_000 })
    assert.deepEqual(await node().feed.read(await node().feed.head(), 10), [])
  })

  it('a subscriber that throws keeps no other from hearing, and spoils no act', async (t) => {
    const { grant } = await writeRedeemed(node())
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    t.after(node().feed.subscribe(() => assert.fail('a subscriber broke')))
    const heard: FeedEntry[] = []
    t.after(node().feed.subscribe((entries) => heard.push(...entries)))
    assert.equal(await end(node(), grant.id), true)
    assert.equal(heard.length, 1)
    assert.match((await warned).message, /a subscriber broke/)
  })

  it('is fresh while its channel is whole', () => {
    const now = Date.now()
    assert.ok(node().feed.freshAt(now) > now - 3_000 && node().feed.freshAt(now) <= now)
  })
})

describe('RevocationFeed among nodes (postgres)', () => {
  async function threeNodes(t: TestContext) {
    const database = await createDatabase('postgres')
    t.after(() => database.drop())
    const nodes = [await database.open(), await database.open(), await database.open()] as const
    const heard = nodes.map((node) => {
      const entries: FeedEntry[] = []
      node.feed.subscribe((news) => entries.push(...news))
      return entries
    })
    return { database, nodes, heard }
  }

  it('K10: all nodes hear the same, each once, in the order of commit, and no reader ever skips one', async (t) => {
    const { nodes, heard } = await threeNodes(t)
    const grants = await Promise.all(Array.from({ length: 60 }, async () => (await writeRedeemed(nodes[0])).grant.id))
    let done = false
    const polled: FeedEntry[] = []
    const polling = (async () => {
      while (!done) polled.push(...(await nodes[2].feed.read(polled.at(-1)?.feedId ?? 0, 7)))
    })()
    await Promise.all(grants.map((grantId, index) => end(nodes[index % 3] ?? nodes[0], grantId)))
    await until(() => heard.every((entries) => entries.length >= grants.length), 'every node has heard')
    await until(() => polled.length >= grants.length, 'the reader has read')
    done = true
    await polling
    const all = await nodes[1].feed.read(0, 1000)
    assert.deepEqual([...all.map(({ lifeline }) => lifeline)].sort(), grants.map((grantId) => `grant:${grantId}`).sort())
    for (const entries of [...heard, polled]) assert.deepEqual(entries, all)
  })

  it('K10: another node hears within 100 ms in the usual case', async (t) => {
    const { nodes, heard } = await threeNodes(t)
    const waits: number[] = []
    for (let round = 0; round < 20; round++) {
      const { grant } = await writeRedeemed(nodes[0])
      await end(nodes[0], grant.id)
      const answered = performance.now()
      await until(() => heard[1]?.length === round + 1, 'the other node has heard')
      waits.push(performance.now() - answered)
    }
    const median = waits.sort((a, b) => a - b)[10] ?? Number.POSITIVE_INFINITY
    t.diagnostic(`heard after ${median.toFixed(1)} ms in the median, ${waits.at(-1)?.toFixed(1)} ms at most`)
    assert.ok(median < 100)
  })

  it('K10: an entry whose notification never came is heard by the heartbeat', async (t) => {
    const { database, nodes, heard } = await threeNodes(t)
    await writeRedeemed(nodes[0])
    await database.query(`insert into revocations (lifeline, at, until) values ('key:silent', 1, 2)`)
    await until(() => heard.every((entries) => entries.some(({ lifeline }) => lifeline === 'key:silent')), 'all nodes have heard')
  })

  it('K10: an older state of the database takes its place: every node is told to forget, and hears all of the new feed, its used-up numbers too', async (t) => {
    const { database, nodes, heard } = await threeNodes(t)
    const endWith = async (...lifelines: Lifeline[]) =>
      nodes[0].authority.endGrant((await writeRedeemed(nodes[0])).grant.id, 'test', T0, journalOf(...lifelines))
    await endWith('key:kept', 'key:lost', 'key:lost_too')
    await until(() => heard.every((entries) => entries.length === 3), 'all nodes have heard')
    const begunAnew: number[] = []
    nodes[1].feed.subscribe(
      () => {},
      (head) => begunAnew.push(head),
    )
    const [kept, lost] = (heard[0] ?? []).map(({ feedId }) => feedId)
    await database.query(`delete from revocations where feed_id >= ${lost}; alter table revocations alter column feed_id restart with ${lost}`)
    await endWith('key:new', 'key:newer', 'key:newest') // the first two have the numbers of what was lost
    await until(() => heard.every((entries) => entries.at(-1)?.lifeline === 'key:newest'), 'all nodes have heard')
    for (const entries of heard)
      assert.deepEqual(
        entries.slice(3).map(({ lifeline }) => lifeline),
        ['key:kept', 'key:new', 'key:newer', 'key:newest'],
      )
    assert.deepEqual(begunAnew, [(kept ?? 0) + 3])
    for (const node of nodes) assert.ok(Date.now() - node.feed.freshAt(Date.now()) < 3_000, 'and it is whole')
  })

  it('hears nothing of what was before it opened', async (t) => {
    const { database, nodes } = await threeNodes(t)
    const { grant, parties } = await writeRedeemed(nodes[0])
    await end(nodes[0], grant.id)
    const late = await database.open()
    const entries: FeedEntry[] = []
    late.feed.subscribe((news) => entries.push(...news))
    await nodes[1].oauth.disableClient(parties.clientId, T0, journalOf(`client:${parties.clientId}`))
    await until(() => entries.length > 0, 'the late node has heard')
    assert.deepEqual(
      entries.map(({ lifeline }) => lifeline),
      [`client:${parties.clientId}`],
    )
    await late.oauth.disableClient(parties.clientId, T0, noJournal)
  })
})
