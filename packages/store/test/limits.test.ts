/** Limits that nodes share: exact over any number of them. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type LimitDemand, paceOf } from '@latchwork/limits'
import type { Store } from '../src/index.ts'
import { createDatabase, describeOnEachEngine, type TestDatabase } from './engines.ts'

let keys = 0
const newKeyId = () => `key_limited_${++keys}`
const demand = (name: string, burst: number, units = 1, periodMs = 3_600_000): LimitDemand => ({ name, units, pace: paceOf({ burst, count: burst, periodMs }) })

describeOnEachEngine('limits', (nodeOf) => {
  it('K9 1.6: of 100 at once exactly so many pass as may, and the rest is told when', async () => {
    const { limits } = nodeOf()
    const key = newKeyId()
    const answers = await Promise.all(Array.from({ length: 100 }, async () => limits.take(key, [demand('hourly', 10)], Date.now())))
    assert.equal(answers.filter(({ taken }) => taken).length, 10)
    assert.deepEqual([...new Set(answers.map(({ decisions }) => decisions[0]?.remaining))].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const { taken, decisions } of answers) {
      const wait = decisions[0]?.retryAfterMs ?? -1
      assert.ok(taken ? wait === 0 : wait > 300_000 && wait <= 360_000, `a tenth of an hour: ${wait}`)
    }
  })

  it('K9 1.6: what one limit refuses takes from none', async () => {
    const { limits } = nodeOf()
    const key = newKeyId()
    const both = [demand('wide', 100), demand('narrow', 3)]
    const answers = []
    for (let call = 0; call < 6; call++) answers.push(await limits.take(key, both, Date.now()))
    assert.deepEqual(
      answers.map(({ taken, decisions }) => [taken, ...decisions.map(({ allowed, remaining }) => [allowed, remaining])]),
      [
        [true, [true, 99], [true, 2]],
        [true, [true, 98], [true, 1]],
        [true, [true, 97], [true, 0]],
        ...Array.from({ length: 3 }, () => [false, [true, 97], [false, 0]]),
      ],
    )
    const { taken, decisions } = await limits.take(key, [demand('wide', 100, 97), demand('narrow', 3, 0)], Date.now())
    assert.deepEqual([taken, decisions.map(({ remaining }) => remaining)], [true, [0, 0]])
  })

  it('K9: gives back what was taken, and no more', async () => {
    const { limits } = nodeOf()
    const key = newKeyId()
    const demands = [demand('a', 5, 3), demand('b', 50, 2)]
    const taken = await limits.take(key, demands, Date.now())
    const other = await limits.take(key, [demand('a', 5), demand('b', 50)], Date.now())
    await limits.giveBack(key, demands, taken, Date.now())
    assert.equal(other.taken, true)
    const look = async () => (await limits.take(key, [demand('a', 5, 0), demand('b', 50, 0)], Date.now())).decisions.map(({ remaining }) => remaining)
    assert.deepEqual(await look(), [4, 49])
    const refused = await limits.take(key, [demand('a', 5, 5), demand('b', 50)], Date.now())
    assert.equal(refused.taken, false)
    await limits.giveBack(key, demands, refused, Date.now())
    assert.deepEqual(await look(), [4, 49], 'nothing was taken, so nothing comes back')
  })

  it('K9: passes again when it said it would', async () => {
    const { limits } = nodeOf()
    const key = newKeyId()
    const demands = [demand('fast', 2, 1, 500)]
    while ((await limits.take(key, demands, Date.now())).taken) {}
    const { decisions } = await limits.take(key, demands, Date.now())
    const from = Date.now()
    while (!(await limits.take(key, demands, Date.now())).taken) assert.ok(Date.now() - from < 5000)
    assert.ok((decisions[0]?.retryAfterMs ?? 0) <= 251)
  })

  it('R7: counts that have rested are forgotten, others are not', async () => {
    const { limits } = nodeOf()
    const [rested, used] = [newKeyId(), newKeyId()]
    await limits.take(rested, [demand('fast', 1, 1, 1)], Date.now())
    await limits.take(used, [demand('slow', 1, 1, 40 * 3_600_000)], Date.now())
    await limits.forgetRested(Date.now() + 2 * 3_600_000)
    assert.equal((await limits.take(used, [demand('slow', 1, 1, 40 * 3_600_000)], Date.now())).taken, false)
  })
})

describe('limits of three nodes on one PostgreSQL', () => {
  let database: TestDatabase
  let nodes: Store[]
  before(async () => {
    database = await createDatabase('postgres')
    nodes = await Promise.all(Array.from({ length: 3 }, () => database.open()))
  })
  after(() => database?.drop())

  it('K9 R1: 300 at once over three nodes, and exactly so many pass as may', async () => {
    for (const burst of [1, 7, 100]) {
      const key = newKeyId()
      const demands = [demand('shared', burst), demand('wide', 1000)]
      const answers = await Promise.all(Array.from({ length: 300 }, (_, index) => nodes[index % 3]?.limits.take(key, demands, Date.now())))
      assert.equal(answers.filter((answer) => answer?.taken).length, burst)
      const left = await nodes[0]?.limits.take(key, [demand('wide', 1000, 0)], Date.now())
      assert.equal(left?.decisions[0]?.remaining, 1000 - burst, 'the refused took nothing')
    }
  })

  it('K9: a steady rate over three nodes never passes the limit, however nodes set their clocks', async () => {
    const key = newKeyId()
    const demands = [demand('rate', 20, 1, 1000)]
    const from = performance.now()
    let passed = 0
    while (performance.now() - from < 1500) {
      const answers = await Promise.all(nodes.map(({ limits }, index) => limits.take(key, demands, Date.now() + index * 600_000)))
      passed += answers.filter(({ taken }) => taken).length
    }
    const most = 20 + ((performance.now() - from) * 20) / 1000
    assert.ok(passed <= most, `${passed} of ${most}`)
    assert.ok(passed >= 20 + 1000 / 50 - 1, `${passed}: what may pass does pass`)
  })

  it('R5: where the clock of the database is set back, a limit is empty at most, and fills again from then on', async () => {
    const key = newKeyId()
    const demands = [demand('fast', 2, 1, 1000), demand('wide', 100)]
    assert.equal((await nodes[0]?.limits.take(key, demands, Date.now()))?.taken, true)
    await database.query(
      `update limit_states set state = jsonb_set(state, '{tats,fast}', to_jsonb((state->'tats'->>'fast')::bigint + 3600000000)) where key = '${key}'`,
    )
    const from = performance.now()
    let asked = 0
    while (!(await nodes[asked++ % 3]?.limits.take(key, demands, Date.now()))?.taken) assert.ok(performance.now() - from < 5000, 'still closed')
    assert.ok(asked > 1, 'it was empty')
  })

  it('K9 9.4: a database that is away lets nothing pass', async () => {
    const lone = await createDatabase('postgres')
    const node = await lone.open()
    await node.close()
    await assert.rejects(async () => node.limits.take(newKeyId(), [demand('any', 10)], Date.now()), { code: 'store_unavailable' })
    await lone.drop()
  })
})
