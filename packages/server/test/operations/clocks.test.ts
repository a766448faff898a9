/** Nodes that share a database must agree on the time: what one issues must fall under the endings that another writes down. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createDatabase } from '@latchwork/store/test-engines'
import { startLatchwork } from '../kit/start-latchwork.ts'

describe('clocks that differ', () => {
  it('R5: a node whose clock is more than half a minute from that of the database says so and is not ready, until it is right again', async (t) => {
    const database = await createDatabase('postgres')
    assert.ok(database.options.engine === 'postgres')
    const latchwork = await startLatchwork(t, { postgres: database.options.url })
    t.after(() => database.drop())
    const { clockWatch } = latchwork.server.installation
    const ready = () => latchwork.call('GET', '/health/ready')
    const told = () => latchwork.log.filter((line) => line.includes('until then /health/ready answers 503')).length

    latchwork.advance(20_000)
    await clockWatch.look()
    assert.equal((await ready()).status, 200)
    assert.equal(told(), 0)

    for (const [by, words] of [
      [70_000, /90 s ahead of the database's/],
      [-180_000, /90 s behind the database's/],
    ] as const) {
      const before = told()
      latchwork.advance(by)
      await clockWatch.look()
      await clockWatch.look()
      const answer = await ready()
      assert.equal(answer.status, 503)
      assert.equal(answer.body.code, 'clocks_differ')
      assert.match(answer.body.detail, words)
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
      assert.equal((await latchwork.call('GET', '/health/live')).status, 200)
      assert.equal(told(), before + 1, 'once, not at each look')
      latchwork.advance(-Math.sign(by) * 90_000)
      await clockWatch.look()
      assert.equal((await ready()).status, 200)
      latchwork.advance(Math.sign(by) * 90_000)
    }
  })

  it('R5: with SQLite there is no other clock, and one that is moved leaves the node ready', async (t) => {
    const latchwork = await startLatchwork(t)
    latchwork.advance(3_600_000)
    await latchwork.server.installation.clockWatch.look()
    assert.equal((await latchwork.call('GET', '/health/ready')).status, 200)
    assert.deepEqual(
      latchwork.log.filter((line) => line.includes("the database's")),
      [],
    )
  })
})
